"""Two Gaussians, both critics of them, and the gradients that a generator gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from PIL.Image import Image

from gan_lightning.plot.series import Array, page_of
from gan_lightning.plot.style import CRITIC, ESTIMATE, FAINT, FAKE, HELD_OUT, INK, REAL, image_of
from gan_lightning.study.figure.panel import panel

LEAST = 1e-8  # end of the logarithmic axis
DASH = (0, (4, 2))


class Curves(NamedTuple):
    """D(x), the critic's score, and the size of each loss's gradient in x, [points] each."""

    probability: Array
    score: Array
    minimax: Array
    non_saturating: Array
    wasserstein: Array


def clean_gradients(x: Array, densities: Sequence[Array], closed: Curves, trained: Curves) -> Image:
    """The critics and their gradients over x, in closed form and trained; and both logarithms' gradients over D.

    Args:
        x: [points].
        densities: of reals and of fakes, highest 1, [points] each.
        closed: of the optimal critics.
        trained: means over seeds.
    """
    page = page_of(1080, 400)
    critics, slopes, logarithms = page.subplots(1, 3, width_ratios=(1.15, 1.15, 1))
    panel(critics, "Two critics of two Gaussians", "x", "D(x), and the critic's score in units of its range")
    for density, colour, name in zip(densities, (REAL, FAKE), ("reals", "fakes"), strict=True):
        critics.fill_between(x, density, color=colour, alpha=0.14, linewidth=0)
        critics.text(x[density.argmax()], 1.03, name, color=colour, fontsize=9, ha="center")
    for exact, found, colour in (
        (closed.probability, trained.probability, CRITIC),
        (_unit(closed.score), _unit(trained.score), ESTIMATE),
    ):
        critics.plot(x, exact, color=colour, linewidth=1.8)
        critics.plot(x, found, color=colour, linewidth=1.8, linestyle=DASH)
    critics.set_ylim(-0.03, 1.14)

    panel(slopes, "The gradient that a fake at x gets", "x", "size, logarithmic")
    for exact, found, colour in (
        (closed.minimax, trained.minimax, CRITIC),
        (closed.non_saturating, trained.non_saturating, HELD_OUT),
        (closed.wasserstein, trained.wasserstein, ESTIMATE),
    ):
        slopes.plot(x, np.maximum(exact, LEAST), color=colour, linewidth=1.8)
        slopes.plot(x, np.maximum(found, LEAST), color=colour, linewidth=1.8, linestyle=DASH)
    slopes.set_yscale("log")
    slopes.set_ylim(LEAST, 300)
    slopes.axvspan(x[densities[1] > 0.135][0], x[-1], color=FAKE, alpha=0.07, linewidth=0)

    panel(logarithms, "Both logarithms, over D", "D, what the discriminator thinks of a fake", "gradient in the score")
    d = np.linspace(0, 1, 101)
    logarithms.plot(d, d, color=CRITIC, linewidth=1.8)
    logarithms.plot(d, 1 - d, color=HELD_OUT, linewidth=1.8)
    logarithms.text(0.5, 0.93, "|∇ log(1 − D)| = D", color=CRITIC, fontsize=9, ha="center")
    logarithms.text(0.5, 0.09, "|∇ log D| = 1 − D", color=HELD_OUT, fontsize=9, ha="center")
    logarithms.axvspan(0, 0.08, color=FAKE, alpha=0.12, linewidth=0)
    logarithms.text(0.1, 0.5, "early fakes", color=FAKE, fontsize=9)
    logarithms.set_xlim(0, 1)
    logarithms.set_ylim(0, 1.05)
    colours = {"discriminator, log(1 − D)": CRITIC, "its −log D": HELD_OUT, "Wasserstein critic": ESTIMATE}
    styles = {"in closed form": (0, ()), "trained, mean over seeds": DASH}
    handles = [Line2D([], [], color=colour, linewidth=1.8) for colour in colours.values()]
    handles += [Line2D([], [], color=FAINT, linewidth=1.8, linestyle=style) for style in styles.values()]
    names = [*colours, *styles]
    page.legend(handles, names, loc="lower left", ncols=5, frameon=False, fontsize=9, labelcolor=INK)
    page.tight_layout(w_pad=2.0, rect=(0, 0.06, 1, 1))
    return image_of(page)


def _unit(score: Array) -> Array:
    unit: Array = (score - score.min()) / (score.max() - score.min())
    return unit
