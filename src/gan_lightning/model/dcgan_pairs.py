"""DCGAN generator with an encoder, and a critic (discriminator) of pairs of an image and a latent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import nn

from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.model.dcgan_encoder import Generator as Generator
from gan_lightning.model.dcgan_encoder import image_features
from gan_lightning.nn.init import DCGANInit
from gan_lightning.nn.norm import Norm
from gan_lightning.nn.pair_critic import PairCritic
from gan_lightning.nn.spectral import add_spectral_norm


class Critic(PairCritic):
    """DCGAN's critic of the image, two layers of the latent, and two of both.

    Args:
        shape: (channels, height, width), as for the generator.
        latent_dim: of the generator.
        width: channels of the features nearest to the image; they double per halving of size …
        max_width: … up to here.
        norm: normalization after each convolution but the first; per-sample penalties rule out batch norm.
        kernel: 4, or 5.
        down_to: pixels of the shorter side up to which features are not halved further.
        latent_width: units of each layer of the latent.
        joint_width: units of the hidden layer of both.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        init: of the convolutions: "dcgan" for N(0, 0.02²), "he" (of use without norms), "orthogonal" for orthonormal
            rows, or "torch" for torch's own, which the other layers have.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count,
        width: Count = 16,
        max_width: Count = 1024,
        norm: Norm = "batch",
        kernel: Literal[4, 5] = 5,
        down_to: Count = 4,
        latent_width: Count = 256,
        joint_width: Count = 256,
        spectral_norm: bool = False,
        init: DCGANInit = "torch",
    ) -> None:
        features, size = image_features(
            shape=shape, width=width, max_width=max_width, norm=norm, kernel=kernel, down_to=down_to, init=init
        )
        of_latent = nn.Sequential(
            *(nn.Linear(latent_dim, latent_width), nn.LeakyReLU(0.2)),
            *(nn.Linear(latent_width, latent_width), nn.LeakyReLU(0.2)),
        )
        of_both = nn.Sequential(
            nn.Linear(size + latent_width, joint_width), nn.LeakyReLU(0.2), nn.Linear(joint_width, 1)
        )
        super().__init__(features, of_latent, of_both, shape)
        if spectral_norm:
            add_spectral_norm(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Blocks of the image's features, in the order in which samples pass through them."""
        return list(self.sample_features.children())[:-1]
