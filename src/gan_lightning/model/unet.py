"""U-Net generator from image to image, and the critic (discriminator) of patches of both (pix2pix)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Probability, validate_arguments
from gan_lightning.nn.image_pyramid import pyramid, widths_from_image
from gan_lightning.nn.init import dcgan_normal
from gan_lightning.nn.norm import Norm, image_norm, needs_bias_before
from gan_lightning.nn.patch_critic import HALVE, ReceptiveField, convolutions_from_image, patch_critic
from gan_lightning.nn.spectral import add_spectral_norm


class Generator(nn.Module):
    """An image to an image of the same size by halving it and doubling it again, with skips between equal sizes.

    Isola et al. 2017 (arXiv:1611.07004), section 3.2. What a pair of images has in common, such as edges, goes through
    the skips. The latent is not used, since generators learn to ignore it; dropout in the first three doublings takes
    its place. The averaged generator is without dropout: its output is a function of the image.

    Args:
        shape: (channels, height, width) of outputs; the shorter side base·2^n with base 4 to 7 and n > 0 (28, 32, 48,
            64, 128 …), the longer one a multiple of 2^n.
        label_shape: of the images that are translated, of the same height and width.
        latent_dim: dimensions of the unused latent.
        width: channels of the features nearest to the image; they double per halving of size …
        max_width: … up to here.
        norm: normalization after each layer but the first and the last.
        dropout: probability, in training.

    Attributes:
        multiple: a side of an image is a multiple of it.

    Raises:
        UsageError: the data have no images as labels, or images of another size.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        label_shape: Sequence[Count] | None,
        latent_dim: Count = 1,
        width: Count = 64,
        max_width: Count = 512,
        norm: Norm = "batch",
        dropout: Probability = 0.5,
    ) -> None:
        super().__init__()
        image = pyramid(shape, "unet")
        self.latent_dim, self.label_shape = latent_dim, check_pair(shape, label_shape)
        self.multiple = 1 << image.levels
        widths = widths_from_image(image.levels, width=width, max_width=max_width, model="unet")
        self.down = nn.ModuleList([nn.Conv2d(self.label_shape[0], widths[0], **HALVE)])
        for inputs, outputs in pairwise(widths):
            after = image_norm(norm, outputs)
            conv = nn.Conv2d(inputs, outputs, **HALVE, bias=needs_bias_before(after))
            self.down.append(nn.Sequential(nn.LeakyReLU(0.2), conv, after))
        self.up = nn.ModuleList()
        inputs = widths[-1]
        for number, outputs in enumerate(widths[-2::-1]):
            after = image_norm(norm, outputs)
            double = nn.ConvTranspose2d(inputs, outputs, **HALVE, bias=needs_bias_before(after))
            self.up.append(nn.Sequential(nn.ReLU(), double, after, nn.Dropout(dropout if number < 3 else 0)))
            inputs = 2 * outputs
        self.up.append(nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(inputs, image.channels, **HALVE), nn.Tanh()))
        dcgan_normal(self)

    def forward(self, latent: Tensor, label: Tensor) -> Tensor:
        """Latents [B, latent_dim], images [B, channels, height, width] → images in (-1, 1).

        Of any size that can be halved as often.
        """
        skips, x = list[Tensor](), label
        for layer in self.down:
            x = layer(x)
            skips.append(x)
        x = skips.pop()
        for layer in self.up[:-1]:
            x = torch.cat([layer(x), skips.pop()], 1)
        fake: Tensor = self.up[-1](x)
        return fake


class Critic(nn.Module):
    """Pairs of an image and what it was translated from → scores of overlapping patches (Isola et al. 2017).

    Section 3.3. Convolutions on both, channel by channel: one critic of patches at all places, whose scores losses
    average.

    Args:
        shape: (channels, height, width) of the images that are judged.
        label_shape: of those they were translated from, of the same height and width.
        receptive_field: side in pixels of the patch that a score depends on; 1: each pixel alone.
        width: channels of the features nearest to the image; they double per halving of size …
        max_width: … up to here.
        norm: normalization after each convolution but the first and the last; per-sample penalties rule out batch norm.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).

    Raises:
        UsageError: the data have no images as labels, or images of another size, or too small ones.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        label_shape: Sequence[Count] | None,
        receptive_field: ReceptiveField = 70,
        width: Count = 64,
        max_width: Count = 512,
        norm: Norm = "batch",
        spectral_norm: bool = False,
    ) -> None:
        super().__init__()
        self.label_shape = check_pair(shape, label_shape)
        self.layers = patch_critic(
            shape[0] + self.label_shape[0],
            shape[1:],
            receptive_field=receptive_field,
            width=width,
            max_width=max_width,
            norm=norm,
            model="unet",
        )
        dcgan_normal(self)
        if spectral_norm:
            add_spectral_norm(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Its blocks, in the order in which samples pass through them."""
        return convolutions_from_image(self.layers)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Images [B, channels, height, width], and those they were translated from → scores of patches [B, h, w]."""
        scores: Tensor = self.layers(torch.cat([x, label], 1))
        return scores.squeeze(1)


def check_pair(shape: Sequence[int], label_shape: Sequence[int] | None) -> tuple[int, ...]:
    """The shape of the images that are translated.

    Raises:
        UsageError: there are none, or they have another size than `shape`.
    """
    if label_shape is None or len(label_shape) != 3:
        raise UsageError(
            "model=unet translates images, and these data have no images as labels: use data=paired_folder or "
            "data=computed_labels"
        )
    if tuple(label_shape[1:]) != tuple(shape[1:]):
        raise UsageError(
            f"model=unet translates images of {list(label_shape)} to images of the same size, and these are "
            f"{list(shape)}"
        )
    return tuple(label_shape)
