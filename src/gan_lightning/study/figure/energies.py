"""Log densities that critics stand for, beside that of the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from PIL.Image import Image
from torch import Tensor

from gan_lightning.plot.style import FAINT, FAKE, INK, LANDSCAPE, REAL, image_of
from gan_lightning.study.figure.point_panels import CAPTION, key, limit_to, page_of_panels, xy

DEPTH = 12  # nats below the top of the data's density that are drawn


class Landscape(NamedTuple):
    """Values of a log density on a grid [cells, cells], points [N, 2], and a caption."""

    log_density: Tensor
    points: Tensor
    caption: str


def landscapes(mesh: Tensor, drawn: Mapping[str, Landscape], modes: Tensor) -> Image:
    """A panel for each: level sets one nat apart, on one scale, and points; the first is the data's.

    Args:
        mesh: points of the grid, [cells, cells, 2].
        drawn: by name.
        modes: centres of the data's Gaussians, [k, 2].
    """
    page, panels = page_of_panels(list(drawn), [""], CAPTION)
    top = np.ceil(next(iter(drawn.values())).log_density.max().item())
    levels = np.arange(top - DEPTH, top + 2)
    for (name, _), axes in panels.items():
        one = drawn[name]
        landscape = (*mesh.unbind(-1), one.log_density)
        axes.contourf(*landscape, levels=levels, cmap=LANDSCAPE, extend="both")
        axes.contour(*landscape, levels=levels, colors=INK, linewidths=0.6, alpha=0.5, linestyles="solid")
        axes.scatter(*xy(one.points[:300]), s=3, c=REAL if name == next(iter(drawn)) else FAKE, linewidths=0, zorder=3)
        limit_to(axes, modes, 1.0)
        axes.set_xlabel(one.caption, fontsize=8.5, color=FAINT, labelpad=4)
    key(page, ("real", REAL), ("generated", FAKE))
    return image_of(page)
