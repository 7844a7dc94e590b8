from __future__ import annotations

import torch

from gan_lightning.objective.wgan import WGAN
from tests.helper.modules import networks, play


def test_weights_lie_in_the_box_after_each_turn() -> None:
    module = WGAN(*networks(norm=True), latent_dim=4, clip=0.02, n_critic=3)
    largest: list[float] = []
    project = module.penalty.project

    def spy(critic: torch.nn.Module) -> None:
        project(critic)
        largest.append(max(p.abs().max().item() for p in critic.parameters()))

    module.penalty.project = spy  # type: ignore[method-assign]
    play(module, steps=4)
    assert len(largest) == 12
    assert max(largest) <= 0.02 + 1e-9
