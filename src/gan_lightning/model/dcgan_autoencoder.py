"""DCGAN generator, and a convolutional autoencoder as its critic (discriminator)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from torch import nn

from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.model import dcgan
from gan_lightning.model.dcgan import Generator as Generator
from gan_lightning.nn.autoencoder import Autoencoder, Distance
from gan_lightning.nn.init import DCGAN_INITS, DCGANInit
from gan_lightning.nn.norm import Norm
from gan_lightning.nn.spectral import add_spectral_norm


class Critic(Autoencoder):
    """Images to minus their reconstruction errors: DCGAN's critic as the encoder, its generator as the decoder.

    Zhao et al. 2017 (arXiv:1609.03126, appendix D) take such networks for images.

    Args:
        shape: (channels, height, width), as for the generator.
        code: numbers of a code.
        width: channels of the features nearest to the image, in encoder and decoder; they double per halving of size …
        max_width: … up to here.
        norm: normalization in encoder (but for its first layer) and decoder; per-sample penalties rule out batch norm.
        kernel: of the encoder: 4, or 5.
        down_to: pixels of the shorter side up to which the encoder's features are not halved further.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        init: "dcgan" for N(0, 0.02²), "he" (of use without norms), "orthogonal" for orthonormal rows, or "torch" for
            torch's own.
        distance: "euclidean", or "absolute" for the mean absolute difference.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        code: Count = 32,
        width: Count = 16,
        max_width: Count = 1024,
        norm: Norm = "batch",
        kernel: Literal[4, 5] = 4,
        down_to: Count = 7,
        spectral_norm: bool = False,
        init: DCGANInit = "torch",
        distance: Distance = "euclidean",
    ) -> None:
        widths = {"shape": shape, "width": width, "max_width": max_width, "norm": norm}
        encoder = dcgan.Critic(kernel=kernel, down_to=down_to, **widths).layers  # type: ignore[arg-type]
        last = cast(nn.Sequential, encoder[-1])
        last.score = nn.Linear(cast(nn.Linear, last.score).in_features, code)
        super().__init__(encoder, Generator(latent_dim=code, **widths), distance)  # type: ignore[arg-type]
        DCGAN_INITS[init](self)
        if spectral_norm:
            add_spectral_norm(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Blocks of the encoder, in the order in which samples pass through them."""
        return list(self.encoder.children())[:-1]
