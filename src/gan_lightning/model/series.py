"""Convolutional generator and critic (discriminator) of series, the DCGAN pair in one dimension."""

from __future__ import annotations

from gan_lightning.nn.convolutional_pair import ConvolutionalCritic, ConvolutionalGenerator


class Generator(ConvolutionalGenerator):
    """Latents to series [C, T] by transposed convolutions of stride 2: after Radford et al. 2016 (arXiv:1511.06434).

    Args:
        shape: (channels, length) with length = base·2^n, base 4 to 7, n > 0: 64, 96, 128, 1024 …
        latent_dim: dimensions of a latent.
        width: channels of the features nearest to the series; they double per halving of the length …
        max_width: … up to here.
        norm: normalization after each layer but the last.
        condition: class conditioning: "none", or "concatenation" with the latent.
        classes: number of classes of the data; 0 for unlabelled data.
    """

    axes, model = 1, "series"


class Critic(ConvolutionalCritic):
    """Series to scores by convolutions of stride 2: the mirror of the generator.

    Args:
        shape: (channels, length), as for the generator.
        width: channels of the features nearest to the series; they double per halving of the length …
        max_width: … up to here.
        norm: normalization after each convolution but the first; per-sample penalties rule out batch norm.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        condition: class conditioning: "none", "concatenation" with the series, or "projection" at the output.
        classes: number of classes of the data; 0 for unlabelled data.
    """

    axes, model = 1, "series"
