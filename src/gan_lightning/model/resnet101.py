"""Residual generator and critic (discriminator) of 101 layers each, for images of base·2^n pixels per side.

The deepest networks of the robustness test of Gulrajani et al. 2017 (arXiv:1704.00028, section 5.1), as in its code: 33
bottleneck blocks of three convolutions and a layer at each end. At 64 px blocks and widths are those of the paper: 6,
6, 6, 6, 5 blocks from 4 to 64 px and four that change the size. At other sizes blocks are distributed as evenly as
possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, SmallCount, validate_arguments
from gan_lightning.nn.image_pyramid import check_widths, pyramid, widths_from_image
from gan_lightning.nn.init import glorot, he_strided
from gan_lightning.nn.norm import Norm, image_norm

RESIDUAL = 0.3  # weight of a block's residual
LAST = 0.2  # factor on the last layer's output: the sum of all blocks is large


class Bottleneck(nn.Module):
    """x ↦ shortcut(x) + 0.3 · norm(1×1 · 3×3 · 1×1), with a ReLU before each convolution and half the channels inside.

    Args:
        inputs: input channels.
        outputs: output channels.
        resample: "up" doubles height and width in the 3×3 convolution, "down" halves them, "same" keeps them.
        norm: normalization at the end of the residual.
    """

    def __init__(self, inputs: int, outputs: int, resample: str, norm: Norm) -> None:
        super().__init__()
        inside, outside = inputs // 2, outputs // 2
        self.residual = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(inputs, inside, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(inside, outside, 3, stride=2, padding=1, output_padding=1)
            if resample == "up"
            else nn.Conv2d(inside, outside, 3, stride=2 if resample == "down" else 1, padding=1),
            nn.ReLU(),
            nn.Conv2d(outside, outputs, 1, bias=False),
            image_norm(norm, outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if resample == "up":
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, 4 * outputs, 1), nn.PixelShuffle(2))
        elif resample == "down":
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride=2)
        he_strided(self.residual)
        for layer in self.shortcut.modules():
            if isinstance(layer, nn.Conv2d):
                glorot(layer)

    def forward(self, x: Tensor) -> Tensor:
        """[B, inputs, H, W] → [B, outputs, H', W']."""
        y: Tensor = self.shortcut(x) + RESIDUAL * self.residual(x)
        return y


class Generator(nn.Module):
    """Latents to images by bottleneck blocks, then a 1×1 convolution times 0.2 and tanh.

    Args:
        shape: (channels, height, width); the shorter side base·2^n with base 4 to 7 and n > 0 (28, 32, 48, 64, 128 …),
            the longer one a multiple of 2^n.
        latent_dim: dimensions of a latent.
        width: twice the channels nearest to the image, which double per halving of size …
        max_width: … up to here. The paper's 64 px network is 512-256-128-64-32.
        widths: explicit channels instead, n+1 of them, from the latent to the image.
        blocks: of three convolutions each; 33 make 101 layers.
        norm: normalization at the end of each block.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count = 128,
        width: Count = 64,
        max_width: Count = 512,
        widths: Sequence[Count] | None = None,
        blocks: SmallCount = 33,
        norm: Norm = "batch",
    ) -> None:
        super().__init__()
        image = pyramid(shape, "resnet101")
        derived = _derived(image.levels, width, max_width)[::-1]
        widths = _even(derived if widths is None else check_widths(widths, derived, "resnet101.Generator"))
        self.latent_dim = latent_dim

        project = nn.Linear(latent_dim, widths[0] * image.area)
        conv = nn.Conv2d(widths[-1], image.channels, 1)
        stages = _stages(widths, blocks_per_size(blocks, image.levels), "up", norm)
        self.project = nn.Sequential(project, nn.Unflatten(1, (widths[0], *image.base)))
        self.blocks, self.image = stages, conv
        glorot(project)
        glorot(conv)

    def forward(self, latent: Tensor) -> Tensor:
        """[B, latent_dim] → images [B, channels, height, width] in (-1, 1)."""
        image: Tensor = self.image(self.blocks(self.project(latent)))
        return (LAST * image).tanh()


class Critic(nn.Module):
    """Images to scores by a 1×1 convolution and bottleneck blocks, then a linear layer times 0.2; the mirror of G.

    Args:
        shape: (channels, height, width), as for the generator.
        width: twice the channels nearest to the image, which double per halving of size …
        max_width: … up to here.
        widths: explicit channels instead, n+1 of them, from the image to the score.
        blocks: of three convolutions each; 33 make 101 layers.
        norm: normalization at the end of each block; per-sample penalties rule out batch norm.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        width: Count = 64,
        max_width: Count = 512,
        widths: Sequence[Count] | None = None,
        blocks: SmallCount = 33,
        norm: Norm = "batch",
    ) -> None:
        super().__init__()
        image = pyramid(shape, "resnet101")
        derived = _derived(image.levels, width, max_width)
        widths = _even(derived if widths is None else check_widths(widths, derived, "resnet101.Critic"))

        self.image = nn.Conv2d(image.channels, widths[0], 1)
        self.blocks = _stages(widths, blocks_per_size(blocks, image.levels)[::-1], "down", norm)
        self.score = nn.Sequential(nn.Flatten(), nn.Linear(widths[-1] * image.area, 1))
        glorot(self.image)
        glorot(self.score[-1])

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Its blocks, in the order in which samples pass through them."""
        return [self.image, *self.blocks]

    def forward(self, x: Tensor) -> Tensor:
        """[B, channels, height, width] → scores [B]."""
        scores: Tensor = self.score(self.blocks(self.image(x)))
        return LAST * scores.squeeze(1)


def blocks_per_size(blocks: int, levels: int) -> list[int]:
    """Number of blocks that keep each size, from the smallest to the largest; `levels` other blocks change it.

    Raises:
        UsageError: there are fewer blocks than changes of size.
    """
    if blocks < levels:
        raise UsageError(
            f"resnet101: blocks={blocks} can't double the size {levels} times: use blocks={levels} or more"
        )
    each, rest = divmod(blocks - levels, levels + 1)
    return [each + (stage < rest) for stage in range(levels + 1)]


def _stages(widths: Sequence[int], keeping: Sequence[int], change: str, norm: Norm) -> nn.Sequential:
    stages = [Bottleneck(widths[0], widths[0], "same", norm) for _ in range(keeping[0])]
    for (inputs, outputs), number in zip(pairwise(widths), keeping[1:], strict=True):
        stages.append(Bottleneck(inputs, outputs, change, norm))
        stages += [Bottleneck(outputs, outputs, "same", norm) for _ in range(number)]
    return nn.Sequential(*stages)


def _derived(levels: int, width: int, max_width: int) -> list[int]:
    return widths_from_image(levels + 1, width=width // 2, max_width=max_width, model="resnet101")


def _even(widths: list[int]) -> list[int]:
    if any(width < 2 or width % 2 for width in widths):
        raise UsageError(
            f"resnet101: a block has half of the channels inside, and {'-'.join(map(str, widths))} are not all even: "
            "use width=4, 8, 12, ..."
        )
    return widths
