"""Pages of square panels of points in the plane."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from gan_lightning.plot.point_plot import region_around
from gan_lightning.plot.series import page_of
from gan_lightning.plot.style import FAINT, HAIR, INK

MESH = 101  # values along each axis of a landscape
SHOWN = 1_000  # points
WIDTH, MARGIN, HEAD, GAP, CAPTION, FOOT = 1080, 26, 24, 8, 18, 26  # pixels of the page


def page_of_panels(columns: list[str], rows: Iterable[str], caption: int) -> tuple[Figure, dict[tuple[str, str], Axes]]:
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


def limit_to(axes: Axes, points: Tensor, share: float) -> None:
    """Axes around the points [N, 2], with this share of the room that a plot of points has."""
    center, half = region_around(points)
    (x, y), reach = center.tolist(), share * half
    axes.set(xlim=(x - reach, x + reach), ylim=(y - reach, y + reach))


def xy(points: Tensor) -> tuple[list[float], list[float]]:
    """Coordinates of the points that are drawn."""
    return points[:SHOWN, 0].tolist(), points[:SHOWN, 1].tolist()


def key(page: Figure, *words: tuple[str, str]) -> None:
    """Names and colours of the points, in the lower left corner."""
    width, height = page.get_size_inches() * page.dpi / 2
    for place, (word, color) in enumerate(words):
        page.text((MARGIN + 70 * place) / width, 8 / height, "●", fontsize=9, color=color)
        page.text((MARGIN + 14 + 70 * place) / width, 8 / height, word, fontsize=9, color=FAINT)


def _plain(name: str) -> str:
    return name.replace("_", " ")
