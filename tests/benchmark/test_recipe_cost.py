"""Costs of recipes, by hand."""

from __future__ import annotations

import pytest

from benchmarks.recipe_cost import cost, recipes


def test_folders_are_all_of_their_recipes() -> None:
    assert recipes("ring8") == ["ring8"]
    assert {"cifar10/dcgan", "cifar10/sgan"} < set(recipes("cifar10"))


@pytest.mark.training
def test_operations_by_hand() -> None:
    """Perceptrons of one hidden layer of 8, images of 8 px, batches of 12, without a penalty."""
    small = [f"model.{player}.{size}" for player in ("generator", "critic") for size in ("width=8", "depth=1")]
    run = ["model=mlp_small", "model.generator.latent_dim=2", "data.batch_size=12", "trainer.max_steps=50"]
    line = cost("cifar10/dcgan", 1.0, [*run, *small, "data=mnist5k", "data.size=8"])
    pixels = 64
    g, d = 2 * 8 + 8 * pixels, pixels * 8 + 8
    assert line["generator"] == pytest.approx((g + 8 + pixels) / 1e6)
    assert line["critic"] == pytest.approx((d + 8 + 1) / 1e6)
    # critic: a fake, two scores, and their gradients; generator: a fake and its score, back through both networks
    forward, backward = 12 * (g + 2 * d), 12 * 2 * (d + 8)
    generator = 12 * (g + d + 8 + pixels * 8 + g + 8 * pixels)
    assert line["GFLOP a step"] == pytest.approx(2 * (forward + backward + generator) / 1e9)
    assert line["million images"] == pytest.approx(50 * 12 / 1e6)
    assert line["hours"] == pytest.approx(line["GFLOP a step"] * 50 / 1000 / 3600)
