"""Accuracy of linear classifiers over labels, and the filters of a critic's first layer before and after training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import NullLocator
from PIL.Image import Image
from torch import Tensor

from gan_lightning.compare.group import Mean
from gan_lightning.plot.mosaic import mosaic
from gan_lightning.plot.series import page_of, pens
from gan_lightning.plot.style import FAINT, INK, image_of
from gan_lightning.study.figure.panel import panel

MOST = 64  # filters of a panel
SIDE = 300  # pixels of a panel of filters


class FilterRow(NamedTuple):
    """Filters [n, C, H, W] in [-1, 1] of a critic, before and after training."""

    name: str
    before: Tensor
    after: Tensor


def accuracies(curves: Mapping[str, Sequence[Mean]], labels: Sequence[int], filters: Sequence[FilterRow]) -> Image:
    """Curves at the left, with standard errors; at the right two panels of filters for each critic.

    Args:
        curves: features → percent right for each number of labels.
        labels: of each class.
        filters: of each critic.
    """
    height = max(420, len(filters) * (SIDE + 50))
    page = page_of(540 + 2 * (SIDE + 20), height)
    grid = page.add_gridspec(len(filters), 3, width_ratios=(500, SIDE, SIDE))
    axes = page.add_subplot(grid[:, 0])
    panel(axes, "Held-out digits that a linear classifier reads", "labelled digits of each class", "%")
    axes.set_xscale("log")
    for pen, (name, means) in zip(pens(len(curves)), curves.items(), strict=True):
        errors = [mean.error or 0 for mean in means]
        axes.errorbar(
            labels, [mean.value for mean in means], errors, color=pen.color, marker=pen.marker, markersize=4, label=name
        )
    axes.set_xticks(labels, map(str, labels))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.legend(loc="lower right", frameon=False, fontsize=9, labelcolor=INK)
    for row, one in enumerate(filters):
        for column, (when, some) in enumerate((("before training", one.before), ("after", one.after)), 1):
            place = page.add_subplot(grid[row, column])
            place.imshow(np.asarray(_square(some)), interpolation="none")
            place.axis("off")
            title = f"{one.name}: first filters {when}" if column == 1 else when
            place.set_title(title, fontsize=9.5, color=INK if column == 1 else FAINT, loc="left")
    page.tight_layout(w_pad=1.6)
    return image_of(page)


def _square(filters: Tensor) -> Image:
    """At most `MOST` filters in a square."""
    shown = filters[:MOST, : 3 if filters.shape[1] >= 3 else 1]
    columns = ceil(sqrt(len(shown)))
    blank = shown.new_zeros(-len(shown) % columns, *shown.shape[1:])
    rows = np.concatenate([shown.numpy(), blank.numpy()])
    return mosaic(shown.new_tensor(rows).view(-1, columns, *shown.shape[1:]))
