"""PixelCNN: each pixel given those before it."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from gan_lightning.study.generative_model.base import GenerativeModel, Likelihood, bernoulli, log_bernoulli, minimize


class MaskedConv2d(nn.Conv2d):
    """A convolution that sees pixels of rows above, and those to the left in its own row.

    Args:
        sees_itself: the pixel itself as well (mask B); False in the first layer (mask A).
        *args: those of `torch.nn.Conv2d`, with an odd kernel.
        **options: likewise.
    """

    mask: Tensor

    def __init__(self, *args: Any, sees_itself: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        mask = torch.ones(self.weight.shape[2:])
        row, column = (size // 2 for size in mask.shape)
        mask[row, column + sees_itself :] = 0
        mask[row + 1 :] = 0
        self.register_buffer("mask", mask)

    def forward(self, x: Tensor) -> Tensor:
        """As `torch.nn.Conv2d`."""
        out: Tensor = self._conv_forward(x, self.weight * self.mask, self.bias)
        return out


class CausalNetwork(nn.Module):
    """Logits of each pixel from those before it, and from a code.

    Args:
        size: height and width.
        width: channels.
        blocks: residual blocks.
        code: numbers of a code; 0: there is none.
    """

    def __init__(self, size: int, width: int = 32, blocks: int = 4, code: int = 0) -> None:
        super().__init__()
        self.first = MaskedConv2d(1, width, 5, padding=2, sees_itself=False)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                *(nn.ReLU(), nn.Conv2d(width, width // 2, 1), nn.ReLU()),
                *(MaskedConv2d(width // 2, width // 2, 3, padding=1, sees_itself=True), nn.ReLU()),
                nn.Conv2d(width // 2, width, 1),
            )
            for _ in range(blocks)
        )
        self.last = nn.Sequential(nn.ReLU(), nn.Conv2d(width, width, 1), nn.ReLU(), nn.Conv2d(width, 1, 1))
        self.place = nn.Parameter(torch.zeros(width, size, size))  # a bias of each pixel
        self.code = code_map(code, width, size) if code else None

    def forward(self, x: Tensor, code: Tensor | None = None) -> Tensor:
        """Logits [B, 1, H, W] of images x; of codes [B, code] as well."""
        rows = x.shape[2]  # fewer than all while an image is drawn: no pixel sees those below
        features = self.first(x) + self.place[:, :rows]
        if self.code is not None:
            features = features + self.code(code)[:, :, :rows]
        for block in self.blocks:
            features = features + block(features)
        logits: Tensor = self.last(features)
        return logits

    @torch.no_grad()
    def draw(self, n: int, shape: tuple[int, ...], rng: torch.Generator, code: Tensor | None = None) -> Tensor:
        """Images [n, *shape], pixel after pixel."""
        x = torch.zeros(n, *shape)
        for row in range(shape[1]):
            for column in range(shape[2]):
                logits = self(x[:, :, : row + 1], code)[:, :, row, column]
                x[:, :, row, column] = bernoulli(logits, rng)
        return x


def code_map(code: int, width: int, size: int) -> nn.Module:
    """From codes [B, code] to features [B, width, size, size]."""
    return nn.Sequential(
        *(nn.Linear(code, 256), nn.ReLU(), nn.Linear(256, width * size * size)),
        nn.Unflatten(1, (width, size, size)),
    )


class PixelCNN(GenerativeModel):
    """log p(x) is the sum of log p(pixel given those before it): van den Oord et al. 2016, arXiv:1601.06759.

    Args:
        size: height and width.
        width: channels.
        blocks: residual blocks.
    """

    likelihood: ClassVar[Likelihood] = "exact"

    def __init__(self, size: int, width: int = 32, blocks: int = 4) -> None:
        super().__init__()
        self.shape, self.network = (1, size, size), CausalNetwork(size, width, blocks)

    def fit(self, images: Tensor, *, steps: int, batch: int, seed: int) -> None:
        """See `GenerativeModel.fit`."""

        def loss(x: Tensor, step: int) -> Tensor:
            return -log_bernoulli(x, self.network(x)).mean()

        minimize(loss, self.parameters(), images, steps=steps, batch=batch, seed=seed, rate=2e-3)

    @torch.no_grad()
    def log_likelihood(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """See `GenerativeModel.log_likelihood`."""
        return log_bernoulli(x, self.network(x))

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """See `GenerativeModel.sample`."""
        return self.network.draw(n, self.shape, rng)

    def passes(self) -> int:
        """See `GenerativeModel.passes`."""
        return self.shape[1] * self.shape[2]
