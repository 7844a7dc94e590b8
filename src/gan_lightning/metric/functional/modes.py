"""Mode coverage of a known distribution, and its evenness."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional.inputs import as_row_pair


class MixtureCoverage(NamedTuple):
    """Result of `mixture_modes`."""

    covered: int
    high_quality: float
    reverse_kl: float
    counts: Tensor  # high-quality samples per mode, int64 [K]


class ModeCoverage(NamedTuple):
    """Result of `mode_coverage` and `stacked_modes`."""

    covered: int
    reverse_kl: float


def mixture_modes(samples: Tensor, modes: Tensor, std: float, within: float = 3.0) -> MixtureCoverage:
    """Modes and samples as PacGAN counts them (Lin et al. 2018, arXiv:1712.04086, section 4.1, on 2,500 samples).

    A sample is of high quality where it lies less than three standard deviations from its nearest mode (a perfect
    generator of 2-D points: 1 - e^(-9/2) = 0.989 of them). A mode is covered by a single such sample, as in the code
    published with the paper. The reverse KL, Σ q log(Kq), is that of the high-quality samples' shares q of the modes
    from equal shares: 0 where even, log K on one mode, infinite without any such sample. A perfect generator shows
    about (K-1)/2N of it.

    Args:
        samples: fake points [N, d].
        modes: the centers of K equally likely isotropic Gaussians [K, d].
        std: of each Gaussian, along each axis.
        within: the number of standard deviations.

    Raises:
        UsageError: see `as_row_pair`; or std or within is not positive.
    """
    modes, samples = as_row_pair(modes, samples)
    if std <= 0 or within <= 0:
        raise UsageError(f"mixture_modes: std={std}, within={within}: both must be positive")
    distances = torch.cdist(
        samples.double(), modes.double().to(samples.device), compute_mode="donot_use_mm_for_euclid_dist"
    )
    distance, mode = distances.min(1)
    near = distance < within * std
    counts = torch.bincount(mode[near], minlength=len(modes))
    covered, reverse_kl = mode_coverage(counts)
    return MixtureCoverage(covered, near.double().mean().item(), reverse_kl, counts)


def stacked_modes(classes: Tensor, number: int = 1000) -> ModeCoverage:
    """Modes of Stacked MNIST and Σ q log(1000 q), the KL of the classes' shares q from equal shares.

    As PacGAN counts them, on 26,000 samples (Lin et al. 2018, arXiv:1712.04086, section 4.2): a mode is covered by a
    single sample. A perfect generator shows a KL of about 999/52,000 = 0.019.

    Args:
        classes: 100·red + 10·green + blue by a classifier of digits, whole numbers [N].
        number: of classes.

    Raises:
        UsageError: see `count_classes`.
    """
    return mode_coverage(count_classes(classes, number))


def count_classes(classes: Tensor, number: int) -> Tensor:
    """Samples per class, int64 [number], of their classes, whole numbers [N].

    Raises:
        UsageError: there are no classes, or some lie outside 0 … number - 1.
    """
    if classes.dim() != 1 or len(classes) == 0 or classes.is_floating_point():
        raise UsageError(
            f"stacked_modes: {classes.dtype} {list(classes.shape)}: give whole numbers [N], one per sample"
        )
    if classes.min() < 0 or classes.max() >= number:
        raise UsageError(f"stacked_modes: classes {int(classes.min())} to {int(classes.max())}: give 0 to {number - 1}")
    return torch.bincount(classes, minlength=number)


def mode_coverage(counts: Tensor) -> ModeCoverage:
    """Modes with a sample, and the KL of their shares from equal ones, by the samples per mode, int64 [K]."""
    covered = int((counts > 0).sum())
    if covered == 0:
        return ModeCoverage(0, math.inf)
    shares = counts.double() / counts.sum()
    entropy: Tensor = torch.special.entr(shares).sum()
    return ModeCoverage(covered, max(0.0, math.log(len(counts)) - entropy.item()))
