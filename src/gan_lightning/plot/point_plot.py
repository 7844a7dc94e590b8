"""Plots of 2-D points: over the critic's level sets, in captioned tables and animations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL.Image import Image
from torch import Tensor

from gan_lightning.plot.block import Block
from gan_lightning.plot.style import FAINT, FAKE, HAIR, INK, LANDSCAPE, PAPER, REAL, figure, image_of, style_axes

POINTS = 1_000  # points of a plot
MESH = 121  # values of the critic along each axis
# Pixels of a table: side of a panel, between two, for ticks, for captions, for a title and the space above it.
PANEL, GAP, EDGE, HEAD, TITLE = 220, 16, 44, 32, 32
COLOURS = ["#12355b", "#f26419", "#0b7a75", "#b5446e", "#7a5cad", "#a8842c"]  # of interpolations


class PointPlot:
    """`SamplePlot` of points [..., 2]. All panels of a table have the same axes.

    Snapshots show real and generated points over level sets of the critic (Gulrajani et al. 2017, arXiv:1704.00028,
    figure 1b). Their axes are fixed, a square 1.5 times as wide as the real points, so that snapshots can be
    compared. The levels are chosen for each snapshot: a Wasserstein critic is known up to a constant.

    Args:
        real: real points [N, 2], of which the first 1,000 are shown; if omitted, the first snapshot's generated points
            determine the axes.
    """

    num_samples = num_rows = POINTS

    def __init__(self, real: Tensor | None = None) -> None:
        self.real = None if real is None else real[:POINTS].float().cpu()
        self._region: tuple[Tensor, float] | None = None if real is None else region_around(real.float().cpu())

    def snapshot(
        self, samples: Tensor, critic: Callable[[Tensor], Tensor], step: int = 0, title: str | None = None
    ) -> Image:
        """Real and generated points over level sets of the critic, under `title` or the step."""
        fake = samples.detach().float().cpu()
        self._region = self._region or region_around(fake)
        center, half = self._region
        ticks = torch.linspace(-half, half, MESH)
        x, y = center[0] + ticks, center[1] + ticks
        mesh = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
        scores = critic(mesh.flatten(0, 1)).detach().float().cpu().view(MESH, MESH).nan_to_num()
        surface = (x.numpy(), y.numpy(), scores.numpy())

        page = figure(640, 632)
        axes = page.add_axes((44 / 640, 64 / 632, 532 / 640, 532 / 632))
        levels = MaxNLocator(nbins=24).tick_values(float(scores.min()), float(scores.max()))
        filled = axes.contourf(*surface, levels=levels, cmap=LANDSCAPE)
        axes.contour(*surface, levels=levels, colors=INK, linewidths=0.4, alpha=0.3, linestyles="solid")
        if self.real is not None:
            axes.scatter(
                self.real[:, 0].numpy(), self.real[:, 1].numpy(), s=26, c=REAL, linewidths=0, label="real", zorder=2
            )
        axes.scatter(
            fake[:, 0].numpy(),
            fake[:, 1].numpy(),
            s=9,
            c=FAKE,
            edgecolors=PAPER,
            linewidths=0.25,
            label="generated",
            zorder=3,
        )
        axes.set(xlim=(float(x[0]), float(x[-1])), ylim=(float(y[0]), float(y[-1])), aspect="equal")
        style_axes(axes, f"step {step:,}" if title is None else title)

        bar = page.colorbar(filled, cax=page.add_axes((586 / 640, 64 / 632, 12 / 640, 532 / 632)))
        bar.outline.set_visible(False)
        bar.ax.tick_params(colors=FAINT, labelsize=8, length=0)
        bar.ax.set_title("critic", fontsize=8.5, color=FAINT, loc="left", pad=8)
        page.legend(
            *axes.get_legend_handles_labels(),
            loc="lower left",
            bbox_to_anchor=(34 / 640, 4 / 632),
            ncols=2,
            fontsize=9,
            labelcolor=INK,
            frameon=False,
            handletextpad=0.1,
            columnspacing=1.2,
            scatterpoints=1,
        )
        outside = int(((fake - center).abs() > half).any(dim=1).sum())
        if outside:
            note = f"{outside:,} of {len(fake):,} generated points lie outside"
            page.text(576 / 640, 16 / 632, note, fontsize=8.5, color=FAINT, ha="right")
        return image_of(page)

    def sheet(self, samples: Tensor, step: int) -> Image:
        """A scatter plot."""
        page = figure(640, 632)
        axes = _panel(page, (44, 44, 552, 552), samples)
        _scatter(axes, samples, FAKE, 9 if len(samples) <= 2_000 else 3)
        style_axes(axes, f"step {step:,}")
        return image_of(page)

    def table(self, blocks: Sequence[Block]) -> Image:
        """A scatter plot for each column, with the points of all rows."""
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
                _scatter(axes, block.samples[:, column], FAKE, 4)
                style_axes(axes, "")
                axes.set_title(caption, fontsize=9, color=FAINT, pad=6)
                axes.tick_params(labelleft=column == 0, labelbottom=row == len(blocks) - 1)
        return image_of(page)

    def interpolations(self, blocks: Sequence[Block]) -> Image:
        """A panel for each block, a line for each row, from a ring to a dot."""
        side = 440
        page = figure(EDGE + len(blocks) * side, side + EDGE + 12)
        everything = torch.cat([block.samples.flatten(0, 1) for block in blocks])
        for column, block in enumerate(blocks):
            axes = _panel(page, (EDGE + column * side, EDGE, side - 24, side - 24), everything)
            for row, path in enumerate(block.samples.tolist()):
                x, y = zip(*path, strict=True)
                colour = COLOURS[row % len(COLOURS)]
                axes.plot(x, y, marker=".", markersize=4, linewidth=1, color=colour)
                axes.plot(x[:1], y[:1], marker="o", markersize=8, fillstyle="none", color=colour)
                axes.plot(x[-1:], y[-1:], marker="o", markersize=8, color=colour)
            style_axes(axes, block.title)
            axes.tick_params(labelleft=column == 0)
        return image_of(page)

    def frames(self, path: Tensor, count: int) -> Iterator[Image]:
        """Dots on a faint line, the path."""
        side = 400
        page = figure(side + EDGE, side + EDGE)
        axes = _panel(page, (EDGE, 24, side - 12, side - 12), path)
        closed = torch.cat([path, path[:1]])
        axes.plot(closed[:, 0].tolist(), closed[:, 1].tolist(), color=HAIR, linewidth=1, zorder=1)
        style_axes(axes, "")
        dots = axes.scatter([], [], s=36, c=FAKE, edgecolors=INK, linewidths=0.5, zorder=3)
        for step in range(len(path)):
            dots.set_offsets(path.roll(-step, 0)[:: len(path) // count].numpy())
            yield image_of(page)


def region_around(points: Tensor) -> tuple[Tensor, float]:
    """Center and half the side of a square 1.5 times as wide as the points [N, 2]."""
    low, high = points.amin(dim=0), points.amax(dim=0)
    return (low + high) / 2, 0.75 * max(float((high - low).max()), 1e-3)


def _panel(page: Figure, box: tuple[int, int, int, int], points: Tensor) -> Axes:
    """Square axes with (left, bottom, width, height) in pixels, that contain all points."""
    width, height = page.get_size_inches() * page.dpi
    left, bottom, wide, high = box
    axes: Axes = page.add_axes((left / width, bottom / height, wide / width, high / height))
    lowest, highest = points.amin(0), points.amax(0)
    half = 0.55 * max(float((highest - lowest).max()), 1e-3)
    x, y = ((lowest + highest) / 2).tolist()
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half), aspect="equal")
    return axes


def _scatter(axes: Axes, points: Tensor, colour: str, size: float) -> None:
    axes.scatter(points[:, 0].tolist(), points[:, 1].tolist(), s=size, c=colour, alpha=0.6, linewidths=0)
