"""Convolutional generator and critic (discriminator) of volumes, the DCGAN pair in three dimensions."""

from __future__ import annotations

from gan_lightning.nn.convolutional_pair import ConvolutionalCritic, ConvolutionalGenerator


class Generator(ConvolutionalGenerator):
    """Latents to volumes [C, D, H, W] by transposed convolutions of stride 2: after 3D-GAN (Wu et al. 2016).

    arXiv:1610.07584.

    Args:
        shape: (channels, depth, height, width); the shortest side base·2^n with base 4 to 7 and n > 0 (16, 24, 32, 64
            …), the others multiples of 2^n.
        latent_dim: dimensions of a latent.
        width: channels of the features nearest to the volume; they double per halving of the size …
        max_width: … up to here.
        norm: normalization after each layer but the last.
        condition: class conditioning: "none", or "concatenation" with the latent.
        classes: number of classes of the data; 0 for unlabelled data.
    """

    axes, model = 3, "volume"


class Critic(ConvolutionalCritic):
    """Volumes to scores by convolutions of stride 2: the mirror of the generator.

    Args:
        shape: (channels, depth, height, width), as for the generator.
        width: channels of the features nearest to the volume; they double per halving of the size …
        max_width: … up to here.
        norm: normalization after each convolution but the first; per-sample penalties rule out batch norm.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        condition: class conditioning: "none", "concatenation" with the volume, or "projection" at the output.
        classes: number of classes of the data; 0 for unlabelled data.
    """

    axes, model = 3, "volume"
