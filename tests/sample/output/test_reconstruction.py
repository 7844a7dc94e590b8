"""Reconstructions and latents of held-out samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.swiss_roll import SwissRoll
from gan_lightning.plot.image_plot import CAPTIONS, EDGE, TITLE
from gan_lightning.plot.mosaic import mosaic
from gan_lightning.plot.sample_plot import sample_plot_for
from gan_lightning.sample.encoding import HeldOutEncoder
from gan_lightning.sample.output.latents import Latents, principal
from gan_lightning.sample.output.reconstruction import Reconstruction
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from tests.helper.run_directory import make_run

PAIRS = ("objective=ali", "model=dcgan_pairs", "model.generator.width=4", "model.generator.latent_dim=6")
SWISS = ("objective=aae", "model=mlp_latents", "data=swiss_roll", "data.held_out=40")


def sampler_of(run: Path) -> Sampler:
    return Sampler(load_generator(str(run)), batch=16)


def test_held_out_digits_stand_above_their_reconstructions(folder: Path) -> None:
    sampler = sampler_of(make_run(folder / "run", *PAIRS))
    output = Reconstruction(n=5, columns=3)
    output.check(sampler)
    (file,) = output.make(sampler, sample_plot_for(sampler.shape), folder)
    encoder = HeldOutEncoder(sampler, "reconstruction")
    real = encoder.samples(5)
    assert torch.equal(encoder.latents(real), sampler.trained.generator.encoder(real).mean)
    rows = torch.stack([real[:3], sampler(encoder.latents(real))[:3]])
    page, top = np.asarray(Image.open(file)), EDGE + TITLE + CAPTIONS
    found = page[top : top + 86 * 2 + 2, EDGE : EDGE + 86 * 3 + 2]
    assert np.abs(found.astype(int) - np.asarray(mosaic(rows)).astype(int)).max() <= 1


def test_points_and_latents_of_any_number(folder: Path) -> None:
    sampler = sampler_of(make_run(folder / "run", *SWISS))
    plot = sample_plot_for(sampler.shape)
    for output, name in ((Reconstruction(), "reconstruction.png"), (Latents(), "latents.png")):
        output.check(sampler)
        assert output.make(sampler, plot, folder) == [folder / name]
        assert np.asarray(Image.open(folder / name)).std() > 1
    digits = sampler_of(make_run(folder / "digits", *PAIRS))
    output = Latents(n=50)
    output.check(digits)
    output.make(digits, sample_plot_for(digits.shape), folder)


def test_principal_components_by_hand() -> None:
    latents = torch.tensor([[0.0, 5.0, 2.0], [0.0, -5.0, 2.0], [1.0, 0.0, 2.0], [-1.0, 0.0, 2.0]])
    torch.testing.assert_close(principal(latents).abs(), torch.tensor([[5.0, 0], [5.0, 0], [0, 1.0], [0, 1.0]]))


def test_refusals(folder: Path, digits: Sampler, monkeypatch: pytest.MonkeyPatch) -> None:
    for output, name in ((Reconstruction(), "reconstruction"), (Latents(), "latents")):
        with pytest.raises(UsageError, match=rf"output={name} needs a generator with an encoder, and dcgan\.Generator"):
            output.check(digits)
    one = sampler_of(make_run(folder / "run", *SWISS, "model.generator.latent_dim=1"))
    with pytest.raises(UsageError, match="this generator has one latent: use output=reconstruction"):
        Latents().check(one)
    real, nothing = SampleTable(torch.eye(2)), SampleTable(torch.zeros(0, 2))
    monkeypatch.setattr(SwissRoll, "load", lambda self: (real, nothing))
    with pytest.raises(UsageError, match="these data hold out no samples: output=reconstruction needs some"):
        Reconstruction().check(one)
