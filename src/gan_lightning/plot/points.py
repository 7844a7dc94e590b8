"""Points of the plane over the critic's landscape."""

from __future__ import annotations

from collections.abc import Callable

import torch
from matplotlib.ticker import MaxNLocator
from PIL.Image import Image
from torch import Tensor

from gan_lightning.plot.style import FAINT, FAKE, INK, LANDSCAPE, PAPER, REAL, figure, image_of, style_axes

POINTS = 1_000
MESH = 121  # critic's values along each axis


class PointTrainingPlot:
    """Real and generated points over level sets of the critic (Gulrajani et al. 2017, arXiv:1704.00028, figure 1b).

    The axes are fixed: a square around the real points, half as wide again as they are, so that pictures of different
    steps can be laid over each other. The levels are each picture's own: a Wasserstein critic is known up to a
    constant.

    Args:
        real: real points [N, 2], of which the first 1,000 are shown; without them the first picture's generated points
            place the axes.
    """

    rows = POINTS

    def __init__(self, real: Tensor | None = None) -> None:
        self.real = None if real is None else real[:POINTS].float().cpu()
        self._region: tuple[Tensor, float] | None = None if real is None else around(real.float().cpu())

    def draw(self, fake: Tensor, score: Callable[[Tensor], Tensor], step: int = 0, title: str | None = None) -> Image:
        """See `View.draw`; the title says another thing than the step."""
        fake = fake.detach().float().cpu()
        self._region = self._region or around(fake)
        center, half = self._region
        steps = torch.linspace(-half, half, MESH)
        x, y = center[0] + steps, center[1] + steps
        mesh = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
        surface = score(mesh.flatten(0, 1)).detach().float().cpu().view(MESH, MESH).nan_to_num()
        landscape = (x.numpy(), y.numpy(), surface.numpy())

        page = figure(640, 632)
        axes = page.add_axes((44 / 640, 64 / 632, 532 / 640, 532 / 632))
        levels = MaxNLocator(nbins=24).tick_values(float(surface.min()), float(surface.max()))
        filled = axes.contourf(*landscape, levels=levels, cmap=LANDSCAPE)
        axes.contour(*landscape, levels=levels, colors=INK, linewidths=0.4, alpha=0.3, linestyles="solid")
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


def around(points: Tensor) -> tuple[Tensor, float]:
    """Center and half the side of a square half as wide again as the points [N, 2] are."""
    low, high = points.amin(dim=0), points.amax(dim=0)
    return (low + high) / 2, 0.75 * max(float((high - low).max()), 1e-3)
