from __future__ import annotations

import pytest
import torch
from lightning.pytorch import Callback
from torch import Tensor

from gan_lightning.objective.wgan_gp import WGANGP
from tests.helper.modules import networks, play, same, state


class Listens(Callback):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_before_backward(self, trainer: object, module: object, loss: Tensor) -> None:  # type: ignore[override]
        self.heard.append("before")

    def on_after_backward(self, trainer: object, module: object) -> None:  # type: ignore[override]
        self.heard.append("after")


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_whoever_listens_is_told_and_changes_nothing(precision: str) -> None:
    def game() -> WGANGP:
        return WGANGP(*networks(), latent_dim=4, n_critic=2)

    alone, watched, ear = game(), game(), Listens()
    play(alone, steps=2, precision=precision)
    play(watched, steps=2, precision=precision, callbacks=[ear])
    assert ear.heard == ["before", "after"] * 3 * 2
    assert same(state(alone), state(watched))


def test_backward_is_outside_autocast() -> None:
    seen: list[bool] = []

    class Peeks(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: Tensor) -> Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: object, g: Tensor) -> Tensor:
            seen.append(torch.is_autocast_enabled("cpu"))
            return g

    class Game(WGANGP):
        def generator_loss(self, real: Tensor, draw: object, label: Tensor | None = None) -> Tensor:  # type: ignore[override]
            assert torch.is_autocast_enabled("cpu")
            return Peeks.apply(super().generator_loss(real, draw, label))  # type: ignore[arg-type,no-any-return]

    play(Game(*networks(), latent_dim=4, n_critic=1), steps=1, precision="bf16-mixed")
    assert seen == [False]
