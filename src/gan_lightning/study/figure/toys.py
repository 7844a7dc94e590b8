"""Samples of many objectives on 2-D toy data, and value surfaces of critics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from matplotlib.ticker import MaxNLocator
from PIL.Image import Image
from torch import Tensor

from gan_lightning.plot.style import FAINT, FAKE, INK, LANDSCAPE, REAL, image_of
from gan_lightning.study.figure.point_panels import CAPTION, MESH, key, limit_to, page_of_panels, xy


class Cell(NamedTuple):
    """Generated points [N, 2] of one run, and their caption."""

    fake: Tensor
    caption: str


def samples(real: Mapping[str, Tensor], cells: Mapping[tuple[str, str], Cell]) -> Image:
    """A column for each objective, a row for each data set: generated points over real ones.

    Args:
        real: real points [N, 2] by the name of the data.
        cells: (objective, data) → points and caption.
    """
    page, panels = page_of_panels(list(dict.fromkeys(objective for objective, _ in cells)), real, CAPTION)
    for (objective, name), axes in panels.items():
        limit_to(axes, real[name], 0.88)
        cell = cells[objective, name]
        axes.scatter(*xy(real[name]), s=16, c=REAL, alpha=0.16, linewidths=0)
        axes.scatter(*xy(cell.fake), s=3.5, c=FAKE, alpha=0.75, linewidths=0)
        axes.set_xlabel(cell.caption, fontsize=8.5, color=FAINT, labelpad=4)
    key(page, ("real", REAL), ("generated", FAKE))
    return image_of(page)


def surfaces(real: Mapping[str, Tensor], critics: Mapping[tuple[str, str], Callable[[Tensor], Tensor]]) -> Image:
    """A column for each critic, a row for each data set: level sets of its scores, and real points.

    Levels are chosen for each panel: scores are known up to a constant or a factor.

    Args:
        real: real points [N, 2] by the name of the data.
        critics: points [n, 2] → scores [n], by the kind of critic and the data.
    """
    page, panels = page_of_panels(list(dict.fromkeys(kind for kind, _ in critics)), real, 0)
    for (kind, name), axes in panels.items():
        limit_to(axes, real[name], 1.0)
        x, y = (torch.linspace(*limits, MESH, dtype=torch.float64) for limits in (axes.get_xlim(), axes.get_ylim()))
        with torch.no_grad():
            heights = critics[kind, name](torch.cartesian_prod(x, y)).view(MESH, MESH).T.numpy()
        levels = MaxNLocator(nbins=20).tick_values(float(heights.min()), float(heights.max()))
        landscape = (x.numpy(), y.numpy(), heights)
        axes.contourf(*landscape, levels=levels, cmap=LANDSCAPE)
        axes.contour(*landscape, levels=levels, colors=INK, linewidths=0.7, alpha=0.55, linestyles="solid")
        axes.scatter(*xy(real[name]), s=4, c=FAKE, linewidths=0, zorder=3)
    key(page, ("real", FAKE))
    return image_of(page)
