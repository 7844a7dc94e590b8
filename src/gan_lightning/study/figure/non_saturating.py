"""Gradients of the non-saturating loss, its values for missing modes and outliers, and the ends of descents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from PIL.Image import Image

from gan_lightning.plot.curves import STEPS
from gan_lightning.plot.series import Array, page_of
from gan_lightning.plot.style import CRITIC, ESTIMATE, FAINT, GENERATOR, HAIR, HELD_OUT, image_of
from gan_lightning.study.figure.panel import PERCENT, End, name_ends, panel

COLOURS = {"KL(p‖q)": CRITIC, "KL(q‖p)": HELD_OUT, "2 JSD": ESTIMATE, "KL(q‖p) - 2 JSD": GENERATOR}
NAMES = {"KL(q‖p) - 2 JSD": "-log D", "2 JSD": "2 JSD, minimax", "KL(p‖q)": "KL(p‖q), likelihood"}


def pulls(
    slopes: tuple[Array, Array],
    missing: tuple[Array, Mapping[str, Array]],
    outliers: tuple[Array, Mapping[str, Array]],
    descents: tuple[Array, Array, Mapping[str, Sequence[Array]]],
) -> Image:
    """Gradients and ends of descents above, values for a missing mode and for outliers below.

    Args:
        slopes: means of the generator [n], and the slopes of KL(q‖p) - 2 JSD, KL(q‖p) and JSD, [n, 3].
        missing: fraction of fakes on one of two modes [n], and each objective's values, [n].
        outliers: fraction of fakes far off the data, and each objective's values.
        descents: positions, the data's density, and objective → densities at the ends of its descents.
    """
    page = page_of(1080, 640)
    (slope, end), (mode, junk) = page.subplots(2, 2)
    means, found = slopes
    panel(slope, "Two pulls on a generator N(θ, 1)", "its place θ", "slope of the loss in θ")
    lines = (
        (found[:, 1], "KL(q‖p)", HELD_OUT, (0, (5, 2))),
        (-2 * found[:, 2], "-2 JSD", ESTIMATE, (0, (2, 1.5))),
        (found[:, 0], "-log D: both", GENERATOR, (0, ())),
    )
    ends: dict[Axes, list[End]] = {slope: []}
    for values, word, color, dash in lines:
        slope.plot(means, values, color=color, linewidth=1.8, linestyle=dash)
        ends[slope].append(End(word, color, float(values[-1])))
    slope.axhline(0, color=FAINT, linewidth=0.8)
    slope.set_xlim(means[0], means[-1])
    _costs(mode, "What a mode left out costs", "share of the fakes on it; of the data it is 50%", *missing, ends)
    _costs(junk, "What fakes far off the data cost", "share of the fakes there", *outliers, ends)
    for axes in (mode, junk):
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=STEPS))
        axes.xaxis.set_major_formatter(PERCENT)
    _descents(end, *descents, ends)
    page.tight_layout(h_pad=1.6, w_pad=11.0, rect=(0, 0, 0.89, 1))
    for axes, words in ends.items():
        name_ends(axes, words)
    return image_of(page)


def _costs(
    axes: Axes, title: str, x: str, shares: Array, costs: Mapping[str, Array], ends: dict[Axes, list[End]]
) -> None:
    panel(axes, title, x, "nats")
    ends[axes] = []
    for name, values in costs.items():
        axes.plot(shares, values, color=COLOURS[name], linewidth=1.8)
    axes.set_xlim(shares[0], shares[-1])
    axes.set_ylim(0, 1.05 * max(values.max() for name, values in costs.items() if name != "KL(p‖q)"))
    # Names stand where the lines are apart: where the mode is missing, or where most fakes are far off.
    at = -1 if costs["2 JSD"][-1] > costs["2 JSD"][0] else 0
    if at == 0:
        axes.invert_xaxis()
    for name, values in costs.items():
        ends[axes].append(End(NAMES.get(name, name), COLOURS[name], float(min(values[at], axes.get_ylim()[1]))))


def _descents(
    axes: Axes, points: Array, real: Array, drawn: Mapping[str, Sequence[Array]], ends: dict[Axes, list[End]]
) -> None:
    panel(axes, "Where descents end", "", "density")
    axes.fill_between(points, real, color=HAIR, linewidth=0)
    ends[axes] = [End("the data", FAINT, 0.02)]
    for name, densities in drawn.items():
        for density in densities:
            axes.plot(points, density, color=COLOURS[name], linewidth=1.5, alpha=0.7)
        ends[axes].append(End(NAMES[name], COLOURS[name], float(max(density.max() for density in densities))))
    some = points[real > 1e-4 * real.max()]
    axes.set_xlim(some[0] - 1, some[-1] + 1)
    axes.set_ylim(bottom=0)
