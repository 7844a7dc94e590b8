"""The model card: `README.md` and `samples.png`."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, StrictUndefined

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.errors import UsageError
from gan_lightning.core.format import format_number
from gan_lightning.export.folder import FolderConfig
from gan_lightning.export.recipe import write_recipe
from gan_lightning.metric import report
from gan_lightning.metric.score import Score
from gan_lightning.plot.sample_plot import class_columns, sample_plot_for
from gan_lightning.sample.sampler import Sampler

CARD, PICTURE = "README.md", "samples.png"


def write_card(sampler: Sampler, config: FolderConfig, folder: Path, *, title: str, license: str | None) -> Path:
    """Writes `README.md`, for people and for the Hugging Face Hub, with a picture, scores and the recipe.

    Args:
        sampler: of the picture.
        config: of the folder; the files that are in it are described.
        folder: the exported folder.
        title: heading.
        license: of the weights; None is unknown.
    """
    trained = sampler.trained
    scores, remark = _scores(sampler, config)
    recipe = write_recipe(trained.run, folder)
    picture = _write_picture(sampler, folder)
    text = _TEMPLATE.render(
        config=config,
        title=title,
        license=license or "unknown",
        parameters=sum(parameter.numel() for parameter in trained.generator.parameters()),
        network=config["generator"]["_target_"],
        picture=picture,
        seed=sampler.seed,
        files={path.name for path in folder.iterdir()},
        scores=scores,
        remark=remark,
        recipe=recipe and recipe[1],
        number=format_number,
    )
    write_text(folder / CARD, text)
    return folder / CARD


def _write_picture(sampler: Sampler, folder: Path) -> bool:
    try:
        columns = class_columns(sampler.classes) if sampler.label is None else None
        plot = sample_plot_for(sampler.shape, columns=columns)
    except UsageError:  # images of other than 1 or 3 channels
        return False
    samples = sampler(sampler.latents(range(plot.num_samples)))
    plot.sheet(samples, sampler.trained.step).save(folder / PICTURE)
    return True


def _scores(sampler: Sampler, config: FolderConfig) -> tuple[list[Score], str]:
    """The run's scores of these weights, and a remark where there are none."""
    trained = sampler.trained
    file = trained.run / report.NAME
    if not file.is_file():
        return [], "This generator has not been scored (`python -m gan_lightning.evaluate run=...`)."
    if file.stat().st_mtime < trained.checkpoint.stat().st_mtime:
        return [], "The run's scores are of an earlier checkpoint (`python -m gan_lightning.evaluate run=...`)."
    try:
        found = report.read(file)
    except UsageError as damage:
        return [], f"The run's scores can't be read: {damage}"
    averaged = config["weights"] == "averaged weights"
    own = [
        s for s in found if s.provenance and (s.provenance.ema, s.provenance.standing) == (averaged, config["standing"])
    ]
    return own, "" if own else "The run's scores are of other weights or statistics."


_TEMPLATE = Environment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
).from_string(
    """\
---
license: {{ license }}
library_name: gan_lightning
tags: [gan, {{ "image-generation" if config.shape | length == 3 else "toy-distribution" }}]
---

# {{ title }}

{% if picture %}
![samples](samples.png)

Samples of seed {{ seed }}, not selected.

{% endif %}
| | |
|---|---|
| network | `{{ network }}`, {{ "{:,}".format(parameters) }} parameters |
| latents | {{ config.latent_dim }}, standard normal |
| samples | {{ config.shape | join(" × ") }}{{ ", in [-1, 1]" if config.shape | length == 3 else "" }} |
| classes | {{ config.classes or "none" }} |
| trained on | {{ config.data }} |
| weights | {{ config.weights }} of step {{ "{:,}".format(config.step) }} |
{% if config.standing %}
| batch norm | standing statistics of {{ config.standing }} passes |
{% endif %}
{% if config.stage %}
| stage | level {{ config.stage.level }}, alpha {{ config.stage.alpha }} |
{% endif %}
| license | {{ license }} |

## Use

{% if "model.safetensors" in files %}
```python
import gan_lightning

generator = gan_lightning.load("FOLDER")  # this folder
images = generator.sample(16, seed=3{{ ", label=0" if config.classes else "" }})  # [16, {{ config.shape | join(", ") }}]
```

{% endif %}
{% if "model.onnx" in files %}
```python
import numpy as np, onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
inputs = {
    "latent": np.random.randn(16, {{ config.latent_dim }}).astype(np.float32),
{% if config.classes %}
    "label": np.arange(16) % {{ config.classes }},
{% endif %}
    "truncation": np.float32(np.inf),  # threshold on latents; inf is no truncation
}
(samples,) = session.run(None, inputs)
```

{% endif %}
{% if "model.pt2" in files %}
```python
import torch

program = torch.export.load("model.pt2").module()
samples = program(torch.randn(16, {{ config.latent_dim }}){{ ", torch.arange(16) % %d" % config.classes if config.classes else "" }}, torch.tensor(torch.inf))
```

{% endif %}
{% if "index.html" in files %}
`index.html` generates samples in a browser, without a server or a network.

{% endif %}
## Scores

{% if scores %}
| score | value | real against real | how |
|---|---|---|---|
{% for score in scores %}
{% set p = score.provenance %}
| {{ score.name }} | {{ number(score.value) }} | {{ "" if score.real_vs_real is none else number(score.real_vs_real) }} | \
{{ "{:,}".format(p.n_fake) }} samples against {{ "{:,}".format(p.n_real) }} of {{ p.data }} ({{ p.split }}), \
extractor {{ p.extractor }}{{ " " ~ p.weights if p.weights else "" }}, resize {{ p.resize }}, \
{{ "quantized" if p.quantized else "not quantized" }}, batch norm {{ p.normalization }}, seed {{ p.seed }}\
{{ "" if p.truncation is none else ", truncation %g" % p.truncation }} |
{% endfor %}
{% else %}
{{ remark }}
{% endif %}

## Recipe

{% if recipe %}
Everything in training follows from `recipe.yaml` and its seed. In this folder:

```bash
{{ recipe }}
```
{% else %}
The run's config was not there.
{% endif %}

Written by gan_lightning {{ config.version }}, from the checkpoint with SHA-256 `{{ config.sha256 }}`.
"""
)
