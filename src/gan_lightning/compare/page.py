"""A comparison as a self-contained HTML page."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from PIL import Image

from gan_lightning.compare.comparison import Comparison
from gan_lightning.compare.figures import gradient_norm
from gan_lightning.compare.group import Group, correlation, format_value, leaf
from gan_lightning.compare.measure import Measure
from gan_lightning.compare.ranking import RankedBlock
from gan_lightning.compare.table import cell, heading
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.version import __version__

SAMPLES = 420  # pixels of the longer side of a picture of samples
PALETTE = 160  # colours of a figure


def page(comparison: Comparison, figures: Mapping[str, Image.Image]) -> str:
    """The page's HTML, pictures inside.

    Args:
        comparison: the content.
        figures: `sweep_0`, `sweep_1`, … for the sweeps, `curves` and `loss_vs_score`, where there are such.
    """
    return (
        environment()
        .get_template("page.html")
        .render(
            comparison=comparison,
            version=__version__,
            blocks=[_block(comparison, block) for block in comparison.blocks],
            sweeps=[
                (sweep, data_url(figures[f"sweep_{place}"]), _alt_text(comparison, sweep.groups))
                for place, sweep in enumerate(comparison.sweeps)
            ],
            curves=data_url(figures["curves"]) if "curves" in figures else None,
            loss_vs_score=data_url(figures["loss_vs_score"]) if "loss_vs_score" in figures else None,
            rhos=[
                (group, correlation(rho), correlation(comparison.rank_correlation_of_changes(group)))
                for group in comparison.ordered
                if (rho := comparison.rank_correlation(group)) is not None
            ],
            samples=[found for group in comparison.ordered if (found := _samples(comparison, group)) is not None],
            best=_best(comparison),
        )
    )


def environment() -> Environment:
    """The Jinja environment of this folder's templates."""
    found = Environment(
        loader=PackageLoader("gan_lightning.compare", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"shown": format_value, "leaf": leaf, "near": relative_to_cwd, "breakable": breakable}
    return found


def breakable(name: str) -> Markup:
    """A name with line-break opportunities."""
    return Markup(str(escape(name)).replace("/", "/<wbr>").replace("_", "_<wbr>"))


def _block(comparison: Comparison, block: RankedBlock) -> dict[str, Any]:
    scores = [measure for measure in comparison.measures if any(group.mean(measure.of) for group in block.groups)]
    if block.measure is not None:
        scores = [block.measure, *(measure for measure in scores if measure is not block.measure)]
    best = {measure: _best_of(block, measure) for measure in scores}
    rhos = {group: comparison.rank_correlation(group) for group in block.groups}
    rows = [
        {
            "group": group,
            "rank": place if block.measure else "–",
            "scores": [
                (cell(mean, len(group.runs)), mean is not None and mean.value == best[measure])
                for measure in scores
                for mean in [group.mean(measure.of)]
            ],
            "rho": correlation(rhos[group]),
            "drawn": _whisker(block, group) if block.measure else None,
        }
        for place, group in enumerate(block.groups, start=1)
    ]
    return {
        "title": heading(block),
        "notes": block.notes,
        "scores": scores,
        "rows": rows,
        "any_rho": any(rhos.values()),
        "ranked": block.measure is not None,
    }


def _best_of(block: RankedBlock, measure: Measure) -> float | None:
    """The best mean of a column; None where all are equal or not ranked."""
    means = [mean.value for group in block.groups if (mean := group.mean(measure.of)) is not None]
    if block.measure is None or measure.lower is None or len(set(means)) < 2:
        return None
    return min(means) if measure.lower else max(means)


def _whisker(block: RankedBlock, group: Group) -> dict[str, Any] | None:
    """Positions (0 to 100) of a group's mean, error and seeds on its block's axis; None for an infinite mean."""
    measure = block.measure
    assert measure is not None
    everything = [value for each in block.groups for value in _finite(measure, each)]
    mean, own = group.mean(measure.of), _finite(measure, group)
    if mean is None or not math.isfinite(mean.value):
        return None
    low, high = min(everything), max(everything)
    room = (high - low) or 1.0

    def at(value: float) -> float:
        return round(min(100.0, max(0.0, 6 + 88 * (value - low) / room)), 1)

    error = mean.error or 0.0
    ends = {"low": at(mean.value - error), "high": at(mean.value + error)}
    return {"mean": at(mean.value), "seeds": [at(value) for value in own]} | ends


def _finite(measure: Measure, group: Group) -> list[float]:
    values = [measure.of(run) for run in group.runs]
    return [value for value in values if value is not None and math.isfinite(value)]


def _best(comparison: Comparison) -> Group | None:
    return comparison.blocks[0].groups[0] if comparison.by and comparison.blocks else None


def _alt_text(comparison: Comparison, groups: tuple[Group, ...]) -> str:
    """The alternative text of a sweep's figure."""
    by = comparison.by
    parts = [f"{group.label}: {mean}" for group in groups if by and (mean := group.mean(by.of)) is not None]
    return f"{by.label} by setting: {'; '.join(parts)}" if by and parts else "curves of each value"


def _samples(comparison: Comparison, group: Group) -> dict[str, Any] | None:
    by = comparison.by
    run = group.median_run(by.of if by and group.mean(by.of) is not None else gradient_norm)
    if run.picture is None:
        return None
    with Image.open(run.picture) as found:
        picture = found.convert("RGB")
    picture.thumbnail((SAMPLES, SAMPLES), Image.Resampling.LANCZOS)
    scores = [(measure, measure.of(run)) for measure in comparison.measures if by and measure.name == by.name]
    return {
        "group": group,
        "run": run,
        "score": next((f"{measure.label} {value:.4g}" for measure, value in scores if value is not None), None),
        "step": int(run.picture.stem.split("_")[1]),
        "url": data_url(picture, photograph=True),
        "size": picture.size,
    }


def data_url(picture: Image.Image, photograph: bool = False) -> str:
    """An image as a data URL: PNG with a palette, or for photographs JPEG where that is smaller."""
    small = io.BytesIO()
    picture.quantize(PALETTE, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    kind, data = "png", small.getvalue()
    if photograph:
        other = io.BytesIO()
        picture.save(other, "JPEG", quality=84, optimize=True)
        kind, data = min((kind, data), ("jpeg", other.getvalue()), key=lambda pair: len(pair[1]))
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
