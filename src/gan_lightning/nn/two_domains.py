"""Networks of two domains of images, A and B: translation both ways, and a critic (discriminator) of each domain."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.translation_direction import TranslationDirection


def join(a: Tensor, b: Tensor) -> Tensor:
    """Pairs of images, channel by channel: [B, C, H, W] of each domain → [B, 2·C, H, W].

    So whatever takes a batch of samples takes pairs: penalties, regularizers, gathering of rows.
    """
    return torch.cat([a, b.to(a)], 1)


def split(pairs: Tensor) -> tuple[Tensor, Tensor]:
    """The images of A and those of B, [B, C, H, W] each, of pairs [B, 2·C, H, W]."""
    a, b = pairs.chunk(2, 1)
    return a, b


class TwoWayGenerator(nn.Module):
    """Two translators, G from A to B and F back (Zhu et al. 2017, arXiv:1703.10593). As a generator it is G.

    Args:
        a_to_b: G, images [B, C, H, W] → images of the same shape.
        b_to_a: F, likewise.
        shape: (channels, height, width) of the images of both domains.
    """

    latent_dim = 1

    def __init__(self, a_to_b: nn.Module, b_to_a: nn.Module, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.a_to_b, self.b_to_a, self.label_shape = a_to_b, b_to_a, tuple(shape)

    def translate(self, images: Tensor, direction: TranslationDirection = "a_to_b") -> Tensor:
        """Images [B, C, H, W] of one domain → images of the other."""
        translated: Tensor = (self.a_to_b if direction == "a_to_b" else self.b_to_a)(images)
        return translated

    def forward(self, latent: Tensor, label: Tensor) -> Tensor:
        """Latents [B, 1], which are not used, and images of A [B, C, H, W] → images of B."""
        return self.translate(label)


class OneWay(nn.Module):
    """One of the two translators as a generator of its own, latents and images → images.

    Args:
        generator: both.
        direction: of this one.
    """

    def __init__(self, generator: TwoWayGenerator, direction: TranslationDirection) -> None:
        super().__init__()
        self.generator, self.direction = generator, direction
        self.latent_dim, self.label_shape = generator.latent_dim, generator.label_shape

    @property
    def multiple(self) -> int | None:
        """A side of an image is a multiple of it; None: images have the shape of training."""
        return getattr(self.generator, "multiple", None)

    @property
    def smallest(self) -> int:
        """A side of an image has so many pixels at least."""
        return int(getattr(self.generator, "smallest", 1))

    def forward(self, latent: Tensor, label: Tensor) -> Tensor:
        """Latents, which are not used, and images of one domain → images of the other."""
        return self.generator.translate(label, self.direction)


class TwoDomainCritic(nn.Module):
    """Two critics, each of one domain: pairs → scores of A's image and of B's.

    Args:
        a: images [B, C, H, W] → scores [B, ...].
        b: likewise, scores of the same shape.
        channels: C.
    """

    def __init__(self, a: nn.Module, b: nn.Module, channels: int) -> None:
        super().__init__()
        self.a, self.b, self.channels = a, b, channels

    def forward(self, pairs: Tensor) -> Tensor:
        """[B, 2·C, H, W] → scores [B, 2, ...].

        Raises:
            UsageError: the inputs are no pairs.
        """
        if pairs.shape[1] != 2 * self.channels:
            raise UsageError(
                "this critic takes pairs of an image of each domain, and this objective gives it single ones: use "
                "objective=cyclegan"
            )
        a, b = split(pairs)
        return torch.stack([self.a(a), self.b(b)], 1)
