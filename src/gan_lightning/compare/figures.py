"""The figures of a comparison."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from textwrap import shorten

import numpy as np
from PIL import Image

from gan_lightning.compare.group import Group, Mean, correlation
from gan_lightning.compare.measure import Measure
from gan_lightning.compare.run import Run
from gan_lightning.compare.sweep import Sweep, is_geometric
from gan_lightning.metric.rank_correlation import RankCorrelation, column, pairs, rank_correlation
from gan_lightning.plot.loss_vs_score import LossVsScore, scatters
from gan_lightning.plot.series import Chart, Pen, Series, charts, pens
from gan_lightning.plot.sweep import Response, sweep

MOST = 12  # lines that an axis has room for


def over_steps(groups: Sequence[Group], score: str | None) -> Image.Image | None:
    """The divergence estimates and the score over the steps; a line for each group.

    Args:
        groups: in the order of the legend; of more than 12, the first 12.
        score: a column of `metrics.csv`.
    """
    some = groups[:MOST]
    style = dict(zip(some, pens(len(some)), strict=True))
    found = [*_estimates(some, style), *_scores(some, style, score)]
    return charts(found, [group.label for group in some]) if found else None


def of_sweep(found: Sweep, by: Measure | None) -> Image.Image:
    """Score, critic gradients and curves against the swept number, with samples of each value."""
    style = dict(zip(found.groups, pens(len(found.groups), ordered=True), strict=True))
    responses = [_response(found, "Norm of the critic's gradient", "median of the later half", gradient_norm, True)]
    if by is not None:
        way = "lower is better" if by.lower else "higher is better"
        responses.insert(0, _response(found, by.label, way, by.of, False, by.real_vs_real))
    responses = [one for one in responses if np.isfinite(one.mean).any()]
    names = dict(zip(found.groups, found.labels, strict=True))
    score = by.name if by else None
    curves = [*_estimates(found.groups, style, names), *_scores(found.groups, style, score, names)]
    pictures = [_picture(group.median_run(by.of if by else gradient_norm)) for group in found.groups]
    return sweep(
        found.title,
        found.key,
        found.values,
        found.labels,
        is_geometric(found.values),
        [style[group] for group in found.groups],
        responses,
        curves,
        pictures,
    )


def loss_vs_score(groups: Sequence[Group], score: str, burn_in: int = 0) -> Image.Image | None:
    """The estimate against the score for each group, all its seeds together; None where no group has both."""
    found = []
    for group in groups:
        estimate = group.runs[0].estimate
        values = [pairs(run.rows, column(run.rows, estimate), score, burn_in) for run in group.runs if estimate]
        joined = [np.concatenate(parts) for parts in zip(*values, strict=True)] if values else []
        mean = group.mean(lambda run: rank_correlation_of(run, score, burn_in))
        if estimate and mean is not None:
            found.append(
                LossVsScore(
                    f"{shorten(group.label, 42)}\nρ = {correlation(mean)}", estimate.replace("_", " "), score, *joined
                )
            )
    return scatters(found) if found else None


def rank_correlation_of(run: Run, score: str, burn_in: int = 0) -> float | None:
    """See `RankCorrelation.value`; None where there is none."""
    found = _rank_correlation(run, score, burn_in)
    return found.value if found else None


def rank_correlation_of_changes(run: Run, score: str, burn_in: int = 0) -> float | None:
    """See `RankCorrelation.changes`; None where there are none."""
    found = _rank_correlation(run, score, burn_in)
    return found.changes if found else None


def _rank_correlation(run: Run, score: str, burn_in: int) -> RankCorrelation | None:
    return rank_correlation(run.rows, column(run.rows, run.estimate), score, burn_in) if run.estimate else None


def gradient_norm(run: Run) -> float | None:
    """The norm of the critic's gradient: its median over the later half of the run."""
    values = [row["critic_grad_norm"] for row in run.rows if "critic_grad_norm" in row]
    return float(np.median(values[len(values) // 2 :])) if values else None


def _response(
    found: Sweep,
    title: str,
    unit: str,
    value: Callable[[Run], float | None],
    logarithmic: bool,
    real_vs_real: float | None = None,
) -> Response:
    means = [group.mean(value) or Mean(math.nan, None, 0) for group in found.groups]
    errors = [math.nan if mean.error is None else mean.error for mean in means]
    seeds = [[v for run in group.runs if (v := value(run)) is not None] for group in found.groups]
    logarithmic = logarithmic and _spans_scales([one for each in seeds for one in each])
    return Response(title, unit, np.array([m.value for m in means]), np.array(errors), seeds, logarithmic, real_vs_real)


def _estimates(groups: Sequence[Group], style: dict[Group, Pen], names: dict[Group, str] | None = None) -> list[Chart]:
    found = []
    for name in dict.fromkeys(group.runs[0].estimate for group in groups):
        if name is not None:
            members = [group for group in groups if group.runs[0].estimate == name]
            lines = [line for group in members if (line := _line(group, name, style[group], names)) is not None]
            words = name.replace("_", " ").capitalize()
            found.append(Chart(f"{words} estimate", "divergence", lines))
    return [chart for chart in found if chart.lines]


def _scores(
    groups: Sequence[Group], style: dict[Group, Pen], score: str | None, names: dict[Group, str] | None = None
) -> list[Chart]:
    lines = [line for group in groups if score and (line := _line(group, score, style[group], names)) is not None]
    if not lines:
        return []
    values = np.concatenate([line.y for line in lines])
    return [
        Chart(f"{score} over the steps", "score", lines, bool(values.min() > 0 and values.max() > 10 * values.min()))
    ]


def _line(group: Group, key: str, pen: Pen, names: dict[Group, str] | None) -> Series | None:
    """Mean over seeds at the steps that all of them have."""
    each = [{row["step"]: row[key] for row in run.rows if math.isfinite(row.get(key, math.nan))} for run in group.runs]
    steps = sorted(set.intersection(*(set(one) for one in each)))
    if not steps:
        return None
    means = [Mean.over([one[step] for one in each]) or Mean(math.nan, None, 0) for step in steps]
    y, error = zip(*((mean.value, math.nan if mean.error is None else mean.error) for mean in means), strict=True)
    return Series((names or {}).get(group, group.label), pen, np.array(steps), np.array(y), np.array(error))


def _spans_scales(values: Sequence[float]) -> bool:
    """True if the values are positive and span more than a factor of 8: for a logarithmic axis."""
    finite = [value for value in values if math.isfinite(value)]
    return len(finite) > 0 and min(finite) > 0 and max(finite) > 8 * min(finite)


def _picture(run: Run) -> Image.Image | None:
    if run.picture is None:
        return None
    with Image.open(run.picture) as picture:
        whole: Image.Image = picture.convert("RGB")
    return whole
