"""A run within a notebook or a script: overrides go in, the trained players and what was seen of them come out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hydra import compose, initialize_config_dir
from PIL import Image

from gan_lightning.callback.samples import step_of
from gan_lightning.config.validate import CONFIG_DIR, explain_hydra_error, resolve_and_validate
from gan_lightning.core import console
from gan_lightning.logger.csv import read
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.train import run_training as play_config
from gan_lightning.train import train

# What a run leaves on terminals and on disk.
SILENT = ("progress", "summary", "curves", "proxy", "checkpoint", "doctor")


@dataclass(frozen=True)
class FinishedRun:
    """What came of a run.

    Attributes:
        objective: the family with its players, trained: `sample`, `latent` and `score` are what one asks it for.
        rows: of `metrics.csv`, each with its `step`.
        pictures: those that `callback.samples` drew, by step.
    """

    module: AdversarialModule
    rows: list[dict[str, float]]
    pictures: dict[int, Image.Image]


def play(*overrides: str) -> FinishedRun:
    """Plays what `python -m gan_lightning.train` plays with these overrides, in this process and without a word.

    Figures, scores and pictures are kept in memory. Checkpoints, logs and a run directory are what the command is for.

    Args:
        overrides: as they are typed after the command, such as "experiment=ring8" and "trainer.max_steps=500".

    Raises:
        UsageError: for what the command refuses.
    """
    console.silence_libraries()
    with TemporaryDirectory() as folder:
        given, run = ["logger=none", *overrides], Path(folder, "run")
        try:
            with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
                config = compose("train", given)
        except Exception as error:
            raise explain_hydra_error(error, given) from None
        config.run_dir = str(run)
        trainer = play_config(resolve_and_validate(config, train), exclude=SILENT)
        return FinishedRun(trainer.lightning_module, read(run / "metrics.csv"), _pictures(run))


def _pictures(run: Path) -> dict[int, Image.Image]:
    found = sorted(run.glob("samples/step_*.png"))
    return {step_of(path): Image.open(path).convert("RGB") for path in found}
