"""Layers that take a condition beside their input."""

from __future__ import annotations

from torch import Tensor, nn


class ConditionalLayer(nn.Module):
    """Base class of conditional layers: forward(x, condition). `condition` is None in unconditional networks."""


class ConditionalSequential(nn.Sequential, ConditionalLayer):
    """Sequential that passes the condition to its conditional layers."""

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """Applies the layers in order."""
        for layer in self:
            x = apply_conditional(layer, x, condition)
        return x


def apply_conditional(layer: nn.Module, x: Tensor, condition: Tensor | None) -> Tensor:
    """layer(x, condition) for a conditional layer, layer(x) for any other."""
    y: Tensor = layer(x, condition) if isinstance(layer, ConditionalLayer) else layer(x)
    return y


class ConditionalNorm(ConditionalLayer):
    """(1 + G c) · norm(x) + B c: gain and offset are linear in c (Dumoulin et al. 2017, arXiv:1610.07629).

    With c a class embedding shared by all layers, as in Brock et al. 2019 (arXiv:1809.11096), section 3.

    Args:
        norm: a norm without affine parameters.
        channels: channels of x.
        condition_dim: dimensions of c.
    """

    def __init__(self, norm: nn.Module, channels: int, condition_dim: int) -> None:
        super().__init__()
        self.norm = norm
        self.gain, self.offset = (
            nn.Linear(condition_dim, channels, bias=False),
            nn.Linear(condition_dim, channels, bias=False),
        )

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, C, ...] and conditions [B, condition_dim] → [B, C, ...]."""
        assert condition is not None
        gain, offset = (layer(condition).view(*x.shape[:2], *[1] * (x.dim() - 2)) for layer in (self.gain, self.offset))
        y: Tensor = self.norm(x) * (1 + gain) + offset
        return y
