"""The parts by number, and three steps of the run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from myproject.generator import Generator
from myproject.loss import PowerLoss

PROJECT = Path(__file__).parents[1]


def test_the_generator_makes_images() -> None:
    generator = Generator(shape=(1, 28, 28), latent_dim=8, width=4)
    images = generator(torch.randn(5, 8))
    assert images.shape == (5, 1, 28, 28)
    assert images.abs().max() <= 1


def test_the_loss_by_hand() -> None:
    loss = PowerLoss(exponent=2)
    real, fake = torch.tensor([1.0, 0.0]), torch.tensor([-1.0, 1.0])
    assert loss.critic(real, fake).item() == pytest.approx((0 + 1) / 2 + (0 + 4) / 2)
    assert loss.generator(fake, lambda: real).item() == pytest.approx((4 + 0) / 2)
    assert loss.divergence(real, fake).item() == pytest.approx(0.5 - 0.0)


def test_the_run_trains(tmp_path: Path) -> None:
    quick = ("trainer.max_steps=3", "logger=none", f"hydra.run.dir={tmp_path / 'run'}")
    command = [sys.executable, "-m", "gan_lightning.train", "--config-dir", "conf", "experiment=mine", *quick]
    subprocess.run(command, cwd=PROJECT, check=True, timeout=300)
    assert (tmp_path / "run" / "checkpoints" / "last.ckpt").exists()
