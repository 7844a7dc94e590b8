"""The model card: `README.md` and `samples.png`."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.errors import UsageError
from gan_lightning.core.format import format_number
from gan_lightning.export.aotinductor import PACKAGE
from gan_lightning.export.program import PROGRAM
from gan_lightning.export.recipe import write_recipe
from gan_lightning.metric import report
from gan_lightning.metric.provenance import Provenance
from gan_lightning.metric.score import Score
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import class_columns, names_of_cycle, sample_plot_for
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.folder import WEIGHTS, FolderConfig
from gan_lightning.trained.hub import Address

CARD, PICTURE = "README.md", "samples.png"


def write_card(
    sampler: Sampler,
    config: FolderConfig,
    folder: Path,
    *,
    title: str,
    license: str | None,
    address: Address | None = None,
) -> Path:
    """Writes `README.md`, for people and for the Hugging Face Hub, with a picture, scores and the recipe.

    Args:
        sampler: of the picture.
        config: of the folder; the files that are in it are described.
        folder: the exported folder.
        title: heading.
        license: of the weights; None is unknown.
        address: that the folder is pushed to.
    """
    trained = sampler.trained
    scores, remark = _scores(sampler, config)
    recipe = write_recipe(trained.run, folder)
    picture = _write_picture(sampler, folder)
    text = _template().render(
        config=config,
        title=title,
        license=license or "unknown",
        parameters=sum(parameter.numel() for parameter in trained.generator.parameters()),
        network=config["generator"]["_target_"],
        picture=picture,
        seed=sampler.seed,
        files={path.name for path in folder.iterdir()} - ({PROGRAM, PACKAGE} if address else set()),  # not pushed
        source=str(address or "FOLDER"),
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
        names = names_of_cycle(sampler.trained.class_names, sampler.classes) if sampler.label is None else None
        plot = sample_plot_for(sampler.shape, columns=columns, bands=sampler.trained.bands, class_names=names)
    except UsageError:  # samples of a shape that has no plot
        return False
    samples = sampler(sampler.latents(range(plot.num_samples)))
    save_png(plot.sheet(samples, sampler.trained.step), folder / PICTURE)
    return True


def _scores(sampler: Sampler, config: FolderConfig) -> tuple[list[Score], str]:
    """The run's scores of these weights, and a remark where there are none."""
    trained = sampler.trained
    file = trained.run / report.NAME
    if not file.is_file():
        return [], "This generator has not been scored (`python -m gan_lightning.evaluate run=...`)."
    if trained.checkpoint.name != WEIGHTS and file.stat().st_mtime < trained.checkpoint.stat().st_mtime:
        return [], "The run's scores are of an earlier checkpoint (`python -m gan_lightning.evaluate run=...`)."
    try:
        found = report.read(file)
    except UsageError as damage:
        return [], f"The run's scores can't be read: {damage}"
    averaged = config["weights"] == "averaged weights"
    own = []
    for score in found:
        made = score.provenance
        if isinstance(made, Provenance) and (made.ema, made.standing) == (averaged, config["standing"]):
            own.append(score)
    return own, "" if own else "The run's scores are of other weights or statistics."


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("card.md")
