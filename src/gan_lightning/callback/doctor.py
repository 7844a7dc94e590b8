"""Doctor: detects known failures during training and advises overrides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer

from gan_lightning import diagnostic
from gan_lightning.callback.after_step import AfterStep
from gan_lightning.callback.doctor_findings import FILE, Finding, Streak, describe, state_like, write
from gan_lightning.callback.doctor_probe import probe
from gan_lightning.callback.due import as_adversarial, is_reading_step
from gan_lightning.callback.log_media import log_alert, log_table
from gan_lightning.callback.score import Scoring
from gan_lightning.callback.throughput import TimedCallback
from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.structure import difference
from gan_lightning.core.validation import Count, MediumCount, validate_arguments
from gan_lightning.data.gaussian_mixture import Mixture
from gan_lightning.diagnostic.base import Diagnostic, Observation, OptimizerRate
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.run.last_checkpoint import last_checkpoint

_KEY = "doctor"  # in checkpoints


class Doctor(TimedCallback, AfterStep):
    """Reports failures of training: the evidence, since which step, and overrides that help.

    A symptom in `patience` observations in a row becomes a finding: one line on the terminal, a row of `doctor.csv` and
    of the summary. The finding ends after as many observations without it. Diagnostics examine the step's metrics, the
    scores, and outputs of both networks on a few held-out samples (`doctor_probe.probe`): the run is bit for bit the
    same without the doctor, and steps between two observations cost nothing. Observing is collective; rank 0 examines.
    Findings and streaks are saved in checkpoints.

    Args:
        diagnostics: by any names; None values are left out. None: all of this package.
        every: steps between two observations; None: the logging steps (`trainer.log_every_n_steps`).
        patience: observations in a row.
        samples: number of held-out samples that the networks are evaluated on.
        stop: end the run at a finding of a diagnostic that is `fatal`.

    Attributes:
        findings: by the diagnostic's name among `diagnostics`, in order of appearance.
        observations: number of observations so far.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        diagnostics: Mapping[str, Diagnostic | None] | None = None,
        every: Count | None = None,
        patience: Count = 3,
        samples: MediumCount = 64,
        stop: bool = False,
    ) -> None:
        chosen = {name: kind() for name, kind in defaults().items()} if diagnostics is None else diagnostics
        self.diagnostics = {name: one for name, one in chosen.items() if one is not None}
        self.every, self.patience, self.samples, self.stop = every, patience, samples, stop
        self.findings: dict[str, Finding] = {}
        self.observations = 0
        self._streaks: dict[str, Streak] = {}

    # ---- Lightning ------------------------------------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Rewrites `doctor.csv` as of the step that a run resumes from."""
        if trainer.is_global_zero:
            self._write(trainer)

    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Observes at the steps that are due.

        Raises:
            UsageError: a finding ends the run (`stop`).
        """
        if not (is_reading_step(trainer) if self.every is None else trainer.global_step % self.every == 0):
            return
        with self.excluded_from_throughput():
            observation = self._observe(trainer, module)
            if observation is not None:
                self._examine(trainer, observation)
            if self.stop:
                self._stop_if_fatal(trainer)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Logs the findings to the loggers that take tables."""
        if self.findings and trainer.is_global_zero:
            log_table(trainer, "doctor", [asdict(finding) for finding in self.findings.values()])

    def on_save_checkpoint(self, trainer: Trainer, module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Saves findings, streaks and the diagnostics' memory."""
        checkpoint[_KEY] = {
            "observations": self.observations,
            "findings": {name: asdict(finding) for name, finding in self.findings.items()},
            "streaks": {name: asdict(streak) for name, streak in self._streaks.items()},
            "memory": {name: list(one.memory) for name, one in self.diagnostics.items()},
        }

    def on_load_checkpoint(self, trainer: Trainer, module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Restores them; the diagnostics may have changed.

        Raises:
            UsageError: they are not what this callback saves.
        """
        state = checkpoint.get(_KEY)
        if state is None:
            return
        if wrong := difference(state_like(state), state, _KEY):
            raise UsageError(f"the checkpoint is not one of this program: {wrong}")
        self.observations = state["observations"]
        self.findings = {name: Finding(**finding) for name, finding in state["findings"].items()}
        self._streaks = {name: Streak(**streak) for name, streak in state["streaks"].items()}
        for name, memory in state["memory"].items():
            if name in self.diagnostics:
                self.diagnostics[name].memory = list(memory)

    # ---- an observation -------------------------------------------------------------------------------------------

    def _observe(self, trainer: Trainer, module: LightningModule) -> Observation | None:
        """The observation after this step, on rank 0; collective. None if no scores were recorded."""
        gan, group = as_adversarial(module), ProcessGroup.current()
        metrics, tensors = gan.step_metrics(), gan.metrics.tensors
        if not {"real_score", "fake_score"} <= tensors.keys():
            return None
        real, fake = (
            group.gather_rows(torch.cat([s.flatten() for s in tensors[f"{name}_score"]])) for name in ("real", "fake")
        )
        if not trainer.is_global_zero:
            return None
        train = getattr(getattr(trainer, "datamodule", None), "train", None)
        return Observation(
            step=trainer.global_step,
            module=gan,
            metrics=metrics,
            real_score=real,
            fake_score=fake,
            rates=rates(trainer, gan),
            probe=probe(trainer, module, self.samples),
            scores=scores(trainer),
            modes=len(train.modes) if isinstance(train, Mixture) else None,
        )

    def _examine(self, trainer: Trainer, observation: Observation) -> None:
        self.observations += 1
        before = str(self.findings)
        for name, diagnose in self.diagnostics.items():
            if (symptom := diagnose(observation)) is None:
                continue
            streak = self._streaks.setdefault(name, Streak())
            streak.add(symptom.wrong, observation.step)
            finding, persists = self.findings.get(name), streak.length >= self.patience
            if finding is None and symptom.wrong and persists:
                finding = Finding(diagnose.name, streak.since, None, symptom.evidence, symptom.advice)
                self.findings[name] = finding
                line = describe(observation.step, finding)
                print_rank_zero(line, highlight=finding.name)
                log_alert(trainer, finding.name, line)
            if finding is not None and persists:
                finding.until = None if symptom.wrong else streak.since
            if finding is not None and symptom.wrong:
                finding.evidence, finding.advice = symptom.evidence, symptom.advice
        if str(self.findings) != before:
            self._write(trainer)

    def _stop_if_fatal(self, trainer: Trainer) -> None:
        known = [(self.diagnostics[name], f) for name, f in self.findings.items() if name in self.diagnostics]
        fatal = [f for diagnostic, f in known if f.until is None and diagnostic.fatal]
        line = describe(trainer.global_step, fatal[0]) if fatal else None
        if line := ProcessGroup.current().broadcast_object(line):
            last = last_checkpoint(trainer)
            raise UsageError(
                f"{line}; {last.description if last else 'there is no checkpoint'} (callback.doctor.stop=true)"
            )

    def _write(self, trainer: Trainer) -> None:
        write(Path(trainer.default_root_dir) / FILE, list(self.findings.values()))


def defaults() -> dict[str, type[Diagnostic]]:
    """All diagnostics of this package, by the names of their files."""
    kinds = (getattr(diagnostic, name) for name in diagnostic.__all__ if name != "Diagnostic")
    return {kind.__module__.rpartition(".")[2]: kind for kind in kinds}


def rates(trainer: Trainer, module: AdversarialModule) -> dict[str, OptimizerRate]:
    """Optimizer settings of "critic" and "generator", as configured."""
    groups = (optimizer.param_groups[0] for optimizer in trainer.optimizers)
    return {
        name: OptimizerRate(float(group.get("initial_lr", group["lr"])), float(group.get("eps", 0.0)))
        for name, group in zip(("critic", "generator"), groups, strict=True)
    }


def scores(trainer: Trainer) -> dict[str, float]:
    """Scores of this step by name; empty if it was not scored."""
    scoring = next(iter(callbacks_of(trainer, Scoring)), None)
    fresh = scoring is not None and scoring.last_step == trainer.global_step
    return {one.name: one.value for one in scoring.last} if scoring and fresh else {}
