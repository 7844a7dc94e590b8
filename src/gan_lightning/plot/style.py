"""The style of all plots: colours, fonts, and figures without global state of matplotlib."""

from __future__ import annotations

import functools
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image, ImageFont

PAPER, INK, FAINT, HAIR = "#ffffff", "#1b1f24", "#6b7280", "#d9dde3"
SEAM = "#3b424b"  # between images: distinct from black digits and from white backgrounds
REAL, FAKE = "#12355b", "#f26419"
CRITIC, GENERATOR, ESTIMATE, HELD_OUT, SPEED = "#12355b", "#f26419", "#0b7a75", "#b5446e", "#6b7280"
SCORE = "#7a5cad"
LANDSCAPE = LinearSegmentedColormap.from_list("landscape", ["#7f9db9", "#b9cbd6", "#dfe6e3", "#f8f5ea"])
DPI = 100


@functools.cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """The font of the figures, for text drawn by Pillow."""
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)


def figure(width: int, height: int) -> Figure:
    """An empty figure of this size in pixels."""
    new = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(new)
    return new


def style_axes(axes: Axes, title: str, x: str = "", y: str = "") -> None:
    """Styles axes: a title at the left, optional labels, light spines and ticks."""
    axes.set_title(title, loc="left", fontsize=10.5, color=INK, fontweight="bold", pad=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(HAIR)
    axes.tick_params(labelcolor=FAINT, labelsize=8.5, length=3, color=HAIR)
    if x:
        axes.set_xlabel(x, fontsize=9, color=FAINT)
    if y:
        axes.set_ylabel(y, fontsize=9, color=FAINT)


def image_of(drawn: Figure) -> Image.Image:
    """The rendered figure."""
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()  # type: ignore[no-untyped-call]
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]
