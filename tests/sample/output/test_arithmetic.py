from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.plot.latent_arithmetic import EDGE
from gan_lightning.plot.mosaic import mosaic
from gan_lightning.plot.sample_plot import sample_plot_for
from gan_lightning.sample.output.arithmetic import Arithmetic, similar_groups
from gan_lightning.sample.sampler import Sampler


def test_the_picture_holds_the_sum(digits: Sampler, folder: Path) -> None:
    picked = [0, 1, 2], [3, 4, 5], [6, 7, 8]
    thing = Arithmetic(start=picked[0], minus=picked[1], plus=picked[2], noise=0.0)
    thing.make(digits, sample_plot_for(digits.shape), folder)
    start, minus, plus = (digits.latents(numbers).mean(0) for numbers in picked)
    expected = np.asarray(mosaic(digits((start - minus + plus).expand(3, 3, -1))))
    page = np.asarray(Image.open(folder / "arithmetic.png"))
    below = page.shape[0] - EDGE - 20
    found = page[below - 260 : below, -EDGE - 260 : -EDGE]
    assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1


def test_groups_of_the_demonstration_are_alike_inside_and_apart() -> None:
    centers = torch.tensor([0.0, 10.0, -25.0])[:, None] * torch.ones(2)
    samples = (centers[:, None] + 0.1 * torch.randn(3, 5, 2)).flatten(0, 1)
    groups = similar_groups(samples)
    assert sorted([number // 5 for number in group] for group in groups) == [[0] * 3, [1] * 3, [2] * 3]
    assert len({number for group in groups for number in group}) == 9


def test_no_sample_is_taken_twice() -> None:
    assert sorted(number for group in similar_groups(torch.randn(9, 4)) for number in group) == list(range(9))


def test_the_demonstration_needs_no_picks(digits: Sampler, folder: Path) -> None:
    thing = Arithmetic()
    thing.check(digits)
    assert thing.make(digits, sample_plot_for(digits.shape), folder) == [folder / "arithmetic.png"]


def test_all_groups_or_none() -> None:
    with pytest.raises(UsageError, match="minus is empty: give indices for start, minus and plus, or for none"):
        Arithmetic(start=[1], plus=[2])
