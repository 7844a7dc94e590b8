"""Small games to play in tests."""

from __future__ import annotations

from typing import Any

import torch
from lightning.pytorch import Trainer
from torch import Tensor, nn

from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.model import mlp, mlp_codes, mlp_encoder, mlp_latents, mlp_pairs
from gan_lightning.nn.autoencoder import Autoencoder
from gan_lightning.nn.level_encoder import LevelEncoder
from gan_lightning.nn.stack import CriticStack, GeneratorStack, LevelCritic
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.trainer.default import build

State = dict[str, Tensor]


class Cloud(AdversarialDataModule):
    """1,000 points around (3, 3), 101 held out; of class 1 to the right of the middle, else 0."""

    shape = (2,)

    def load(self) -> tuple[SampleTable, SampleTable]:
        points = torch.randn(1101, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64).float() + 3
        labels = (points[:, 0] > 3).long()
        return SampleTable(points[:1000], labels=labels[:1000]), SampleTable(points[1000:], labels=labels[1000:])


def networks(norm: bool = False, spectral: bool = False) -> tuple[nn.Sequential, nn.Sequential]:
    """A generator of points from 4 numbers and a critic, always with the same first weights."""
    torch.manual_seed(0)
    generator = nn.Sequential(
        nn.Linear(4, 16), nn.BatchNorm1d(16) if norm else nn.Identity(), nn.ReLU(), nn.Linear(16, 2)
    )
    critic = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16) if norm else nn.Identity(), nn.Tanh(), nn.Linear(16, 1))
    if spectral:
        for layer in (critic[0], critic[3]):
            nn.utils.parametrizations.spectral_norm(layer)
    return generator, critic


def autoencoders() -> tuple[nn.Module, Autoencoder]:
    """The generator, and an autoencoder of the cloud with codes of two numbers, always with the same first weights."""
    generator, _ = networks()
    return generator, Autoencoder(nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)), nn.Linear(2, 2))


def coded_networks(width: int = 16, depth: int = 1) -> tuple[mlp_codes.Generator, mlp.Critic]:
    """A generator with a category of two values and a number among its four latents, and a critic."""
    torch.manual_seed(0)
    size: dict[str, Any] = {"shape": (2,), "width": width, "depth": depth}
    generator = mlp_codes.Generator(latent_dim=4, categorical_codes=[2], continuous_codes=1, **size)
    return generator, mlp.Critic(**size)


def encoding_generator() -> mlp_encoder.Generator:
    """A generator of points from 4 numbers with an encoder, always with the same first weights."""
    torch.manual_seed(0)
    return mlp_encoder.Generator(shape=(2,), latent_dim=4, width=16, encoder_width=16, depth=1)


def pair_networks() -> tuple[mlp_encoder.Generator, mlp_pairs.Critic]:
    """The generator with an encoder, and a critic of its pairs."""
    return encoding_generator(), mlp_pairs.Critic(shape=(2,), latent_dim=4, width=16, depth=1)


def latent_networks() -> tuple[mlp_encoder.Generator, mlp_latents.Critic]:
    """The generator with an encoder, and a critic of its latents."""
    return encoding_generator(), mlp_latents.Critic(latent_dim=4, width=16, depth=1)


def stacks() -> dict[str, Any]:
    """Stacks over two levels of an encoder of the cloud, 2 and 3 numbers, always with the same first weights."""
    torch.manual_seed(0)
    small: dict[str, Any] = {"width": 16, "depth": 1}
    top = mlp.Generator(shape=(3,), latent_dim=2, condition="concatenation", classes=2, **small)
    generator = GeneratorStack(mlp.Generator(shape=(2,), latent_dim=5, **small), top, latent_dims=(2, 2), classes=2)
    critics = [LevelCritic(nn.Sequential(nn.Linear(size, 16), nn.Tanh()), 16, 2) for size in (2, 3)]
    encoder = LevelEncoder(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 2)))
    return {"generator": generator, "critic": CriticStack(*critics, shapes=[(2,), (3,)]), "encoder": encoder}


def told_networks() -> tuple[nn.Module, nn.Module]:
    """A pair that is told the cloud's two classes, always with the same first weights."""
    torch.manual_seed(0)
    return (
        mlp.Generator(shape=(2,), latent_dim=4, width=16, depth=1, condition="concatenation", classes=2),
        mlp.Critic(shape=(2,), width=16, depth=1, condition="projection", classes=2),
    )


def play(module: AdversarialModule, steps: int = 5, batch_size: int = 8, **trainer: object) -> Trainer:
    """Trains for so many steps on the cloud."""
    trained = build(max_steps=steps, accelerator="cpu", **trainer)  # type: ignore[arg-type]
    trained.fit(module, datamodule=Cloud(batch_size=batch_size))
    return trained


def state(module: nn.Module) -> State:
    """A copy of the state dict."""
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def same(a: State, b: State) -> bool:
    """Bit for bit."""
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
