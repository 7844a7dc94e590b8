"""Latents in the plane, coloured by class."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib import colormaps
from PIL.Image import Image
from torch import Tensor

from gan_lightning.plot.style import FAINT, HAIR, INK, REAL, figure, image_of, style_axes

SIDE, LEGEND, EDGE = 600, 110, 56  # pixels of the plot, of the names beside it, around it
RADII = (1, 2, 3)  # of circles, in standard deviations of the prior
PALETTE = "tab10"


def latent_plane(latents: Tensor, label: Tensor | None, class_names: Sequence[str], title: str, axes: str) -> Image:
    """A scatter plot of latents, over circles of one, two and three standard deviations of the prior N(0, 1).

    Args:
        latents: [N, 2].
        label: their classes, int64 [N]; None: all in one colour.
        class_names: in the order of their numbers; empty: the numbers.
        title: of the plot.
        axes: name of both axes, with {} for 1 and 2.
    """
    named = label is not None
    width, height = SIDE + 2 * EDGE + (LEGEND if named else 0), SIDE + 2 * EDGE
    page = figure(width, height)
    plane = page.add_axes((EDGE / width, EDGE / height, SIDE / width, SIDE / height))
    angle = torch.linspace(0, 2 * torch.pi, 181)
    for radius in RADII:
        plane.plot((radius * angle.cos()).tolist(), (radius * angle.sin()).tolist(), color=HAIR, linewidth=1, zorder=1)
    half = 1.05 * max(float(latents.abs().max()), RADII[-1])
    plane.set(xlim=(-half, half), ylim=(-half, half), aspect="equal")
    style_axes(plane, title, axes.format(1), axes.format(2))
    if label is None:
        plane.scatter(latents[:, 0].tolist(), latents[:, 1].tolist(), s=14, c=REAL, linewidths=0, alpha=0.7, zorder=2)
        return image_of(page)
    colours = colormaps[PALETTE].resampled(10)
    for value in sorted(set(label.tolist())):
        points = latents[label == value]
        name = class_names[value] if value < len(class_names) else str(value)
        colour = [colours(value % 10)]
        plane.scatter(points[:, 0].tolist(), points[:, 1].tolist(), s=14, c=colour, linewidths=0, label=name, zorder=2)
    page.legend(
        *plane.get_legend_handles_labels(),
        loc="center left",
        bbox_to_anchor=((SIDE + EDGE + 8) / width, 0.5),
        fontsize=10,
        labelcolor=INK,
        frameon=False,
        title="class",
        title_fontproperties={"size": 9},
        markerscale=1.6,
    ).get_title().set_color(FAINT)
    return image_of(page)
