"""Fully connected generator and critic (discriminator), for points and for flattened samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import (
    Count,
    Index,
    NonNegative,
    Positive,
    Probability,
    SmallCount,
    validate_arguments,
)
from gan_lightning.nn.conditional_layer import ConditionalSequential
from gan_lightning.nn.conditioning import (
    CriticConditioning,
    GeneratorConditioning,
    LatentConditioning,
    condition_labels,
    label_concat_layers,
    output_head,
)
from gan_lightning.nn.fourier_features import FourierFeatures
from gan_lightning.nn.gaussian_noise import GaussianNoise
from gan_lightning.nn.init import HeInit, glorot, he, orthogonal, torch_default
from gan_lightning.nn.latent_prior import LatentPriorName
from gan_lightning.nn.minibatch_features import Minibatch, minibatch_layer
from gan_lightning.nn.norm import VectorNorm, needs_bias_before, vector_norm
from gan_lightning.nn.sign_latents import SignLatents
from gan_lightning.nn.spectral import add_spectral_norm

HIDDEN_INITS: dict[str, Callable[[nn.Module], None]] = {"he": he, "orthogonal": orthogonal, "torch": torch_default}
LAST_INITS: dict[str, Callable[[nn.Module], None]] = {"he": glorot, "orthogonal": orthogonal, "torch": torch_default}


def mlp_layers(
    inputs: int,
    outputs: int,
    *,
    width: int,
    depth: int,
    norm: VectorNorm,
    init: HeInit,
    minibatch: Minibatch = "none",
    noise: float = 0.0,
    dropout: float = 0.0,
) -> nn.Sequential:
    """`depth` hidden layers of `width` ReLU units, with Gaussian noise and dropout in training, then a linear layer."""
    layers = nn.Sequential()
    for size in [inputs] + [width] * (depth - 1):
        normalize = vector_norm(norm, width)
        linear = nn.Linear(size, width, bias=needs_bias_before(normalize))
        HIDDEN_INITS[init](linear)
        layers.extend([linear, normalize, nn.ReLU()])
        if noise:
            layers.append(GaussianNoise(noise))
        if dropout:
            layers.append(nn.Dropout(dropout))
    others, features = minibatch_layer(minibatch, width)
    if minibatch != "none":
        layers.append(others)
    last = nn.Linear(features, outputs)
    LAST_INITS[init](last)
    return layers.append(last)


class Generator(nn.Module):
    """Latents to samples through hidden ReLU layers: the toy network of Gulrajani et al. 2017 (arXiv:1704.00028).

    Initialization is that of their code: He's for hidden layers, Glorot's for the last.

    Args:
        shape: shape of one sample. The output is linear for points (n,), tanh for images.
        latent_dim: dimensions of a latent; 2 in the paper's toys, more for images.
        latent_prior: distribution of a latent: "normal", "uniform" on (-1, 1), "truncated_normal" within ±2, or
            "discrete" for signs ±1.
        sign_latents: number of latents, from the first on, replaced by their signs: see `SignLatents`.
        width: units of a hidden layer.
        depth: number of hidden layers.
        norm: normalization after each hidden linear layer.
        dropout: probability after each hidden layer, in training.
        spectral_norm: divide each weight matrix by its largest singular value.
        init: "he", "orthogonal" for orthonormal rows, or "torch" for torch's default.
        condition: class conditioning: "none", or "concatenation" with the latent.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.

    Raises:
        UsageError: `sign_latents` is larger than `latent_dim`, or there is another prior.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count = 2,
        latent_prior: LatentPriorName = "normal",
        sign_latents: Index = 0,
        width: Count = 512,
        depth: SmallCount = 3,
        norm: VectorNorm = "none",
        dropout: Probability = 0.0,
        spectral_norm: bool = False,
        init: HeInit = "he",
        condition: GeneratorConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        if sign_latents > latent_dim:
            raise UsageError(
                f"Generator: sign_latents={sign_latents} of latent_dim={latent_dim} latents: use "
                f"latent_dim={sign_latents + 2}"
            )
        if sign_latents and latent_prior != "normal":
            raise UsageError(f"Generator: sign_latents={sign_latents} is of normal latents: use latent_prior=normal")
        self.entrance = LatentConditioning(
            condition, classes, latent_dim, norms=False, label_shape=label_shape, prior=latent_prior
        )
        self.latent_dim, self.classes, self.label_shape = latent_dim, self.entrance.classes, self.entrance.label_shape
        self.sign_latents = SignLatents(sign_latents) if sign_latents else nn.Identity()
        inputs, outputs = self.entrance.inputs, prod(shape)
        self.layers = mlp_layers(inputs, outputs, width=width, depth=depth, norm=norm, init=init, dropout=dropout)
        self.layers.append(nn.Unflatten(1, tuple(shape)))
        self.layers.append(nn.Identity() if len(shape) == 1 else nn.Tanh())
        if spectral_norm:
            add_spectral_norm(self)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, latent_dim] → [B, *shape]."""
        fake: Tensor = self.layers(self.entrance(self.sign_latents(latent), label)[0])
        return fake


class Critic(nn.Module):
    """Samples to scores through hidden ReLU layers: the toy critic of Gulrajani et al. 2017 (arXiv:1704.00028).

    Args:
        shape: shape of one sample.
        width: units of a hidden layer.
        depth: number of hidden layers.
        norm: normalization after each hidden linear layer.
        minibatch: statistics of the batch before the last layer: "none", the "stddev" of Karras et al. 2018 or the
            "discrimination" of Salimans et al. 2016.
        fourier_features: number of frequencies of Fourier features beside the sample: see `FourierFeatures`.
        fourier_scale: standard deviation of the frequencies, in radians over a unit of the data.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        init: "he" (the last layer Glorot's), "orthogonal" for orthonormal rows, or "torch" for torch's default.
        noise: standard deviation of Gaussian noise on the input of each layer but the first, in training.
        condition: class conditioning: "none", "concatenation" with the sample, or "projection" at the output; a
            "classifier" predicts classes.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        width: Count = 512,
        depth: SmallCount = 3,
        norm: VectorNorm = "none",
        minibatch: Minibatch = "none",
        fourier_features: Index = 0,
        fourier_scale: Positive = 1.0,
        spectral_norm: bool = False,
        init: HeInit = "he",
        noise: NonNegative = 0.0,
        condition: CriticConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        points = prod(shape)
        self.classes, self.label_shape = condition_labels(condition, classes, label_shape)
        front, extra = label_concat_layers(condition, classes, [points], self.label_shape)
        self.fourier_features = (
            FourierFeatures(points, fourier_features, fourier_scale) if fourier_features else nn.Identity()
        )
        inputs = points + 2 * fourier_features + extra
        layers = mlp_layers(inputs, 1, width=width, depth=depth, norm=norm, init=init, minibatch=minibatch, noise=noise)
        last = layers[-1]
        assert isinstance(last, nn.Linear)
        self.layers = ConditionalSequential(
            *front, *layers[:-1], output_head(last, condition, last.in_features, classes, self.label_shape)
        )
        if spectral_norm:
            add_spectral_norm(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Its blocks, in the order in which samples pass through them."""
        return [layer for layer in self.layers[:-1] if isinstance(layer, nn.Linear)]

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, *shape] → scores [B]."""
        scores: Tensor = self.layers(self.fourier_features(x.flatten(1)), label)
        return scores.squeeze(1)
