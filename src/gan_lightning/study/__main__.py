"""`python -m gan_lightning.study`: runs a classic experiment and writes its table and figure."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from gan_lightning.config.command import command
from gan_lightning.config.part import StudyPart
from gan_lightning.config.validate import resolve_and_validate
from gan_lightning.core import console
from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.errors import UsageError
from gan_lightning.core.paths import make_dir, relative_to_cwd
from gan_lightning.core.validation import Index, MediumCount
from gan_lightning.run.directory import CONFIG
from gan_lightning.run.remove_empty import remove_if_empty
from gan_lightning.study.catalog import catalog, listing


def study(
    *,
    study: StudyPart,
    run_dir: str,
    size: Literal["quick", "full"] = "full",
    seeds: MediumCount = 10,
    seed: Index = 0,
    version: str | None = None,
) -> Path:
    """Runs an experiment and writes its table and figure; the parameters are the config's top-level keys.

    Args:
        study: config of the experiment; see `study/tool/base.py`.
        run_dir: where all files are written, after the experiment.
        size: selects the values that the experiment's config gives for each size.
        seeds: number of repetitions of an experiment with random numbers.
        seed: of the first repetition.
        version: of gan_lightning, when the config was composed.

    Returns:
        The run directory.

    Raises:
        UsageError: invalid input, in one line, before anything is written.
    """
    from gan_lightning.config.validate import instantiate
    from gan_lightning.core.machine_errors import explain_machine_errors
    from gan_lightning.study.tool.report import show, write

    config, folder, start = dict(locals()), Path(run_dir), time.monotonic()
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            f"{relative_to_cwd(folder)} is not empty: choose another directory (hydra.run.dir=...), or remove it"
        )
    with explain_machine_errors():
        findings = instantiate(study).run()
        name = study["_target_"].split(".")[-2]
        make_dir(folder, "hydra.run.dir")
        write_text(folder / CONFIG, OmegaConf.to_yaml({key: config[key] for key in _KEYS}))
        files = write(folder, name, findings)
    show(f"{name}: {catalog().get(name, '')}", findings)
    console.print_rank_zero(f"{', '.join(map(relative_to_cwd, files))}; {time.monotonic() - start:,.0f} s")
    return folder


_KEYS = ("study", "size", "seeds", "seed", "run_dir", "version")


def _run(config: DictConfig) -> None:
    try:
        if config.study is None:
            print(listing())
            return
        checked = resolve_and_validate(config, study)
        console.silence_libraries()
        study(**checked)
    finally:
        remove_if_empty(HydraConfig.get().runtime.output_dir)


main = command("study", _run, interrupted="stopped; nothing is written")

if __name__ == "__main__":
    main()
