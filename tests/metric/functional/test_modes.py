from __future__ import annotations

import math

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.grid25 import Grid25
from gan_lightning.data.ring8 import Ring8
from gan_lightning.metric.functional import mixture_modes, stacked_modes

CENTERS = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])


def test_by_hand() -> None:
    """Standard deviation 1: within 3 of a mode lie two samples at the first, one at the second."""
    samples = torch.tensor([[0.0, 2.9], [-1.0, 0.0], [10.0, 2.0], [10.0, 3.1], [5.0, 5.0]])
    found = mixture_modes(samples, CENTERS, 1.0)
    assert found.counts.tolist() == [2, 1, 0, 0]
    assert found.covered == 2
    assert found.high_quality == pytest.approx(3 / 5)
    assert found.reverse_kl == pytest.approx(2 / 3 * math.log(4 * 2 / 3) + 1 / 3 * math.log(4 / 3))


def test_one_sample_covers_a_mode_and_none_covers_none() -> None:
    one = mixture_modes(CENTERS[:1], CENTERS, 1.0)
    assert (one.covered, one.high_quality) == (1, 1)
    assert one.reverse_kl == pytest.approx(math.log(4))
    none = mixture_modes(torch.full((7, 2), 5.0), CENTERS, 1.0)
    assert (none.covered, none.high_quality, none.reverse_kl) == (0, 0, math.inf)
    even = mixture_modes(CENTERS.repeat(5, 1), CENTERS, 1.0)
    assert (even.covered, even.high_quality) == (4, 1)
    assert even.reverse_kl == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("kind", "modes"), [(Ring8, 8), (Grid25, 25)])
def test_a_perfect_generator(kind: type[Ring8] | type[Grid25], modes: int) -> None:
    """In two dimensions 1 - e^(-9/2) lie within three standard deviations; N·KL is about a half of χ² with K - 1."""
    density, n = kind().density, 200_000
    found = mixture_modes(density.sample(n, torch.Generator().manual_seed(0)), density.modes, density.std)
    assert found.covered == modes
    assert found.high_quality == pytest.approx(1 - math.exp(-4.5), abs=1e-3)
    assert 0 < found.reverse_kl < 3 * (modes - 1) / (2 * n)


def test_single_precision_far_from_the_origin() -> None:
    samples = torch.full((3, 2), 4.0) + torch.tensor([[0.0, 0.149], [0.0, 0.151], [0.0, 0.0]])
    assert mixture_modes(samples, torch.tensor([[4.0, 4.0], [-4.0, 4.0]]), 0.05).counts.tolist() == [2, 0]


def test_stacked_by_hand() -> None:
    classes = torch.tensor([0, 0, 0, 999])
    found = stacked_modes(classes)
    assert found.covered == 2
    assert found.reverse_kl == pytest.approx(0.75 * math.log(750) + 0.25 * math.log(250))
    assert stacked_modes(torch.arange(1000).repeat(3)).covered == 1000
    assert stacked_modes(torch.arange(1000).repeat(3)).reverse_kl == pytest.approx(0, abs=1e-12)
    assert stacked_modes(torch.full((50,), 7)).reverse_kl == pytest.approx(math.log(1000))


def test_a_perfect_stacked_generator() -> None:
    classes = torch.randint(1000, (26_000,), generator=torch.Generator().manual_seed(0))
    found = stacked_modes(classes)
    assert found.covered == 1000
    assert found.reverse_kl == pytest.approx(999 / 52_000, rel=0.15)


def test_refusals() -> None:
    with pytest.raises(UsageError, match="classes 0 to 1000: give 0 to 999"):
        stacked_modes(torch.tensor([0, 1000]))
    with pytest.raises(UsageError, match="give whole numbers"):
        stacked_modes(torch.rand(3))
    with pytest.raises(UsageError, match=r"std=0\.0, within=3\.0: both must be positive"):
        mixture_modes(CENTERS, CENTERS, 0.0)
    with pytest.raises(UsageError, match="fake: 1 of 2 samples hold NaN"):
        mixture_modes(torch.tensor([[0.0, 0.0], [math.nan, 0.0]]), CENTERS, 1.0)
