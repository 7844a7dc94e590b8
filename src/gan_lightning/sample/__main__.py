"""`python -m gan_lightning.sample`: outputs of a trained generator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from gan_lightning.config.command import command, with_checked_keys
from gan_lightning.config.part import OutputPart
from gan_lightning.core import console
from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.validation import BatchSize, Index, NumPasses, Positive
from gan_lightning.version import __version__


def sample(
    *,
    run: str | None = None,
    checkpoint: str | None = None,
    out: str | None = None,
    seed: Index = 0,
    ema: bool = True,
    device: str = "cpu",
    batch: BatchSize = 64,
    label: Index | float | str | Sequence[float] | None = None,
    truncation: Positive | None = None,
    standing: NumPasses = 0,
    output: dict[str, OutputPart | None] | None = None,
) -> Path:
    """Makes samples of a trained generator; the parameters are the config's top-level keys.

    Args:
        run: a run directory, for its last checkpoint; an exported folder, `zoo:NAME` or `hf://OWNER/NAME`; or …
        checkpoint: … one checkpoint file of a run; with a run also best or previous.
        out: output folder; None is `samples_STEP` in the run directory.
        seed: of the latents.
        ema: use the averaged weights.
        device: of the generator.
        batch: samples in a forward pass.
        label: class of all samples, by number or name; or numbers, for all samples, or an .npy file of them, a row for
            each; None cycles through the classes, or through the labels of held-out samples.
        truncation: threshold of the truncation trick; None is no truncation.
        standing: forward passes for standing statistics of batch norm; 0 keeps those of training.
        output: outputs by name; see `sample/output/base.py`.

    Returns:
        The output folder.

    Raises:
        UsageError: for input that can't work, in one line, before anything is written.
    """
    from gan_lightning.config.validate import instantiate
    from gan_lightning.core.machine_errors import explain_machine_errors
    from gan_lightning.plot.sample_plot import class_columns, names_of_cycle, sample_plot_for
    from gan_lightning.sample.given_label import file_name_of, given_label
    from gan_lightning.sample.manifest import check_and_write_manifest
    from gan_lightning.sample.sampler import Sampler
    from gan_lightning.trained.direction import both_ways
    from gan_lightning.trained.source import load_typed

    if not output:
        raise UsageError("there is nothing to make: choose something, such as output=grid")
    with explain_machine_errors():
        model = load_typed(run, checkpoint, averaged=ema, device=device)
        labels = given_label(label, model)
        sampler = Sampler(model, seed=seed, batch=batch, label=labels, truncation=truncation, standing=standing)
        columns = class_columns(sampler.classes) if label is None else None
        names = names_of_cycle(model.class_names, sampler.classes) if label is None else None
        translates = len(sampler.label_shape) == 3
        if translates and (others := sorted({n for n, node in output.items() if node} - {"grid", "images"})):
            raise UsageError(
                f"output={others[0]} changes latents, and this generator translates images, whatever the latent: use "
                "output=grid, or python -m gan_lightning.translate"
            )
        plot = sample_plot_for(
            sampler.shape,
            columns=columns,
            bands=model.bands,
            class_names=names,
            real=sampler.real.rows if translates else None,
            inputs=sampler.real.labels if translates else None,
            translate=both_ways(model),
        )
        outputs = {name: instantiate(node) for name, node in output.items() if node is not None}
        for one in outputs.values():
            one.check(sampler)
        kind = "averaged weights" if ema else "raw weights"
        variant = (
            "" if ema else "_raw",
            f"_seed{seed}" if seed else "",
            "" if label is None or labels is None else f"_label{file_name_of(label, labels)}",
            "" if truncation is None else f"_truncation{truncation:g}",
            f"_standing{standing}" if standing else "",
        )
        folder = given_path(out, "out") if out else model.folder(f"samples_{model.step}{''.join(variant)}")
        origin = {"checkpoint": str(model.checkpoint.absolute()), "sha256": model.sha256, "step": model.step}
        asked = labels if isinstance(labels, int) else label
        options = {
            "seed": seed,
            "label": asked,
            "truncation": truncation,
            "standing": standing or None,
        }
        check_and_write_manifest(folder, {**origin, "weights": kind, **options, "gan_lightning": __version__})
        console.print_rank_zero(f"{model.name}, step {model.step:,}, {kind}, seed {seed}")
        for name, one in outputs.items():
            paths = one.make(sampler, plot, folder)
            console.print_rank_zero(f"{name:<14} {', '.join(relative_to_cwd(path) for path in paths)}")
    return folder


def preprocess(arguments: list[str]) -> list[str]:
    """The command line for Hydra: `output=a,b` as a list."""
    return [re.sub(r"^output=(?!\[)(.*,.*)$", r"output=[\1]", argument) for argument in arguments]


main = command(
    "sample",
    with_checked_keys(sample),
    preprocess=preprocess,
    interrupted="stopped; what is written is whole, and the same command goes on",
)

if __name__ == "__main__":
    main()
