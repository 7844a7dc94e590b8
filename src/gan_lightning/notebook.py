"""Training runs inside a notebook or a script: overrides in, the trained networks and their metrics out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from PIL import Image

from gan_lightning.callback.samples import step_of
from gan_lightning.config.compose import compose_config
from gan_lightning.config.drawn_seed import draw_missing_seed
from gan_lightning.config.path_keys import quote
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import resolve_and_validate
from gan_lightning.core import console
from gan_lightning.logger.csv import read
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.train import train

# Callbacks that write to the terminal or to disk.
SILENT = ("progress", "summary", "curves", "loss_vs_score", "checkpoint", "doctor")


@dataclass(frozen=True)
class FinishedRun:
    """A finished training run.

    Attributes:
        module: the trained objective; see its `sample`, `latent` and `score`.
        rows: of `metrics.csv`, each with its `step`.
        pictures: those of `callback.samples`, by step.
    """

    module: AdversarialModule
    rows: list[dict[str, float]]
    pictures: dict[int, Image.Image]


def play(*overrides: str) -> FinishedRun:
    """Trains as `python -m gan_lightning.train` does with these overrides, in this process and silently.

    Metrics, scores and pictures are kept in memory. For checkpoints, logs and a run directory, use the command.

    Args:
        overrides: as typed after the command, such as "experiment=ring8" and "trainer.max_steps=500".

    Raises:
        UsageError: where the command would end with an error.
    """
    console.silence_libraries()
    with TemporaryDirectory() as folder:
        run = Path(folder, "run")
        config = compose_config("train", ["logger=none", f"run_dir={quote(run)}", *overrides])
        draw_missing_seed(config)
        trainer = train(TrainConfig(**resolve_and_validate(config, TrainConfig)), exclude=SILENT)
        module = cast(AdversarialModule, trainer.lightning_module)
        return FinishedRun(module, read(run / "metrics.csv"), _pictures(run))


def _pictures(run: Path) -> dict[int, Image.Image]:
    found = sorted(run.glob("samples/step_*.png"))
    return {step_of(path): Image.open(path).convert("RGB") for path in found}
