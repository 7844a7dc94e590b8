"""The dimension of samples over that of latents; circles that touch, moved; how much of them is near each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.patches import Circle
from matplotlib.ticker import MaxNLocator, NullLocator
from PIL.Image import Image

from gan_lightning.plot.series import Array, page_of
from gan_lightning.plot.style import CRITIC, ESTIMATE, FAINT, FAKE, HELD_OUT, INK, REAL, image_of
from gan_lightning.study.figure.panel import panel


def manifolds(
    latent_dims: Array,
    space: int,
    ranks: tuple[Array, Array],
    intrinsic: tuple[Array, Array],
    offsets: Sequence[Array],
    radii: tuple[float, float],
    epsilons: Array,
    shares: Mapping[str, Array],
) -> Image:
    """Three panels.

    Args:
        latent_dims: of the generators, [kinds].
        space: dimensions of a sample.
        ranks: of Jacobians, and their errors, [kinds] each.
        intrinsic: dimensions estimated from samples, and their errors, likewise.
        offsets: of the circles' centres: touching, then after each move, [2] each.
        radii: of the circles.
        epsilons: distances, [n].
        shares: name → share of the large circle within each distance of the small one, [n].
    """
    page = page_of(1080, 380)
    dimension, circles, near = page.subplots(1, 3)
    panel(dimension, "Lemma 1: dimension of samples", "dimension of the latents", "dimension")
    dimension.axhline(space, color=FAINT, linewidth=1, linestyle=(0, (2, 2)))
    dimension.text(latent_dims[0], space, "of the space", color=FAINT, fontsize=9, va="bottom")
    dimension.errorbar(latent_dims, *_with(ranks), color=CRITIC, marker="o", markersize=5, label="rank of dG/dz")
    name = "estimated from samples"
    dimension.errorbar(
        latent_dims, *_with(intrinsic), color=ESTIMATE, marker="D", markersize=4, linestyle="none", label=name
    )
    dimension.set_ylim(0, 1.12 * space)
    dimension.yaxis.set_major_locator(MaxNLocator(integer=True))
    dimension.legend(loc="center left", frameon=False, fontsize=9, labelcolor=INK, bbox_to_anchor=(0, 0.75))

    panel(circles, "Lemma 2: touching, then moved", "", "")
    circles.grid(visible=False)
    big, small = radii
    circles.add_patch(Circle((0, 0), big, fill=False, edgecolor=REAL, linewidth=1.8))
    for x, y in offsets[1:]:
        circles.add_patch(Circle((x, y), small, fill=False, edgecolor=FAKE, linewidth=0.8, alpha=0.45))
    circles.add_patch(Circle(tuple(offsets[0]), small, fill=False, edgecolor=FAKE, linewidth=2))
    circles.set_xlim(-1.1, 1.5)
    circles.set_ylim(-1.3, 1.3)
    circles.set_aspect("equal", adjustable="datalim")
    circles.set_xticks([])
    circles.set_yticks([])
    circles.spines[["left", "bottom"]].set_visible(False)

    panel(near, "Lemma 3: how much of them meets", "ε", "share of the blue circle within ε")
    colours = {"touching": HELD_OUT, "crossing": CRITIC}
    for name, share in shares.items():
        near.plot(epsilons, share, color=colours[name], marker="o", markersize=4, linewidth=1.8, label=name)
    near.set_xscale("log")
    near.set_yscale("log")
    for axis in (near.xaxis, near.yaxis):
        axis.set_minor_locator(NullLocator())
    near.legend(loc="upper left", frameon=False, fontsize=9, labelcolor=INK)
    page.tight_layout(w_pad=2.0)
    return image_of(page)


def _with(measured: tuple[Array, Array]) -> tuple[Array, Array]:
    mean, error = measured
    return mean, np.nan_to_num(error)
