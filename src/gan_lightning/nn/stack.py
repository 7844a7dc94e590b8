"""Stacks of networks, one for each level of an encoder: generators from label to sample, a critic for each level."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError

LATENT = "latent"


def join(levels: Sequence[Tensor]) -> Tensor:
    """Levels h_0, h_1 … of a batch, [B, ...] each, as one row of numbers a sample.

    So whatever takes a batch of samples takes levels: penalties, regularizers, gathering of rows.
    """
    return torch.cat([level.flatten(1) for level in levels], 1)


class GeneratorStack(nn.Module):
    """Generators G_0 … G_{N-1} that invert an encoder: h_i = G_i(h_{i+1}, z_i), from a class h_N to a sample h_0.

    Huang et al. 2017, arXiv:1612.04357. As a generator it is the whole stack, a class-conditional one; its latent is
    z_0 … z_{N-1}, one behind the other.

    Args:
        *generators: G_0 … G_{N-1}, from the sample up. The last one takes (latent, label=), each of the others rows of
            the level above with its latent behind.
        latent_dims: lengths of z_0 … z_{N-1}.
        classes: number of classes.
    """

    def __init__(self, *generators: nn.Module, latent_dims: Sequence[int], classes: int) -> None:
        super().__init__()
        self.generators, self.latent_dims = nn.ModuleList(generators), tuple(latent_dims)
        self.latent_dim, self.classes = sum(latent_dims), classes

    def split(self, latent: Tensor) -> list[Tensor]:
        """z_0 … z_{N-1} of latents [B, latent_dim]."""
        return list(torch.split(latent, [*self.latent_dims], 1))

    def levels(self, latent: Tensor, label: Tensor, above: Sequence[Tensor] | None = None) -> list[Tensor]:
        """The levels that the generators make, h_0 … h_{N-1}.

        Args:
            latent: [B, latent_dim].
            label: classes, int64 [B].
            above: h_1 … h_{N-1} as the generators below take them; None: as the generators above have made them.
        """
        *others, top = zip(self.generators, self.split(latent), strict=True)
        levels = [top[0](top[1], label=label)]
        for i, (generator, z) in reversed([*enumerate(others)]):
            given = levels[0] if above is None else above[i]
            levels.insert(0, generator(torch.cat([given.flatten(1), z.to(given)], 1)))
        return levels

    def forward(self, latent: Tensor, label: Tensor) -> Tensor:
        """Latents [B, latent_dim] and classes → samples [B, *shape]."""
        return self.levels(latent, label)[0]


class LevelCritic(nn.Module):
    """The critic D of a level, and beside it Q, which recovers the level's latent; they share all layers but the last.

    Args:
        features: [B, *shape] → [B, num_features].
        num_features: of a sample.
        latent_dim: length of the level's latent.
    """

    def __init__(self, features: nn.Module, num_features: int, latent_dim: int) -> None:
        super().__init__()
        self.features = features
        self.score, self.latent = nn.Linear(num_features, 1), nn.Linear(num_features, latent_dim)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[B, *shape] → scores [B, 1], and Q's mean of the latents, [B, latent_dim]."""
        features = self.features(x)
        return self.score(features), self.latent(features)


class CriticStack(nn.Module):
    """The critics of all levels.

    Args:
        *critics: of h_0 … h_{N-1}, see `LevelCritic`.
        shapes: of a sample on each level.
    """

    def __init__(self, *critics: nn.Module, shapes: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.critics, self.shapes = nn.ModuleList(critics), tuple(map(tuple, shapes))

    def split(self, rows: Tensor) -> list[Tensor]:
        """The levels h_0 … h_{N-1} of rows of numbers, see `join`.

        Raises:
            UsageError: these are no such rows.
        """
        if rows.dim() != 2 or rows.shape[1] != sum(map(prod, self.shapes)):
            raise UsageError(
                "this critic takes the levels of an encoder, and this objective gives it something else: use "
                "objective=sgan"
            )
        parts = torch.split(rows, [prod(shape) for shape in self.shapes], 1)
        return [part.reshape(len(rows), *shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def forward(self, rows: Tensor) -> dict[str, Tensor]:
        """[B, numbers of all levels] → "score", [B, N], and "latent", [B, latent_dim]."""
        outputs = [critic(level) for critic, level in zip(self.critics, self.split(rows), strict=True)]
        return {"score": torch.cat([one[0] for one in outputs], 1), LATENT: torch.cat([one[1] for one in outputs], 1)}
