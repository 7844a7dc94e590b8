"""Samples of many objectives on 2-D toy data, and value surfaces of critics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL.Image import Image
from torch import Tensor

from gan_lightning.plot.point_plot import region_around
from gan_lightning.plot.series import page_of
from gan_lightning.plot.style import FAINT, FAKE, HAIR, INK, LANDSCAPE, REAL, image_of

MESH = 101  # critic's values along each axis
SHOWN = 1_000  # points
WIDTH, MARGIN, HEAD, GAP, CAPTION, FOOT = 1080, 26, 24, 8, 18, 26  # pixels of the page


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
    page, panels = _table(list(dict.fromkeys(objective for objective, _ in cells)), real, CAPTION)
    for (objective, name), axes in panels.items():
        _within(axes, real[name], 0.88)
        cell = cells[objective, name]
        axes.scatter(*_xy(real[name]), s=16, c=REAL, alpha=0.16, linewidths=0)
        axes.scatter(*_xy(cell.fake), s=3.5, c=FAKE, alpha=0.75, linewidths=0)
        axes.set_xlabel(cell.caption, fontsize=8.5, color=FAINT, labelpad=4)
    _key(page, ("real", REAL), ("generated", FAKE))
    return image_of(page)


def surfaces(real: Mapping[str, Tensor], critics: Mapping[tuple[str, str], Callable[[Tensor], Tensor]]) -> Image:
    """A column for each critic, a row for each data set: level sets of its scores, and real points.

    Levels are chosen for each panel: scores are known up to a constant or a factor.

    Args:
        real: real points [N, 2] by the name of the data.
        critics: points [n, 2] → scores [n], by the kind of critic and the data.
    """
    page, panels = _table(list(dict.fromkeys(kind for kind, _ in critics)), real, 0)
    for (kind, name), axes in panels.items():
        _within(axes, real[name], 1.0)
        x, y = (torch.linspace(*limits, MESH, dtype=torch.float64) for limits in (axes.get_xlim(), axes.get_ylim()))
        with torch.no_grad():
            heights = critics[kind, name](torch.cartesian_prod(x, y)).view(MESH, MESH).T.numpy()
        levels = MaxNLocator(nbins=20).tick_values(float(heights.min()), float(heights.max()))
        landscape = (x.numpy(), y.numpy(), heights)
        axes.contourf(*landscape, levels=levels, cmap=LANDSCAPE)
        axes.contour(*landscape, levels=levels, colors=INK, linewidths=0.7, alpha=0.55, linestyles="solid")
        axes.scatter(*_xy(real[name]), s=4, c=FAKE, linewidths=0, zorder=3)
    _key(page, ("real", FAKE))
    return image_of(page)


def _table(columns: list[str], rows: Iterable[str], caption: int) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """A page of square panels, with the columns' names above and the rows' at the left."""
    rows = list(rows)
    side = min(330, (WIDTH - MARGIN) // len(columns) - GAP)
    width, pitch = MARGIN + len(columns) * (side + GAP), side + GAP + caption
    height = HEAD + len(rows) * pitch + FOOT
    page = page_of(width, height)
    panels = {}
    for i, row in enumerate(rows):
        bottom = height - HEAD - i * pitch - side
        page.text(
            8 / width, (bottom + side / 2) / height, _plain(row), rotation=90, va="center", color=INK, fontsize=10
        )
        for j, column in enumerate(columns):
            left = MARGIN + j * (side + GAP)
            axes = page.add_axes((left / width, bottom / height, side / width, side / height))
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_color(HAIR)
            panels[column, row] = axes
            if i == 0:
                axes.set_title(column, fontsize=10.5, color=INK, fontweight="bold", pad=6)
    return page, panels


def _within(axes: Axes, points: Tensor, share: float) -> None:
    center, half = region_around(points)
    (x, y), reach = center.tolist(), share * half
    axes.set(xlim=(x - reach, x + reach), ylim=(y - reach, y + reach))


def _xy(points: Tensor) -> tuple[list[float], list[float]]:
    return points[:SHOWN, 0].tolist(), points[:SHOWN, 1].tolist()


def _key(page: Figure, *words: tuple[str, str]) -> None:
    width, height = page.get_size_inches() * page.dpi / 2
    for place, (word, color) in enumerate(words):
        page.text((MARGIN + 70 * place) / width, 8 / height, "●", fontsize=9, color=color)
        page.text((MARGIN + 14 + 70 * place) / width, 8 / height, word, fontsize=9, color=FAINT)


def _plain(name: str) -> str:
    return name.replace("_", " ")
