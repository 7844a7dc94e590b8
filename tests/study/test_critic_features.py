from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model import dcgan, mlp, vgg
from gan_lightning.study.critic_features import PIXELS, UNTRAINED, CriticFeatures
from gan_lightning.study.tool.critic_layers import first_filters, pooled_features
from tests.helper.study_command import studied


class Blocks(nn.Module):
    """Two blocks: x → 2x, and x → the means of 2×2 pixels, negative."""

    def __init__(self) -> None:
        super().__init__()
        double = nn.Conv2d(1, 1, 1, bias=False)
        double.weight = nn.Parameter(torch.full((1, 1, 1, 1), 2.0))
        halve = nn.Conv2d(1, 1, 2, stride=2, bias=False)
        halve.weight = nn.Parameter(torch.full((1, 1, 2, 2), -0.25))
        self.blocks_from_image: Any = [double, halve]


def test_features_by_hand() -> None:
    """Maxima of quarters of 2x, then of the negative means, which are as many as the grid has places."""
    image = torch.arange(16.0).view(1, 1, 4, 4)
    found = pooled_features(Blocks(), image, grid=2)
    assert found.tolist() == [[10, 14, 26, 30, -5, -9, -21, -25]]
    assert first_filters(Blocks()).tolist() == [[[[1.0]]]]


@pytest.mark.parametrize("model", [dcgan, vgg])
def test_features_of_critics(model: Any) -> None:
    torch.manual_seed(0)
    critic = model.Critic(shape=(1, 28, 28), width=4).train()
    images = torch.randn(6, 1, 28, 28)
    whole = pooled_features(critic, images, 4)
    sizes = [4, 8, 16] if model is vgg else [4, 8]
    assert whole.shape == (6, 16 * sum(sizes))
    torch.testing.assert_close(pooled_features(critic, images[:1], 4), whole[:1])
    assert critic.training
    side = 3 if model is vgg else 4
    assert first_filters(critic).shape == (4, 1, side, side)
    assert first_filters(critic).abs().amax((1, 2, 3)).tolist() == pytest.approx([1] * 4)


@pytest.mark.training
def test_a_row_for_each_classifier_and_a_picture(tmp_path: Path) -> None:
    tiny = ["study.steps=3", "study.labels=[1,20]", "seeds=1", "seed=4"]
    folder = studied(tmp_path / "study", "study=critic_features", "size=quick", *tiny)
    with (folder / "critic_features.csv").open() as file:
        rows = {
            (row["features"], int(row["labels a class"])): float(row["accuracy [%]"]) for row in csv.DictReader(file)
        }
    assert list(rows) == [(name, n) for name in (UNTRAINED, "DCGAN", PIXELS) for n in (1, 20)]
    for name in (UNTRAINED, "DCGAN", PIXELS):
        assert 10 < rows[name, 1] < rows[name, 20] < 100
    assert rows[PIXELS, 20] > 75
    with Image.open(folder / "critic_features.png") as image:
        assert image.width > image.height > 400


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"study\.critics=\{\}: give one at least"):
        CriticFeatures(critics={})
    with pytest.raises(UsageError, match=r"study\.labels=\[\]: give one at least"):
        CriticFeatures(critics={"DCGAN": []}, labels=[])
    with pytest.raises(UsageError, match=r"^mlp.Critic has no blocks of convolutions to read: use model=dcgan_small"):
        pooled_features(mlp.Critic(shape=(1, 28, 28)), torch.zeros(1, 1, 28, 28), 4)
