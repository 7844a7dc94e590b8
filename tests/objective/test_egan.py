"""EGAN-Ent-VI: its losses by hand, the density that it finds, resuming, refusals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.augment import InstanceNoise
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, layers_draw_from, new_rng
from gan_lightning.model import mlp_encoder
from gan_lightning.nn.encoder import Encoder
from gan_lightning.objective.egan import EGAN
from gan_lightning.optimizer import Adam
from gan_lightning.regularizer import Orthogonal
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, encoding_generator, play, same, state
from tests.objective.test_ali import Doubling, linear


def module(**options: Any) -> EGAN:
    generator = encoding_generator()
    return EGAN(generator, mlp_encoder.Critic(shape=(2,), width=16, depth=1), **options)


def test_losses_by_hand() -> None:
    """G(z) = 2z, E(x) = N(x/4, e²), D(x) = 3x."""
    played = EGAN(Doubling(), linear([3.0]))
    real = torch.tensor([[4.0], [8.0]])
    latent = StepRNG(new_rng("by hand")).normal(2, 1)
    rng = StepRNG(new_rng("by hand"))
    with layers_draw_from(rng):
        loss = played.critic_loss(real, rng).item()
    assert loss == pytest.approx(6 * latent.mean().item() - 18, rel=1e-5)
    rng = StepRNG(new_rng("by hand"))
    with layers_draw_from(rng):
        loss = played.generator_loss(real, rng).item()
    surprise = ((latent / 2 / math.e).square() / 2 + 1 + math.log(2 * math.pi) / 2).mean().item()
    assert loss == pytest.approx(surprise - 6 * latent.mean().item(), rel=1e-5)
    assert played.metrics.tensors["generator_variational_entropy"][0].item() == pytest.approx(surprise, rel=1e-5)
    torch.testing.assert_close(played.reconstruct(real), real / 2)


@pytest.mark.training
def test_the_generator_has_the_density_of_a_fixed_energy() -> None:
    """c(x) = ‖x - m‖²/2 with noise of 0.3: N(m, 1) minimises E c - H, and its deviation is 1 and not 0."""

    class Normal(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.unused = nn.Linear(2, 1)

        def forward(self, x: Tensor) -> Tensor:
            return -(x - 1).square().sum(1) / 2 + 0 * self.unused(x).flatten()

    torch.manual_seed(0)
    generator = nn.Linear(2, 2)  # with a linear posterior: the bound is the entropy
    generator.encoder = Encoder(nn.Identity(), 2, 2)
    played = EGAN(
        generator,
        Normal(),
        latent_dim=2,
        augments={"noise": InstanceNoise(0.3)},
        generator_optimizer=Adam(1e-2, (0.5, 0.99)),
        ema_decay=0.99,
    )
    play(played, steps=800, batch_size=64)
    fakes = played.sample(played.latent(4000, "density"))
    deviation = (fakes.var(0) + 0.3**2).sqrt()
    assert fakes.mean(0).tolist() == pytest.approx([1.0, 1.0], abs=0.1)
    assert deviation.tolist() == pytest.approx([1.0, 1.0], abs=0.1)


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = module(), module(), module()
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=7, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))


def test_refuses_a_game_without_a_bound_of_the_entropy() -> None:
    with pytest.raises(UsageError, match=r"EGAN has no bound of the entropy: use regularizer=\[variational_entropy\]"):
        module(regularizers={"orthogonal": Orthogonal(1e-2, 1e-2)})
