"""One big batch and its accumulated pieces: the same weights."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.loss import Hinge
from gan_lightning.model import biggan
from gan_lightning.nn.self_attention import SelfAttention
from gan_lightning.objective.gan import GAN
from gan_lightning.optimizer import Adam
from gan_lightning.regularizer import Orthogonal
from gan_lightning.trainer.default import build


def images() -> TensorData:
    """40 noisy images of 8 px, of 3 classes; 8 are held out."""
    source = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (40, 1, 8, 8), generator=source, dtype=torch.uint8)
    return TensorData(pixels, labels=torch.arange(40) % 3, held_out=0.2, batch_size=8)


def big_game(norm: str, *, accumulate: int = 1, **given: object) -> GAN:
    """BigGAN with all its parts, small; attention is on from the start."""
    torch.manual_seed(0)
    shared = {"shape": (1, 8, 8), "width": 2, "attention": 8, "classes": 3}
    generator = biggan.Generator(condition="norm", norm=norm, latent_dim=6, **shared)
    critic = biggan.Critic(condition="projection", **(shared | {"attention": 4}))
    for layer in (*generator.modules(), *critic.modules()):
        if isinstance(layer, SelfAttention):
            nn.init.constant_(layer.gamma, 0.5)
    return GAN(
        generator,
        critic,
        loss=Hinge(),
        n_critic=2,
        accumulate=accumulate,
        regularizers={"apart": Orthogonal(1e-2, 1e-2)},
        critic_optimizer=Adam(2e-3, (0.0, 0.999)),
        generator_optimizer=Adam(1e-3, (0.0, 0.999)),
        **given,  # type: ignore[arg-type]
    )


def trained(norm: str, accumulate: int, steps: int = 6, **given: object) -> dict[str, Tensor]:
    """The weights after some steps in double precision."""
    game = big_game(norm, accumulate=accumulate, **given)
    trainer = build(max_steps=steps, accelerator="cpu", precision="64-true")
    trainer.fit(game, datamodule=images())
    return {name: value.detach().clone() for name, value in game.state_dict().items()}


def apart(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    return max((one[name] - other[name]).abs().max().item() for name in one)


@pytest.mark.training
def test_a_batch_and_its_pieces_train_the_same_weights() -> None:
    """Hinge, orthogonal regularization, spectral norm in both, attention, projection; two critic turns."""
    whole = trained("layer", 1)
    assert apart(whole, trained("layer", 4)) < 1e-12
    assert apart(whole, trained("layer", 8)) < 1e-12
    assert apart(whole, big_game("layer").double().state_dict()) > 1e-3


def test_batch_norm_sees_pieces_only_where_it_is_told_to() -> None:
    with pytest.raises(UsageError, match=r"generator layer .*BatchNorm2d.*micro_batch_statistics=true"):
        trained("batch", 2, steps=2)
    pieces = trained("batch", 2, steps=2, micro_batch_statistics=True)
    assert apart(trained("batch", 1, steps=2), pieces) > 1e-6
