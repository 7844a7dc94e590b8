from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.study.generative_models import REAL, GenerativeModels, distance
from tests.helper.study_command import studied


@pytest.mark.training
def test_a_row_for_each_model_and_a_picture_row(tmp_path: Path) -> None:
    tiny = ["study.steps=3", "study.samples=80", "study.models=[RBM,VAE,GAN]", "study.size=8", "seeds=1", "seed=4"]
    folder = studied(tmp_path / "study", "study=generative_models", "size=quick", *tiny)
    with (folder / "generative_models.csv").open() as file:
        rows = {row["model"]: row for row in csv.DictReader(file)}
    assert list(rows) == [REAL, "RBM", "VAE", "GAN"]
    kinds = {name: row["kind"] for name, row in rows.items()}
    assert kinds == {REAL: "", "RBM": "estimate", "VAE": "lower bound", "GAN": "none"}
    assert all(float(rows[name]["log p(x) [nats]"]) < 0 for name in ("RBM", "VAE"))
    assert rows["GAN"]["log p(x) [nats]"] == rows["GAN"]["codes read [%]"] == ""
    assert [rows[name]["passes"] for name in ("RBM", "VAE", "GAN")] == ["1000", "1", "1"]
    assert float(rows[REAL]["codes read [%]"]) > 70  # pixels, of digits of 8 px
    assert all(
        float(rows[name]["frechet/digits"]) > float(rows[REAL]["frechet/digits"]) for name in kinds if name != REAL
    )
    with Image.open(folder / "generative_models.png") as image:
        assert image.width > image.height > 400


def test_the_distance_of_equal_images_is_zero() -> None:
    images = (torch.rand(100, 1, 14, 14, generator=torch.Generator().manual_seed(0)) > 0.5).float()
    assert distance(images, images) == pytest.approx(0, abs=1e-3)
    assert distance(images, 1 - images) > 1


def test_a_study_without_models_is_refused() -> None:
    with pytest.raises(UsageError, match=r"study\.models=\[\]: name one at least"):
        GenerativeModels(models=())
    with pytest.raises(UsageError, match=r"GenerativeModels: size=9 must be 8, 10, 12, 14, 16, 20, 24 or 28"):
        GenerativeModels(size=9)
