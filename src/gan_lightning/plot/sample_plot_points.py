"""Points of the plane in sheets, captioned tables and films."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL.Image import Image
from torch import Tensor

from gan_lightning.plot.sample_plot import Block
from gan_lightning.plot.style import FAINT, FAKE, HAIR, INK, figure, image_of, style_axes

# Pixels: side of a panel in a table, between two, for ticks, for captions, for a title and the space above it.
PANEL, GAP, EDGE, HEAD, TITLE = 220, 16, 44, 32, 32
COLOURS = ["#12355b", "#f26419", "#0b7a75", "#b5446e", "#7a5cad", "#a8842c"]  # of ways


class PointSamplePlot:
    """See `Look`, of points [.., 2]. All panels of a picture have the same axes."""

    many, few = 1_000, 1_000

    def sheet(self, samples: Tensor, step: int) -> Image:
        """See `Look.sheet`."""
        page = figure(640, 632)
        axes = _panel(page, (44, 44, 552, 552), samples)
        _dots(axes, samples, FAKE, 9 if len(samples) <= 2_000 else 3)
        style_axes(axes, f"step {step:,}")
        return image_of(page)

    def table(self, blocks: Sequence[Block]) -> Image:
        """See `Look.table`; each column a panel of all rows."""
        columns = max(len(block.captions) for block in blocks)
        width, pitch = EDGE + columns * (PANEL + GAP), PANEL + HEAD + TITLE
        page = figure(width, len(blocks) * pitch + EDGE)
        everything = torch.cat([block.samples.flatten(0, 1) for block in blocks])
        for row, block in enumerate(blocks):
            bottom = EDGE + (len(blocks) - 1 - row) * pitch
            top = (bottom + PANEL + HEAD) / (len(blocks) * pitch + EDGE)
            page.text(EDGE / width, top, block.title, fontsize=10.5, color=INK, fontweight="bold")
            for column, caption in enumerate(block.captions):
                axes = _panel(page, (EDGE + column * (PANEL + GAP), bottom, PANEL, PANEL), everything)
                _dots(axes, block.samples[:, column], FAKE, 4)
                style_axes(axes, "")
                axes.set_title(caption, fontsize=9, color=FAINT, pad=6)
                axes.tick_params(labelleft=column == 0, labelbottom=row == len(blocks) - 1)
        return image_of(page)

    def interpolations(self, blocks: Sequence[Block]) -> Image:
        """See `Look.ways`; each block a panel, each row a line from a ring to a dot."""
        side = 440
        page = figure(EDGE + len(blocks) * side, side + EDGE + 12)
        everything = torch.cat([block.samples.flatten(0, 1) for block in blocks])
        for column, block in enumerate(blocks):
            axes = _panel(page, (EDGE + column * side, EDGE, side - 24, side - 24), everything)
            for row, way in enumerate(block.samples.tolist()):
                x, y = zip(*way, strict=True)
                colour = COLOURS[row % len(COLOURS)]
                axes.plot(x, y, marker=".", markersize=4, linewidth=1, color=colour)
                axes.plot(x[:1], y[:1], marker="o", markersize=8, fillstyle="none", color=colour)
                axes.plot(x[-1:], y[-1:], marker="o", markersize=8, color=colour)
            style_axes(axes, block.title)
            axes.tick_params(labelleft=column == 0)
        return image_of(page)

    def frames(self, ring: Tensor, travellers: int) -> Iterator[Image]:
        """See `Look.frames`; the ring is drawn faintly."""
        side = 400
        page = figure(side + EDGE, side + EDGE)
        axes = _panel(page, (EDGE, 24, side - 12, side - 12), ring)
        closed = torch.cat([ring, ring[:1]])
        axes.plot(closed[:, 0].tolist(), closed[:, 1].tolist(), color=HAIR, linewidth=1, zorder=1)
        style_axes(axes, "")
        dots = axes.scatter([], [], s=36, c=FAKE, edgecolors=INK, linewidths=0.5, zorder=3)
        for step in range(len(ring)):
            dots.set_offsets(ring.roll(-step, 0)[:: len(ring) // travellers].numpy())
            yield image_of(page)


def _panel(page: Figure, place: tuple[int, int, int, int], everything: Tensor) -> Axes:
    """Square axes at (left, bottom, width, height) in pixels, that show all of `everything`."""
    width, height = page.get_size_inches() * page.dpi
    left, bottom, wide, high = place
    axes: Axes = page.add_axes((left / width, bottom / height, wide / width, high / height))
    lowest, highest = everything.amin(0), everything.amax(0)
    half = 0.55 * max(float((highest - lowest).max()), 1e-3)
    x, y = ((lowest + highest) / 2).tolist()
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half), aspect="equal")
    return axes


def _dots(axes: Axes, points: Tensor, colour: str, size: float) -> None:
    axes.scatter(points[:, 0].tolist(), points[:, 1].tolist(), s=size, c=colour, alpha=0.6, linewidths=0)
