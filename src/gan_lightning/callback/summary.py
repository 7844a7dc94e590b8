"""Summary of a run on the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

from lightning.pytorch import Callback, LightningModule, Trainer
from rich.console import Console
from rich.text import Text

from gan_lightning.callback.doctor import Doctor
from gan_lightning.callback.doctor_findings import FILE
from gan_lightning.callback.due import as_adversarial, images_seen
from gan_lightning.callback.next_commands import next_commands
from gan_lightning.callback.opening import opening
from gan_lightning.callback.score import Scoring
from gan_lightning.callback.stop_signals import StoppedBySignal
from gan_lightning.callback.throughput import Throughput
from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.console import SWEEP
from gan_lightning.core.format import format_duration, format_number
from gan_lightning.core.output import unfailing
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.validation import validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.logger.csv import last
from gan_lightning.objective.base import AdversarialModule

RESULTS = {
    "samples": "samples",
    "video": "samples/film.gif",
    "curves": "curves.png",
    "loss/score": "loss_vs_score.png",
    "metrics": "metrics.csv",
    "findings": FILE,
    "checkpoint": "checkpoints/last.ckpt",
    "best": "checkpoints/best.ckpt",
    "W&B run": "wandb/latest-run",
}

Block = Iterable[tuple[str, str | Text]]


class Summary(Callback):
    """Prints what is trained and where; at the end steps, time, last metrics, result files, and what to try next.

    The end is printed when training ends, after every other callback, or is stopped by a signal. Only files that exist
    are listed, by their path from the working directory.

    Args:
        next: commands to try next; None: those that follow from the run.
    """

    _throughput: Throughput | None = None

    @validate_arguments
    def __init__(self, *, next: tuple[str, ...] | None = None) -> None:
        self.next = None if next is None else tuple(next)
        self.console = Console(file=unfailing("stdout"))

    def announce(self, trainer: Trainer, module: AdversarialModule, data: AdversarialDataModule) -> None:
        """Prints what is about to be trained; see `opening`."""
        if trainer.is_global_zero:
            self._print_block(opening(trainer, module, data).items())

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Starts the timer."""
        self._began, self._throughput = perf_counter(), Throughput(trainer, module)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Stops the timer."""
        if self._throughput:
            self._count(trainer, module, self._throughput)

    def on_fit_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Prints the summary, after all files are written; not if training had already ended when the run resumed."""
        if self._throughput:
            self._print(trainer, module, "finished")

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Prints the summary if a signal stopped the run; after other errors, the error is the last message."""
        if isinstance(exception, KeyboardInterrupt | StoppedBySignal) and self._throughput:
            self._count(trainer, module, self._throughput)
            self._print(trainer, module, "stopped")

    def _count(self, trainer: Trainer, module: LightningModule, throughput: Throughput) -> None:
        self._seconds, self._images = perf_counter() - self._began, images_seen(trainer, module)
        self._speed = f"{format_number(throughput.per_second())} {throughput.unit}/s"

    def _print(self, trainer: Trainer, module: LightningModule, outcome: str) -> None:
        if not trainer.is_global_zero:
            return
        run = Path(trainer.default_root_dir)
        files = {name: relative_to_cwd(run / path) for name, path in RESULTS.items() if (run / path).exists()}
        facts: Block = self._facts(trainer, module).items()
        blocks = [facts, findings(trainer), files.items()]
        self.console.print()
        self.console.rule(f"[bold]{outcome}", align="left", style="dim")
        for block in filter(None, blocks):
            self._print_block(block)
        commands: Sequence[str] = ()
        if outcome == "finished" and SWEEP not in os.environ:
            scored = any(scoring.metric for scoring in callbacks_of(trainer, Scoring))
            commands = next_commands(run, scored=scored) if self.next is None else self.next
        for index, command in enumerate(commands):
            label = "" if index else "try next"
            self.console.print(Text.assemble((f"{label:<12}", "dim"), (command, "cyan")), soft_wrap=True)

    def _print_block(self, block: Block) -> None:
        for name, value in block:
            if value:
                self.console.print(Text.assemble((f"{name:<12}", "dim"), value), soft_wrap=True)
        self.console.print()

    def _facts(self, trainer: Trainer, module: LightningModule) -> dict[str, str]:
        facts = {
            "steps": f"{trainer.global_step:,}",
            "images": f"{self._images:,} (real, in all critic updates)" if self._images else "",
            "time": format_duration(self._seconds),
            "throughput": self._speed,
        }
        metrics = last(trainer.default_root_dir)
        estimate = as_adversarial(module).loss.divergence_name
        losses = {"critic": "critic_loss", "generator": "generator_loss"}
        divergences = {estimate.replace("_", " "): estimate, "held-out": f"val_{estimate}"}
        facts |= {"losses": listing(metrics, losses), "divergence": listing(metrics, divergences)}
        facts["accuracy"] = listing(metrics, {"held-out": "val_accuracy"})
        return facts | {"score": next((scoring.describe() for scoring in callbacks_of(trainer, Scoring)), "")}


def findings(trainer: Trainer) -> Block:
    """The doctor's findings, one or two lines each; empty without the doctor."""
    doctor = next(iter(callbacks_of(trainer, Doctor)), None)
    if doctor is None or not doctor.observations:
        return []
    lines: list[Text] = []
    for finding in doctor.findings.values():
        if finding.until is None:
            name, when = (finding.name, "yellow"), f" since step {finding.since:,}: {finding.evidence}"
            lines += [Text.assemble(name, when), Text.assemble(("try ", "dim"), (finding.advice, "cyan"))]
        else:
            lines.append(Text(f"{finding.name} since step {finding.since:,}, resolved at step {finding.until:,}"))
    lines = lines or [Text(f"no problems in {doctor.observations:,} check{'s' if doctor.observations > 1 else ''}")]
    return [("" if index else "doctor", line) for index, line in enumerate(lines)]


def listing(metrics: Mapping[str, float], keys: Mapping[str, str]) -> str:
    """The metrics of these keys that exist, as "critic -1.23, generator 0.45"."""
    return ", ".join(f"{name} {format_number(metrics[key])}" for name, key in keys.items() if key in metrics)
