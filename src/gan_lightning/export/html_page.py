"""`index.html`: one page that generates samples, from disk, of the scripts in `page/`."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.errors import UsageError
from gan_lightning.export.trace import trace_graph
from gan_lightning.plot.sample_plot import class_columns
from gan_lightning.sample.sampler import Sampler

PAGE = "index.html"
IMAGES, POINTS = 48, 1500  # samples in the first view
COLUMNS, LEAST = 8, 6  # of a grid; of one whose columns are classes
_HERE = Path(__file__).parent / "page"
_SCRIPTS = ("runtime.js", "latents.js", "app.js")


def write_page(sampler: Sampler, folder: Path, *, title: str) -> Path:
    """Writes `index.html`, self-contained. Sample i of a seed is that of `python -m gan_lightning.sample`.

    Args:
        sampler: of the generator; its seed is that of the first view.
        folder: of the page.
        title: heading.

    Raises:
        UsageError: samples are neither points of the plane nor images of 1 or 3 channels, or the generator has an
            operation that the page's runtime has not.
    """
    write_text(folder / PAGE, page_html(sampler, title))
    return folder / PAGE


def page_html(sampler: Sampler, title: str) -> str:
    """The text of the page; see `write_page`."""
    trained, shape = sampler.trained, sampler.shape
    if not (shape == (2,) or (len(shape) == 3 and shape[0] in (1, 3))):
        raise UsageError(f"format=page shows images of 1 or 3 channels and points of the plane, not {list(shape)}")
    graph = trace_graph(trained.generator, trained.latent_dim)
    numbers = torch.cat([constant.flatten() for constant in graph.constants]).numpy().astype("<f4")
    model = {
        "shape": shape,
        "classes": sampler.classes,
        "latent_dim": trained.latent_dim,
        "seed": sampler.seed,
        "count": IMAGES if len(shape) == 3 else POINTS,
        "columns": _columns(sampler.classes),
        "nodes": graph.nodes,
        "weights": base64.b64encode(numbers.tobytes()).decode(),
    }
    parameters = sum(parameter.numel() for parameter in trained.generator.parameters())
    kind = "Points of the plane" if len(shape) == 1 else f"{shape[2]} × {shape[1]} px images"
    remark = f"{kind} from {trained.latent_dim} random numbers each, generated here and now by {parameters:,} weights"
    return render_page(title, f"{remark}, after {trained.step:,} training steps.", model)


def render_page(title: str, remark: str, model: Mapping[str, Any]) -> str:
    """The text of the page of a model, as plain values, with the scripts and the style."""
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html").render(
        title=title,
        remark=remark,
        footer=(
            "Everything runs in this page; nothing is fetched or sent. Sample i of a seed is the one that "
            "python -m gan_lightning.sample makes."
        ),
        # No text inside a script ends it: "<" is written as JSON can write it, too.
        model=Markup(json.dumps(model, separators=(",", ":")).replace("<", "\\u003c")),
        style=Markup((_HERE / "style.css").read_text(encoding="utf-8")),
        scripts=Markup("\n".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS)),
    )


def _columns(classes: int) -> int:
    """Columns of the grid: each of one class, for 2 to 16 classes."""
    columns = class_columns(classes)
    return COLUMNS if columns is None else columns * math.ceil(LEAST / columns)
