"""What goes wrong in a game, named while it is played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer

from gan_lightning import diagnostic
from gan_lightning.callback.after_step import AfterStep
from gan_lightning.callback.doctor_findings import FILE, Finding, Streak, describe, write
from gan_lightning.callback.doctor_probe import probe
from gan_lightning.callback.due import as_adversarial, is_logging_step
from gan_lightning.callback.log_media import log_table
from gan_lightning.callback.score import Scoring
from gan_lightning.callback.throughput import TimedCallback
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.gaussian_mixture import Mixture
from gan_lightning.diagnostic.base import Diagnostic, Observation, OptimizerRate
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.run.last_checkpoint import last_checkpoint

_KEY = "doctor"  # in checkpoints


class Doctor(TimedCallback, AfterStep):
    """Names pathologies, with the numbers that show them, since when, and the overrides that help.

    What holds for `patience` looks in a row is told once, in one line, and stands in `doctor.csv` and in the summary.
    When that many looks don't see it, it is gone. Rules look at what is recorded anyway, at the scores, and at the
    players on a few held-out samples (`probe.probe`): the run is bit for bit the same without, and no step between two
    looks waits. All processes look at once, the first one examines. Checkpoints hold what the doctor knows.

    Args:
        rules: by any names; one that is None is left out. None: all of this package.
        every: steps between two looks; None: at the steps whose figures are read (`trainer.log_every_n_steps`).
        patience: looks in a row.
        samples: that the players are tried on.
        stop: end the run at a finding that it can't be expected to recover from (`fatal` rules).

    Attributes:
        findings: by the rule's name among `rules`, in the order in which they were found.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        diagnostics: Mapping[str, Diagnostic | None] | None = None,
        every: Count | None = None,
        patience: Count = 3,
        samples: Count = 64,
        stop: bool = False,
    ) -> None:
        chosen = {name: rule() for name, rule in defaults().items()} if diagnostics is None else diagnostics
        self.diagnostics = {name: rule for name, rule in chosen.items() if rule is not None}
        self.every, self.patience, self.samples, self.stop = every, patience, samples, stop
        self.findings: dict[str, Finding] = {}
        self.looks = 0
        self._courses: dict[str, Streak] = {}

    # ---- Lightning ------------------------------------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """What was found after the step that a run goes on from is found again."""
        if trainer.is_global_zero:
            self._write(trainer)

    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Looks where it is time.

        Raises:
            UsageError: a finding ends the run (`stop`).
        """
        if not (is_logging_step(trainer) if self.every is None else trainer.global_step % self.every == 0):
            return
        with self.excluded_from_throughput():
            look = self._observe(trainer, module)
            if look is not None:
                self._examine(trainer, look)
            if self.stop:
                self._end(trainer)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Gives the findings to the loggers that take tables."""
        if self.findings and trainer.is_global_zero:
            log_table(trainer, "doctor", [asdict(finding) for finding in self.findings.values()])

    def on_save_checkpoint(self, trainer: Trainer, module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Adds what the doctor knows."""
        checkpoint[_KEY] = {
            "looks": self.looks,
            "findings": {name: asdict(finding) for name, finding in self.findings.items()},
            "courses": {name: asdict(course) for name, course in self._courses.items()},
            "memory": {name: list(rule.memory) for name, rule in self.diagnostics.items()},
        }

    def on_load_checkpoint(self, trainer: Trainer, module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Takes it up; rules may be others now."""
        known = checkpoint.get(_KEY, {})
        self.looks = known.get("looks", 0)
        self.findings = {name: Finding(**finding) for name, finding in known.get("findings", {}).items()}
        self._courses = {name: Streak(**course) for name, course in known.get("courses", {}).items()}
        for name, memory in known.get("memory", {}).items():
            if name in self.diagnostics:
                self.diagnostics[name].memory = list(memory)

    # ---- a look ---------------------------------------------------------------------------------------------------

    def _observe(self, trainer: Trainer, module: LightningModule) -> Observation | None:
        """What there is to see, on the first process; all of them must look at once."""
        played = as_adversarial(module)
        figures, seen, group = (
            as_adversarial(module).step_metrics(),
            as_adversarial(module).metrics.tensors,
            ProcessGroup.current(),
        )
        if not {"real_score", "fake_score"} <= seen.keys():
            return None
        real, fake = (
            group.gather_rows(torch.cat([s.flatten() for s in seen[f"{name}_score"]])) for name in ("real", "fake")
        )
        if not trainer.is_global_zero:
            return None
        train = getattr(getattr(trainer, "datamodule", None), "train", None)
        return Observation(
            step=trainer.global_step,
            module=played,
            figures=figures,
            real_score=real,
            fake_score=fake,
            rates=rates(trainer, played),
            probe=probe(trainer, module, self.samples),
            scores=scores(trainer),
            modes=len(train.modes) if isinstance(train, Mixture) else None,
        )

    def _examine(self, trainer: Trainer, look: Observation) -> None:
        self.looks += 1
        before = str(self.findings)
        for name, rule in self.diagnostics.items():
            if (sign := rule(look)) is None:
                continue
            course = self._courses.setdefault(name, Streak())
            course.see(sign.wrong, look.step)
            found, held = self.findings.get(name), course.looks >= self.patience
            if found is None and sign.wrong and held:
                found = self.findings[name] = Finding(rule.name, course.since, None, sign.evidence, sign.advice)
                print_rank_zero(describe(look.step, found), mark=found.name)
            if found is not None and held:
                found.until = None if sign.wrong else course.since
            if found is not None and sign.wrong:
                found.evidence, found.advice = sign.evidence, sign.advice
        if str(self.findings) != before:
            self._write(trainer)

    def _end(self, trainer: Trainer) -> None:
        fatal = [f for name, f in self.findings.items() if f.until is None and self.diagnostics[name].fatal]
        line = describe(trainer.global_step, fatal[0]) if fatal else None
        if line := ProcessGroup.current().broadcast_object(line):
            keeper = last_checkpoint(trainer)
            raise UsageError(
                f"{line}; {keeper.description if keeper else 'there is no checkpoint'} (callback.doctor.stop=true)"
            )

    def _write(self, trainer: Trainer) -> None:
        write(Path(trainer.default_root_dir) / FILE, list(self.findings.values()))


def defaults() -> dict[str, type[Diagnostic]]:
    """All rules of this package, by the names of their files."""
    found = (getattr(diagnostic, name) for name in diagnostic.__all__ if name != "Diagnostic")
    return {rule.__module__.rpartition(".")[2]: rule for rule in found}


def rates(trainer: Trainer, module: AdversarialModule) -> dict[str, OptimizerRate]:
    """Each player's, as configured."""
    groups = (optimizer.param_groups[0] for optimizer in trainer.optimizers)
    return {
        player: OptimizerRate(float(group.get("initial_lr", group["lr"])), float(group.get("eps", 0.0)))
        for player, group in zip(("critic", "generator"), groups, strict=True)
    }


def scores(trainer: Trainer) -> dict[str, float]:
    """Of this step, by name; none where it was not scored."""
    callbacks = trainer.callbacks  # type: ignore[attr-defined]
    score = next((callback for callback in callbacks if isinstance(callback, Scoring)), None)
    fresh = score is not None and score.last_step == trainer.global_step
    return {one.name: one.value for one in score.last} if score and fresh else {}
