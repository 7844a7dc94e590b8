"""Directions of latent space along which samples change most, or from class to class."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError

RIDGE = 1e-3  # of the probe's least squares, as a share of the number of latents


def first_layer(generator: nn.Module) -> nn.Linear:
    """The linear layer that latents enter first.

    Raises:
        UsageError: the generator has none.
    """
    for layer in generator.modules():
        if isinstance(layer, nn.Linear):
            return layer
    raise UsageError("this generator has no linear layer that latents enter: there are no directions to find")


def sefa(weight: Tensor, latent_dim: int, count: int) -> Tensor:
    """Closed-form factorization: eigenvectors of AᵀA, A the first layer's weights (Shen & Zhou 2021, arXiv:2007.06600).

    Args:
        weight: A, [features, inputs]. Inputs beyond the latent, such as a one-hot class, are left out; a layer that
            takes only the latent's first part leaves the rest alone.
        latent_dim: d.
        count: of directions, at most d.

    Returns:
        Unit vectors [count, d], the strongest first.
    """
    own = weight.detach().double()[:, :latent_dim]
    vectors = torch.linalg.svd(own, full_matrices=False).Vh[:count]
    return _oriented(nn.functional.pad(vectors, (0, latent_dim - vectors.shape[1])))


def principal_components(activations: Tensor, latents: Tensor, count: int) -> Tensor:
    """Latent directions of the activations' principal components (Härkönen et al. 2020, arXiv:2004.02546).

    Each direction is the regression of the latents on the component's coordinate.

    Args:
        activations: of a layer, [n, features].
        latents: that they are of, [n, d].
        count: of directions.

    Returns:
        Unit vectors [count, d], the component of most variance first.
    """
    centred, z = ((x.detach().double() - x.detach().double().mean(0)) for x in (activations, latents))
    components = torch.linalg.svd(centred, full_matrices=False).Vh[:count]
    return _oriented((centred @ components.T).T @ z)


def linear_probe(latents: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Weights of a linear classifier of latents by the classes of their samples, by ridge regression.

    Args:
        latents: [n, d].
        labels: classes of the samples, int64 [n].
        classes: their number.

    Returns:
        Unit vectors [classes, d], towards each class; zeros for a class that no sample has.
    """
    z = latents.detach().double()
    z = z - z.mean(0)
    one_hot = nn.functional.one_hot(labels, classes).double()
    gram = z.T @ z + RIDGE * len(z) * torch.eye(z.shape[1], dtype=z.dtype)
    return nn.functional.normalize(torch.linalg.solve(gram, z.T @ (one_hot - one_hot.mean(0))).T, dim=1)


def _oriented(directions: Tensor) -> Tensor:
    """Unit vectors whose largest entry is positive: eigenvectors have no sign of their own."""
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return nn.functional.normalize(directions * largest.sign(), dim=1)
