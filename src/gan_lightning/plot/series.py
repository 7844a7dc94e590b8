"""Several runs in one plot: means over seeds with their errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray
from PIL.Image import Image, new

from gan_lightning.plot.curves import FEW, STEPS, THOUSANDS, smooth, span
from gan_lightning.plot.style import DPI, FAINT, HAIR, INK, PAPER, figure, image_of, style_axes

Array = NDArray[np.float64]

COLOURS = ("#12355b", "#f26419", "#0b7a75", "#b5446e", "#7a5cad", "#a8842c", "#4c9f70", "#8c5a3c")
MARKERS = "osD^vPX*"
DASHES = ((0, ()), (0, (6, 2)), (0, (2, 1.5)), (0, (6, 1.5, 1.5, 1.5)))
ORDERED = LinearSegmentedColormap.from_list("ordered", ["#eaa33b", "#d1495b", "#6a3d8a", "#12355b"])
SHARP = 2  # pixels of the image per pixel of the page, for high-resolution screens


@dataclass(frozen=True)
class Pen:
    """Style of a line: colour, marker and dashes."""

    color: str
    marker: str
    dash: tuple[float, tuple[float, ...]]


@dataclass(frozen=True)
class Series:
    """A line: values [n] at x [n], with the error of each, NaN for none."""

    label: str
    pen: Pen
    x: Array
    y: Array
    error: Array


@dataclass(frozen=True)
class Chart:
    """Lines that share their axes."""

    title: str
    unit: str
    lines: Sequence[Series]
    logarithmic: bool = False


def pens(n: int, ordered: bool = False) -> list[Pen]:
    """Styles of n lines; `ordered` ones go from light to dark."""
    shades = [to_hex(ORDERED(i / max(1, n - 1))) for i in range(n)] if ordered else COLOURS
    return [
        Pen(shades[i % len(shades)], MARKERS[i % len(MARKERS)], DASHES[(i if ordered else i // len(COLOURS)) % 4])
        for i in range(n)
    ]


def page_of(width: int, height: int) -> Figure:
    """An empty figure of this size in pixels of the page, with twice the resolution."""
    page = figure(width, height)
    page.set_dpi(SHARP * DPI)
    return page


def draw(axes: Axes, chart: Chart) -> None:
    """Lines over steps with a band of one standard error; long lines are smoothed as those of single runs."""
    smoothed = []
    for line in chart.lines:
        long = len(line.x) >= FEW
        y, error = (smooth(line.y), smooth(np.nan_to_num(line.error))) if long else (line.y, line.error)
        every = max(1, len(line.x) // 8)
        axes.plot(
            line.x,
            y,
            color=line.pen.color,
            linestyle=line.pen.dash,
            linewidth=1.7,
            marker=line.pen.marker,
            markersize=4,
            markevery=(every - 1, every),
        )
        if np.isfinite(error).any():
            axes.fill_between(line.x, y - error, y + error, color=line.pen.color, alpha=0.16, linewidth=0)
        smoothed.append(y)
    if chart.logarithmic:
        logarithmic(axes)
    else:
        axes.set_ylim(*span(np.concatenate(smoothed)))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=STEPS))
    axes.set_ylabel(chart.unit, fontsize=9, color=FAINT)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=STEPS))
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.set_xlabel("step", fontsize=9, color=FAINT)
    axes.grid(axis="y", color=HAIR, linewidth=0.6)
    axes.set_axisbelow(True)
    style_axes(axes, chart.title)


def logarithmic(axes: Axes) -> None:
    """Makes the y axis logarithmic, with plain numbers at its ticks."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if high > 300 * low else (1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("e-0", "e-")))
    axes.yaxis.set_minor_locator(NullLocator())


def legend(page: Figure, lines: Sequence[Series], columns: int) -> None:
    """A legend of the whole page, at its bottom."""
    named = {line.label: line.pen for line in lines}
    handles = [
        Line2D([], [], color=pen.color, linestyle=pen.dash, marker=pen.marker, markersize=4, linewidth=1.7)
        for pen in named.values()
    ]
    page.legend(
        handles,
        list(named),
        loc="lower left",
        bbox_to_anchor=(0.01, 0.0),
        ncols=columns,
        frameon=False,
        fontsize=9,
        labelcolor=INK,
        handlelength=3.2,
    )


def charts(panels: Sequence[Chart], labels: Sequence[str]) -> Image:
    """Charts in two columns above one legend, whose entries are in the order of `labels`."""
    lines = sorted((line for chart in panels for line in chart.lines), key=lambda line: labels.index(line.label))
    longest = max(len(line.label) for line in lines)
    columns = max(1, min(4, 130 // (longest + 10)))
    names = len({line.label for line in lines})
    foot, rows = 14 + 20 * -(-names // columns), -(-len(panels) // 2)
    height = 270 * rows + foot
    page = page_of(1080, height)
    grid = page.subplots(rows, 2, squeeze=False).flat
    for axes, chart in zip(grid, panels, strict=False):
        draw(axes, chart)
    for axes in list(grid)[len(panels) :] if len(panels) % 2 else ():
        axes.remove()
    legend(page, lines, columns)
    page.tight_layout(h_pad=1.6, w_pad=2.2, rect=(0, foot / height, 1, 1))
    return image_of(page)


def stacked(images: Sequence[Image]) -> Image:
    """Images of one width, one below the other."""
    page = new("RGB", (max(p.width for p in images), sum(p.height for p in images)), PAPER)
    top = 0
    for image in images:
        page.paste(image, (0, top))
        top += image.height
    return page
