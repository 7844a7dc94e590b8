from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.rng import StepRNG
from gan_lightning.nn.autocast import with_autocast
from gan_lightning.penalty import GradientPenalty

CPU = torch.device("cpu")


class Noting(nn.Module):
    """Notes the precision that its layer worked in."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.seen = nn.Linear(3, 1), [torch.float64]

    def forward(self, x: Tensor) -> Tensor:
        score: Tensor = self.linear(x)
        self.seen.append(score.dtype)
        return score.squeeze(1)


def test_penalty_multiplies_in_bf16_where_it_may() -> None:
    critic, draw = Noting(), StepRNG(torch.Generator().manual_seed(0))
    real, fake = torch.randn(2, 4, 3)
    with torch.autocast("cpu", torch.bfloat16):
        fine = GradientPenalty()(critic, real, fake, draw)
        coarse = GradientPenalty()(with_autocast(critic, CPU), real, fake, draw)
    assert fine is not None
    assert coarse is not None
    assert critic.seen[1:] == [torch.float32, torch.bfloat16]
    assert coarse.dtype == torch.float32
    # A linear critic: 10(‖w‖ - 1)², and ‖w‖ of the weights as bf16 has them.
    norm = critic.linear.weight.detach().norm()
    rounded = critic.linear.weight.detach().bfloat16().float().norm()
    torch.testing.assert_close(fine.detach(), 10 * (norm - 1) ** 2)
    torch.testing.assert_close(coarse.detach(), 10 * (rounded - 1) ** 2)
    coarse.backward()
    assert critic.linear.weight.grad is not None
    assert critic.linear.weight.grad.dtype == torch.float32


def test_without_autocast_it_is_the_network_itself() -> None:
    critic = Noting()
    assert with_autocast(critic, CPU) is critic
