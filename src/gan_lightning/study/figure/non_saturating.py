"""The pulls of the non-saturating loss, what it charges, and where it leads."""

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
NAMES = {"KL(q‖p) - 2 JSD": "-log D", "2 JSD": "2 JSD, the game", "KL(p‖q)": "KL(p‖q), likelihood"}


def pulls(
    slopes: tuple[Array, Array],
    left_out: tuple[Array, Mapping[str, Array]],
    made_up: tuple[Array, Mapping[str, Array]],
    ended: tuple[Array, Array, Mapping[str, Sequence[Array]]],
) -> Image:
    """The figure.

    Args:
        slopes: places of the generator [n], and of KL(q‖p) - 2 JSD, KL(q‖p) and JSD the slopes there, [n, 3].
        left_out: the share of one of two modes [n], and what each objective charges, [n].
        made_up: the share of the fakes that is far off the data, and what each objective charges.
        ended: places of densities, the data's, and by objective those that descents ended with.
    """
    page = page_of(1080, 640)
    (slope, end), (mode, junk) = page.subplots(2, 2)
    places, found = slopes
    panel(slope, "Two pulls on a generator N(θ, 1)", "its place θ", "slope of the loss in θ")
    lines = (
        (found[:, 1], "KL(q‖p)", HELD_OUT, (0, (5, 2))),
        (-2 * found[:, 2], "-2 JSD", ESTIMATE, (0, (2, 1.5))),
        (found[:, 0], "-log D: both", GENERATOR, (0, ())),
    )
    ends: dict[Axes, list[End]] = {slope: []}
    for values, word, color, dash in lines:
        slope.plot(places, values, color=color, linewidth=1.8, linestyle=dash)
        ends[slope].append(End(word, color, float(values[-1])))
    slope.axhline(0, color=FAINT, linewidth=0.8)
    slope.set_xlim(places[0], places[-1])
    _charges(mode, "What a mode left out costs", "share of the fakes on it; of the data it is 50%", *left_out, ends)
    _charges(junk, "What fakes far off the data cost", "share of the fakes there", *made_up, ends)
    for axes in (mode, junk):
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=STEPS))
        axes.xaxis.set_major_formatter(PERCENT)
    _ended(end, *ended, ends)
    page.tight_layout(h_pad=1.6, w_pad=11.0, rect=(0, 0, 0.89, 1))
    for axes, words in ends.items():
        name_ends(axes, words)
    return image_of(page)


def _charges(
    axes: Axes, title: str, x: str, shares: Array, prices: Mapping[str, Array], ends: dict[Axes, list[End]]
) -> None:
    panel(axes, title, x, "nats")
    ends[axes] = []
    for name, values in prices.items():
        axes.plot(shares, values, color=COLOURS[name], linewidth=1.8)
    axes.set_xlim(shares[0], shares[-1])
    axes.set_ylim(0, 1.05 * max(values.max() for name, values in prices.items() if name != "KL(p‖q)"))
    # Named where the lines are apart: at the end without the mode, or with the most fakes far off.
    at = -1 if prices["2 JSD"][-1] > prices["2 JSD"][0] else 0
    if at == 0:
        axes.invert_xaxis()
    for name, values in prices.items():
        ends[axes].append(End(NAMES.get(name, name), COLOURS[name], float(min(values[at], axes.get_ylim()[1]))))


def _ended(
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
