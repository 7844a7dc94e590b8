"""Translators of images by residual blocks at a quarter of the resolution (Johnson et al. 2016, arXiv:1603.08155)."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from gan_lightning.nn.norm import Norm, image_norm, needs_bias_before

RESAMPLE: dict[str, Any] = {"kernel_size": 3, "stride": 2, "padding": 1}
QUARTER = 4


class ResidualBlock(nn.Module):
    """x + f(x), with two convolutions of reflected edges in f.

    Args:
        channels: of x.
        norm: after each convolution.
    """

    def __init__(self, channels: int, norm: Norm) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_convolution(channels, channels, 3, norm), nn.ReLU(), *_convolution(channels, channels, 3, norm)
        )

    def forward(self, x: Tensor) -> Tensor:
        """[B, channels, H, W] → the same shape."""
        out: Tensor = x + self.layers(x)
        return out


class ImageTranslator(nn.Sequential):
    """Images in [-1, 1] → images in (-1, 1) of the same shape, of any size whose sides are multiples of 4.

    As in Zhu et al. 2017 (arXiv:1703.10593, appendix 7.2): a convolution of 7 px, two halvings, residual blocks, two
    doublings, a convolution of 7 px, tanh; edges are reflected, so that no black frame comes from padding.

    Args:
        channels: of the images.
        width: of the features at full resolution; they double per halving.
        blocks: residual blocks.
        norm: after each convolution but the last.
    """

    def __init__(self, channels: int, width: int, blocks: int, norm: Norm) -> None:
        layers: list[nn.Module] = [*_convolution(channels, width, 7, norm), nn.ReLU()]
        for wide in (width, 2 * width):
            after = image_norm(norm, 2 * wide)
            layers += [nn.Conv2d(wide, 2 * wide, **RESAMPLE, bias=needs_bias_before(after)), after, nn.ReLU()]
        layers += [ResidualBlock(4 * width, norm) for _ in range(blocks)]
        for wide in (2 * width, width):
            after = image_norm(norm, wide)
            double = nn.ConvTranspose2d(2 * wide, wide, **RESAMPLE, output_padding=1, bias=needs_bias_before(after))
            layers += [double, after, nn.ReLU()]
        super().__init__(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh())


def _convolution(inputs: int, outputs: int, kernel: int, norm: Norm) -> list[nn.Module]:
    after = image_norm(norm, outputs)
    conv = nn.Conv2d(inputs, outputs, kernel, bias=needs_bias_before(after))
    return [nn.ReflectionPad2d(kernel // 2), conv, after]
