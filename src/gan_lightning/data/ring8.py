"""Eight Gaussians on a circle."""

from __future__ import annotations

import math
from typing import Literal

import torch

from gan_lightning.core.validation import BatchSize, Index, LargeCount, NumWorkers, validate_arguments
from gan_lightning.data.base_points import Points
from gan_lightning.data.gaussian_mixture import Mixture
from gan_lightning.data.io.declared_shape import Shape, check_declared_classes

# radius of the circle and standard deviation of each Gaussian
GEOMETRIES = {"pacgan": (1.0, 0.01), "wgan_gp": (2 / 1.414, 0.02 / 1.414)}


class Ring8(Points[Mixture]):
    """Eight equally likely Gaussians, equally spaced on a circle about the origin.

    Args:
        geometry: `pacgan`: radius 1, standard deviation 0.01 (Lin et al. 2018, arXiv:1712.04086); `wgan_gp`: radius 2
            and 0.02, all divided by 1.414 as in the script published with Gulrajani et al. 2017, arXiv:1704.00028.
        held_out: size of the held-out sample, which is the same in every run.
        shape: declared for other parts of a config; [2].
        classes: declared for networks to read; 8.
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
        classes: Index = 8,
        batch_size: BatchSize = 256,
        num_workers: NumWorkers = 0,
    ) -> None:
        radius, std = GEOMETRIES[geometry]
        angle = torch.arange(8, dtype=torch.float64) * (2 * math.pi / 8)
        modes = radius * torch.stack([angle.cos(), angle.sin()], dim=1)
        super().__init__(
            Mixture(modes, std),
            held_out=held_out,
            shape=shape,
            batch_size=batch_size,
            num_workers=num_workers,
            classes=check_declared_classes(classes, 8),
        )
