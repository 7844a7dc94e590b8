from __future__ import annotations

import pytest
import torch

from gan_lightning.diagnostic import ClippedWeightsStuck
from gan_lightning.objective.wgan import WGAN
from tests.helper.observations import observe, tiny_gan


@pytest.mark.parametrize(("weights", "share"), [((0.3, -0.1, 0.2), "33%"), ((0.3, -0.3, 0.2), "67%")])
def test_counts_the_weights_at_the_bounds(weights: tuple[float, ...], share: str) -> None:
    module = tiny_gan(WGAN, clip=0.3)
    with torch.no_grad():
        module.critic.weight.copy_(torch.tensor([weights[:2]]))  # type: ignore[union-attr, operator]
        module.critic.bias.fill_(weights[2])  # type: ignore[union-attr, operator]
    module.penalty.project(module.critic)
    sign = ClippedWeightsStuck()(observe(module))
    assert sign is not None
    assert sign.evidence == f"{share} of them lie at ±0.3 (threshold 50%)"
    assert sign.wrong == (share == "67%")
    assert sign.advice == "objective.clip=3"


def test_nothing_to_see_without_a_box() -> None:
    assert ClippedWeightsStuck()(observe()) is None
