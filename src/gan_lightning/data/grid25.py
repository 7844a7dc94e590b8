"""Twenty-five Gaussians on a square grid."""

from __future__ import annotations

from typing import Literal

import torch

from gan_lightning.core.validation import BatchSize, Index, LargeCount, NumWorkers, validate_arguments
from gan_lightning.data.base_points import Points
from gan_lightning.data.gaussian_mixture import Mixture
from gan_lightning.data.io.declared_shape import Shape, check_declared_classes

# distance between neighbours and standard deviation of each Gaussian
GEOMETRIES = {"pacgan": (2.0, 0.05), "wgan_gp": (2 / 2.828, 0.05 / 2.828)}


class Grid25(Points[Mixture]):
    """Twenty-five equally likely Gaussians on a 5 × 5 grid about the origin.

    The script published with WGAN-GP reshuffles 100,000 stored points; here every point is fresh.

    Args:
        geometry: `pacgan`: the grid {-4, -2, 0, 2, 4}², standard deviation 0.05 (Lin et al. 2018, arXiv:1712.04086);
            `wgan_gp`: the same divided by 2.828 (script published with Gulrajani et al. 2017, arXiv:1704.00028).
        held_out: size of the held-out sample, which is the same in every run.
        shape: declared for other parts of a config; [2].
        classes: declared for networks to read; 25.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; drawing points takes none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        geometry: Literal["pacgan", "wgan_gp"] = "pacgan",
        held_out: LargeCount = 2500,
        shape: Shape | None = None,
        classes: Index = 25,
        batch_size: BatchSize = 256,
        num_workers: NumWorkers = 0,
    ) -> None:
        spacing, std = GEOMETRIES[geometry]
        ticks = spacing * torch.arange(-2.0, 3.0, dtype=torch.float64)
        modes = torch.cartesian_prod(ticks, ticks)
        super().__init__(
            Mixture(modes, std),
            held_out=held_out,
            shape=shape,
            batch_size=batch_size,
            num_workers=num_workers,
            classes=check_declared_classes(classes, 25),
        )
