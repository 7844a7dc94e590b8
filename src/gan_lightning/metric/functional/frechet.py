"""Distance between the Gaussians fitted to two sets of features."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor

from gan_lightning.core.chunks import chunks
from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional.inputs import as_row_pair
from gan_lightning.metric.functional.moments import Moments


class Reference:
    """The real side of a Fréchet distance, factored once for many comparisons.

    Args:
        moments: of the real features. Only the root L with LLᵀ = Σ is stored, [d, d].
    """

    def __init__(self, moments: Moments) -> None:
        covariance = moments.covariance
        self.count, self.mean, self.trace = moments.count, moments.mean.clone(), covariance.trace()
        self.root = _root(covariance)


def frechet_distance(real: Moments | Reference, fake: Moments) -> float:
    """‖μ_r - μ_g‖² + tr(Σ_r + Σ_g - 2(Σ_rΣ_g)^½) (Dowson & Landau 1982; Heusel et al. 2017, arXiv:1706.08500).

    It is FID with Inception's original weights alone. Σ_rΣ_g has the eigenvalues of the symmetric LᵀΣ_gL, where
    LLᵀ = Σ_r, so (Σ_rΣ_g)^½ has the sum of their roots for a trace: no root of a matrix, no complex numbers.

    Covariances may be singular, by features that never vary or by N ≤ d samples (which warns). Where the fakes' has the
    lower rank, eigenvalues that should be zero leave an error of about 1e-7 of the distance;
    `frechet_distance_of_features` has none.

    Args:
        real: moments of the real features, in d dimensions, or a `Reference` where it is compared many times.
        fake: moments of the fake features.

    Returns:
        The squared distance, in squared units of the features; biased upwards by the order of 1/N, so compare equal N.

    Raises:
        UsageError: a set has fewer than 2 samples, or the features differ in number.
    """
    if len(real.mean) != len(fake.mean):
        raise UsageError(f"real has {len(real.mean)} features and fake {len(fake.mean)}: use one extractor for both")
    _warn_if_singular(real.count, fake.count, len(fake.mean))
    reference = real if isinstance(real, Reference) else Reference(real)
    covariance = fake.covariance
    roots = torch.linalg.eigvalsh(_congruence(reference.root, covariance)).clamp(min=0).sqrt().sum()
    return _assemble(reference.mean - fake.mean, reference.trace + covariance.trace(), roots)


def frechet_distance_of_features(real: Tensor | Moments, fake: Tensor | Moments) -> float:
    """`frechet_distance` of two sets of features, by the route that is exact.

    With F_rᵀF_r = Σ_r and F_gᵀF_g = Σ_g, tr (Σ_rΣ_g)^½ is the nuclear norm of F_rF_gᵀ. Of a set with N ≤ d samples, F
    is the centered samples over √(N - 1), and no covariance is formed. Where both sets have N > d, the route is that of
    `frechet_distance`.

    Args:
        real: real features [N, d]; moments serve as well where N > d.
        fake: fake features [M, d], likewise.

    Raises:
        UsageError: see `as_row_pair`; or a set has fewer than 2 samples.
    """
    if isinstance(real, Tensor) and isinstance(fake, Tensor):
        real, fake = as_row_pair(real, fake, least=2)
    real_count, features = _size(real)
    fake_count, other = _size(fake)
    if features != other:
        raise UsageError(f"real has {features} features and fake {other}: use one extractor for both")
    if min(real_count, fake_count) > features:
        return frechet_distance(*(Moments.of(side) if isinstance(side, Tensor) else side for side in (real, fake)))
    _warn_if_singular(real_count, fake_count, features)
    (real_mean, real_rows), (fake_mean, fake_rows) = _factor(real), _factor(fake)
    roots = torch.linalg.svdvals(real_rows @ fake_rows.T).sum()
    return _assemble(real_mean - fake_mean, real_rows.square().sum() + fake_rows.square().sum(), roots)


def _assemble(shift: Tensor, traces: Tensor, roots: Tensor) -> float:
    return (shift.square().sum() + traces - 2 * roots).clamp(min=0).item()


def _warn_if_singular(real: int, fake: int, features: int) -> None:
    if min(real, fake) <= features:
        warnings.warn(
            f"Fréchet distance of {real} real and {fake} fake samples with {features} features: far too large unless "
            f"both numbers are above {features}, so compare it at equal numbers only",
            stacklevel=3,
        )


def _size(side: Tensor | Moments) -> tuple[int, int]:
    """Number of samples and of features."""
    return (len(side), side.shape[1]) if isinstance(side, Tensor) else (side.count, len(side.mean))


def _factor(side: Tensor | Moments) -> tuple[Tensor, Tensor]:
    """The mean, and rows F with FᵀF = Σ: at most d of them."""
    if isinstance(side, Tensor) and len(side) <= side.shape[1]:
        samples = side.double()
        mean = samples.mean(0)
        return mean, (samples - mean) / (len(samples) - 1) ** 0.5
    moments = Moments.of(side) if isinstance(side, Tensor) else side
    return moments.mean, _root(moments.covariance).T


def _root(covariance: Tensor) -> Tensor:
    """Lower triangular (trapezoidal where singular) L [d, rank] with LLᵀ = Σ."""
    factor: Tensor
    factor, failed = torch.linalg.cholesky_ex(covariance)
    if not failed:
        return factor
    values, vectors = torch.linalg.eigh(covariance)
    noise = len(values) * torch.finfo(values.dtype).eps * values[-1]
    kept = values > noise
    upper: Tensor = torch.linalg.qr((vectors[:, kept] * values[kept].sqrt()).T, mode="r").R
    return upper.T


def _congruence(root: Tensor, covariance: Tensor) -> Tensor:
    """The lower triangle of LᵀΣL; `eigvalsh` reads nothing else.

    Above the diagonal L is zero: without those products there are 0.4 as many.
    """
    rank = root.shape[1]
    product = root.new_zeros(rank, rank)
    for columns in chunks(rank, max(64, rank // 8)):
        here = slice(columns.start, None)
        product[here, columns] = root[here, here].T @ (covariance[here, here] @ root[here, columns])
    return product
