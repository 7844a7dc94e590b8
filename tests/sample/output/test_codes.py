"""Samples of an InfoGAN with one code changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.plot.image_plot import CAPTIONS, EDGE, TITLE
from gan_lightning.plot.mosaic import mosaic
from gan_lightning.plot.sample_plot import sample_plot_for
from gan_lightning.sample.output.codes import Codes
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from tests.helper.run_directory import make_run

INFOGAN = (
    *("objective=infogan", "model=dcgan_codes", "model.generator.width=4", "model.generator.latent_dim=6"),
    *("model.generator.categorical_codes=[3]", "model.generator.continuous_codes=1"),
)


def test_a_code_is_changed_from_column_to_column(folder: Path) -> None:
    sampler = Sampler(load_generator(str(make_run(folder / "run", *INFOGAN))), batch=16)
    codes = sampler.trained.generator.codes
    (file,) = Codes(n=2, steps=4).make(sampler, sample_plot_for(sampler.shape), folder)
    latents = sampler.latents(range(2))
    columns = torch.stack([codes.with_category(latents, 0, value) for value in range(3)], 1)  # type: ignore[union-attr, operator]
    assert codes.values(columns[:, 2]).categories.tolist() == [[2], [2]]  # type: ignore[union-attr, operator]
    page, top = np.asarray(Image.open(file)), EDGE + TITLE + CAPTIONS
    found = page[top : top + 86 * 2 + 2, EDGE : EDGE + 86 * 3 + 2]
    assert np.abs(found.astype(int) - np.asarray(mosaic(sampler(columns))).astype(int)).max() <= 1


def test_refuses_a_generator_without_codes(digits: Sampler) -> None:
    with pytest.raises(UsageError, match="this generator has none: use output=directions"):
        Codes().check(digits)
