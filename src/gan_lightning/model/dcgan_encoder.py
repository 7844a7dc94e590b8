"""DCGAN generator with an encoder, and DCGAN's critic (discriminator)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from torch import nn

from gan_lightning.core.validation import Count
from gan_lightning.model import dcgan
from gan_lightning.model.dcgan import Critic as Critic
from gan_lightning.nn.encoder import Encoder
from gan_lightning.nn.norm import Norm


def image_features(**critic: Any) -> tuple[nn.Sequential, int]:
    """A DCGAN critic without its last layer, and the number of features that this would take.

    Args:
        **critic: arguments of `dcgan.Critic`.
    """
    layers = dcgan.Critic(**critic).layers
    last = cast(nn.Sequential, layers[-1])
    num_features = cast(nn.Linear, last.score).in_features
    last.score = nn.Identity()
    return layers, num_features


class Generator(dcgan.Generator):
    """`dcgan.Generator`, and an encoder of its samples: the convolutions of DCGAN's critic.

    Args:
        shape: (channels, height, width).
        encoder_width: channels of the encoder's features nearest to the image; they double per halving of size.
        encoder_norm: normalization after each convolution of the encoder but the first.
        **network: further arguments of `dcgan.Generator`.
    """

    def __init__(
        self, *, shape: Sequence[Count], encoder_width: Count = 32, encoder_norm: Norm = "batch", **network: Any
    ) -> None:
        super().__init__(shape=shape, **network)
        same = {name: network[name] for name in ("max_width", "init") if name in network}
        features, size = image_features(shape=shape, width=encoder_width, norm=encoder_norm, **same)
        self.encoder = Encoder(features, size, self.latent_dim)
