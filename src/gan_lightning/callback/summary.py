"""What came of a run, in a few lines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import perf_counter

from lightning.pytorch import Callback, LightningModule, Trainer
from rich.console import Console
from rich.text import Text

from gan_lightning.callback.doctor import Doctor
from gan_lightning.callback.doctor_findings import FILE
from gan_lightning.callback.due import as_adversarial, images_seen
from gan_lightning.callback.score import Scoring
from gan_lightning.callback.stop_signals import StoppedBySignal
from gan_lightning.callback.throughput import Throughput
from gan_lightning.core.console import SWEEP
from gan_lightning.core.format import format_duration, format_number
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.validation import validate_arguments
from gan_lightning.logger.csv import last

PLACES = {
    "pictures": "samples",
    "film": "samples/film.gif",
    "curves": "curves.png",
    "loss/score": "loss_vs_score.png",
    "figures": "metrics.csv",
    "findings": FILE,
    "checkpoint": "checkpoints/last.ckpt",
    "best": "checkpoints/best.ckpt",
    "W&B run": "wandb/latest-run",
}

Block = Iterable[tuple[str, str | Text]]


class Summary(Callback):
    """Prints what was done, how fast, the last figures, where the results are, and what to try next.

    It comes when training ends, after every other callback, or is broken off by a signal. Only files that are
    there are named, by a path from where the command was typed.

    Args:
        next: commands worth typing now.
    """

    _pace: Throughput | None = None

    @validate_arguments
    def __init__(self, *, next: tuple[str, ...] = ()) -> None:
        self.next = tuple(next)
        self.console = Console()

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Begins to count."""
        self._began, self._pace = perf_counter(), Throughput(trainer, module)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Stops counting."""
        if self._pace:
            self._count(trainer, module, self._pace)

    def on_fit_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Prints, now that all files are written; a run that had reached its end before has nothing to tell."""
        if self._pace:
            self._print(trainer, module, "finished")

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Prints what there is when a signal ends it; an error is the last word otherwise."""
        if isinstance(exception, KeyboardInterrupt | StoppedBySignal) and self._pace:
            self._count(trainer, module, self._pace)
            self._print(trainer, module, "stopped")

    def _count(self, trainer: Trainer, module: LightningModule, pace: Throughput) -> None:
        self._seconds, self._images = perf_counter() - self._began, images_seen(trainer, module)
        self._throughput = f"{format_number(pace.per_second())} {pace.unit}/s"

    def _print(self, trainer: Trainer, module: LightningModule, how: str) -> None:
        if not trainer.is_global_zero:
            return
        place = Path(trainer.default_root_dir)
        found = {name: relative_to_cwd(place / path) for name, path in PLACES.items() if (place / path).exists()}
        facts: Block = self._facts(trainer, module).items()
        blocks = [facts, findings(trainer), found.items()]
        self.console.print()
        self.console.rule(f"[bold]{how}", align="left", style="dim")
        for block in filter(None, blocks):
            for name, value in block:
                if value:
                    self.console.print(Text.assemble((f"{name:<12}", "dim"), value), soft_wrap=True)
            self.console.print()
        for index, command in enumerate(() if how != "finished" or SWEEP in os.environ else self.next):
            label = "" if index else "try next"
            self.console.print(Text.assemble((f"{label:<12}", "dim"), (command, "cyan")), soft_wrap=True)

    def _facts(self, trainer: Trainer, module: LightningModule) -> dict[str, str]:
        facts = {
            "steps": f"{trainer.global_step:,}",
            "images": f"{self._images:,} real ones, shown to the critic" if self._images else "",
            "time": format_duration(self._seconds),
            "throughput": self._throughput,
        }
        figures = last(trainer.default_root_dir)
        estimate = as_adversarial(module).loss.divergence_name
        losses = {"critic": "critic_loss", "generator": "generator_loss"}
        divergences = {estimate.replace("_", " "): estimate, "held-out": f"val_{estimate}"}
        facts |= {"losses": listing(figures, losses), "divergence": listing(figures, divergences)}
        facts["accuracy"] = listing(figures, {"held-out": "val_accuracy"})
        callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]
        return facts | {
            "score": next((callback.describe() for callback in callbacks if isinstance(callback, Scoring)), "")
        }


def findings(trainer: Trainer) -> Block:
    """What the doctor has to say, where there is one."""
    callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]
    doctor = next((callback for callback in callbacks if isinstance(callback, Doctor)), None)
    if doctor is None or not doctor.looks:
        return []
    lines: list[Text] = []
    for found in doctor.findings.values():
        if found.until is None:
            name, when = (found.name, "yellow"), f" since step {found.since:,}: {found.evidence}"
            lines += [Text.assemble(name, when), Text.assemble(("try ", "dim"), (found.advice, "cyan"))]
        else:
            lines.append(Text(f"{found.name} from step {found.since:,} on, gone since step {found.until:,}"))
    lines = lines or [Text(f"nothing found in {doctor.looks:,} look{'s' if doctor.looks > 1 else ''}")]
    return [("" if index else "doctor", line) for index, line in enumerate(lines)]


def listing(figures: Mapping[str, float], keys: Mapping[str, str]) -> str:
    """Those of the keys that there are figures of, as "critic -1.23, generator 0.45"."""
    return ", ".join(f"{name} {format_number(figures[key])}" for name, key in keys.items() if key in figures)
