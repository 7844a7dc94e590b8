"""Pre-activation residual blocks, with and without a change of size."""

from __future__ import annotations

from torch import Tensor, nn

from gan_lightning.nn.conditional_layer import ConditionalLayer, ConditionalSequential
from gan_lightning.nn.norm import Norm, conditional_norm, image_norm, needs_bias_before


class Residual(ConditionalLayer):
    """x ↦ shortcut(x) + residual(x)."""

    def __init__(self, residual: nn.Sequential, shortcut: nn.Module) -> None:
        super().__init__()
        self.residual, self.shortcut = ConditionalSequential(*residual), shortcut

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, C, H, W] → [B, C', H', W']."""
        y: Tensor = self.shortcut(x) + self.residual(x, condition)
        return y


def upsample_block(inputs: int, outputs: int, norm: Norm, condition_dim: int = 0) -> Residual:
    """Doubles height and width by nearest neighbor before the first convolution; see `conditional_norm`."""
    first, second = conditional_norm(norm, inputs, condition_dim), conditional_norm(norm, outputs, condition_dim)
    return Residual(
        nn.Sequential(
            first,
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=needs_bias_before(second)),
            second,
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1),
        ),
        # A 1×1 convolution and nearest upsampling commute: this order costs a quarter.
        nn.Sequential(nn.Conv2d(inputs, outputs, 1), nn.Upsample(scale_factor=2)),
    )


def downsample_block(inputs: int, outputs: int, norm: Norm, *, wide: bool = False) -> Residual:
    """Halves height and width by the mean after the second convolution; `wide`: `outputs` filters in the first, too."""
    middle = outputs if wide else inputs
    first, second = image_norm(norm, inputs), image_norm(norm, middle)
    return Residual(
        nn.Sequential(
            first,
            nn.ReLU(),
            nn.Conv2d(inputs, middle, 3, padding=1, bias=needs_bias_before(second)),
            second,
            nn.ReLU(),
            nn.Conv2d(middle, outputs, 3, padding=1),
            nn.AvgPool2d(2),
        ),
        # A 1×1 convolution and the mean commute: this order costs a quarter.
        nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(inputs, outputs, 1)),
    )


def image_downsample_block(channels: int, outputs: int) -> Residual:
    """`downsample_block` for images: no activation before the first convolution, no normalization."""
    return Residual(
        nn.Sequential(
            nn.Conv2d(channels, outputs, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1),
            nn.AvgPool2d(2),
        ),
        nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(channels, outputs, 1)),
    )


def identity_size_block(inputs: int, outputs: int, norm: Norm) -> Residual:
    """Keeps height and width; the shortcut is the identity unless the width changes."""
    first, second = image_norm(norm, inputs), image_norm(norm, outputs)
    return Residual(
        nn.Sequential(
            first,
            nn.ReLU(),
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=needs_bias_before(second)),
            second,
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1),
        ),
        nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1),
    )
