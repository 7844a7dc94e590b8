from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.study.energies import Energies, calibration
from gan_lightning.study.figure.energies import DEPTH
from gan_lightning.theory import gaussian_mixture, grid
from tests.helper.study_command import studied

LINE = grid(-12.0, 12.0, 4000)


def log_normal(std: float) -> torch.Tensor:
    density: torch.Tensor = gaussian_mixture([[0.0]], std).log_prob(LINE.points[:, None])  # type: ignore[no-untyped-call]
    return density


def test_calibration_of_gaussians_by_hand() -> None:
    """KL(N(0, 1) ‖ N(0, 4)) is log 2 + 1/8 - 1/2, and -x²/8 rises a fourth as fast as -x²/2."""
    divergence, slope, correlation = calibration(log_normal(1.0), log_normal(2.0), LINE.cell)
    assert divergence == pytest.approx(math.log(2) + 1 / 8 - 1 / 2, abs=1e-6)
    assert (slope, correlation) == (pytest.approx(0.25), pytest.approx(1.0))
    same = calibration(log_normal(1.0), log_normal(1.0), LINE.cell)
    assert same == (pytest.approx(0, abs=1e-12), pytest.approx(1), pytest.approx(1))


def test_the_density_is_that_of_the_noisy_data() -> None:
    study = Energies(objectives={"GAN": ["model=mlp_small", "objective=gan"]}, noise=0.2)
    assert study.std == pytest.approx(math.hypot(0.01, 0.2))
    assert study.log_p.exp().sum().item() * study.grid.cell == pytest.approx(1, abs=1e-5)
    assert study.log_p.max().item() < math.log(1 / (8 * 2 * math.pi * 0.2**2)) + 0.05
    at_modes = study.mixture.sample(4000, torch.Generator().manual_seed(0))
    assert study.near(study.noisy(at_modes)) == pytest.approx(1 - math.exp(-4.5), abs=0.01)  # or near another
    assert study.near(torch.zeros(3, 2)) == 0


@pytest.mark.training
def test_a_row_for_each_run_and_a_picture(tmp_path: Path) -> None:
    folder = studied(tmp_path / "study", "study=energies", "size=quick", "study.steps=3", "seeds=1", "seed=3")
    with (folder / "energies.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["objective"], row["seed"]) for row in rows] == [
        (name, "3") for name in ("EGAN-Ent-VI", "SteinGAN", "EBGAN", "GAN")
    ]
    assert all(float(row["KL(p ‖ exp D) [nats]"]) > 0.5 for row in rows)  # after three steps
    with Image.open(folder / "energies.png") as image:
        assert image.width > 900
        assert len(image.convert("RGB").getcolors(10**6) or []) > DEPTH


def test_a_study_without_objectives_is_refused() -> None:
    with pytest.raises(UsageError, match=r"study\.objectives=\{\}: give one at least"):
        Energies(objectives={})
