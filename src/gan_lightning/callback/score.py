"""Scores of the averaged generator during training."""

from __future__ import annotations

from typing import Any, Literal

from lightning.pytorch import LightningModule, Trainer

from gan_lightning.callback.after_step import AfterStep
from gan_lightning.callback.best_checkpoint import BestCheckpoint
from gan_lightning.callback.due import MetricReader, as_adversarial
from gan_lightning.callback.log_media import log_table
from gan_lightning.callback.mean_estimate import MeanEstimate
from gan_lightning.callback.other_direction import OtherDirectionScorer
from gan_lightning.callback.score_state import KEY, read_state
from gan_lightning.callback.throughput import TimedCallback
from gan_lightning.callback.training_scorer import TrainingScorer
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.format import format_number
from gan_lightning.core.given_path import given_path
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.metric.base import Metric
from gan_lightning.metric.report import rows
from gan_lightning.metric.score import Score
from gan_lightning.objective.cyclegan import CycleGAN
from gan_lightning.objective.step_logging import publish


class Scoring(TimedCallback, AfterStep, MetricReader):
    """Scores the averaged generator on the same latents every time; scores are logged to `metrics.csv`.

    The run itself is bit for bit the same without scores. `<divergence>_mean` is logged beside them: the loss's
    estimate averaged over the steps since the last full interval. The estimate of one step is that of one batch, whose
    noise exceeds its change in thousands of steps.

    Scores of the independent critic can be added to those of any metric; of CycleGAN the first score of the translation
    from B to A is added.

    The checkpoint with the best score is saved as `checkpoints/best.ckpt`. A line is printed when nearly all samples
    are the same in two scorings in a row.

    Args:
        metric: the scores; None: no scoring.
        critic: a second metric, whose scores follow those of the first; None: no other.
        every: steps between two scorings; there is also one after the last step.
        best: name of the score that selects `best.ckpt`; None: the metric's first.
        mode: "min" or "max", the best value of that score; None: the score's own direction.
        keep: write `best.ckpt`.
        full: also the scores that are slow with many reals, as in `python -m gan_lightning.evaluate`.
        cache: folder for features of the reals; None: the user's cache folder.
    """

    _scorers: tuple[TrainingScorer, ...] = ()

    @validate_arguments
    def __init__(
        self,
        *,
        metric: Metric | None = None,
        critic: Metric | None = None,
        every: Count = 250,
        best: str | None = None,
        mode: Literal["min", "max"] | None = None,
        keep: bool = True,
        full: bool = False,
        cache: str | None = None,
    ) -> None:
        self.metric, self.critic = metric, critic
        self.every, self.best, self._best = every, best, BestCheckpoint(best, mode, keep=keep)
        self.full, self.cache = full, cache
        self.last: list[Score] = []
        self.later_metrics: set[str] = set()  # that it will log, for callbacks that monitor one
        self.last_step = -1  # the step of these scores
        self.first = ""  # name of the metric's first score, where it is known before the first scoring
        self._collapsed, self._scored = 0, -1  # scorings in a row with a collapse; the last scored step
        self._estimate = MeanEstimate()

    def skipped(self, data: AdversarialDataModule) -> str | None:
        """See `SampleMetric.skipped`; other metrics are never left out."""
        skipped = getattr(self.metric, "skipped", None)
        return skipped(data) if skipped else None

    # ---- Lightning ------------------------------------------------------------------------------------------------

    def setup(self, trainer: Trainer, module: LightningModule, stage: str) -> None:
        """Checks that the metric fits the data.

        Raises:
            UsageError: it does not.
        """
        data = getattr(trainer, "datamodule", None)
        if self.metric is None:
            return
        if not self.metric or not isinstance(data, AdversarialDataModule):
            print_rank_zero(
                "no scores: these data have no default metric; use metric=efficientnet_lite0 or inception for images"
            )
            self.metric = None
            return
        if few := self.skipped(data):
            print_rank_zero(f"no scores: {few}; choose a larger data.held_out")
            self.metric = None
            return
        for metric in self._metrics():
            metric.check(data)

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Prepares the evaluators: computes the features of the reals, or reads them from the cache."""
        if self.metric is None:
            return
        with self.excluded_from_throughput():
            data: AdversarialDataModule = trainer.datamodule  # type: ignore[attr-defined]
            cache = None if self.cache is None else given_path(self.cache, "callback.score.cache")
            gan = as_adversarial(module)
            self._scorers = tuple(
                TrainingScorer(metric, data, gan, full=self.full, cache=cache) for metric in self._metrics()
            )
            if isinstance(gan, CycleGAN):
                self._scorers += (OtherDirectionScorer(self.metric, data, gan, cache=cache),)
            self._scored = trainer.global_step
            known = self._group.broadcast_object(list(self._real_vs_real))
            self._best.check(known)
            self.first = known[0] if known else ""
            self.later_metrics = {*known} | {f"{as_adversarial(module).loss.divergence_name}_mean"}
            self._best.begin(trainer, self._group)

    def wants_metrics(self, trainer: Trainer) -> bool:
        """True every `every` steps."""
        return bool(self._scorers) and trainer.global_step % self.every == 0

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Adds the step's estimate to the mean."""
        if self._scorers:
            self._estimate.add(as_adversarial(module))
        super().on_train_batch_end(trainer, module, outputs, batch, batch_idx)

    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Scores every `every` steps and after the last."""
        if self.wants_metrics(trainer) or trainer.global_step == trainer.max_steps:
            self._score(trainer, module)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Scores the last step of a training that stopped early; logs a table of the last scores."""
        self._score(trainer, module)
        if self.last:
            log_table(trainer, "scores", rows(self.last, self.last_step))

    def on_save_checkpoint(self, trainer: Trainer, module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Saves the best score and the running mean."""
        checkpoint[KEY] = {
            "record": self._best.record,
            "collapsed": self._collapsed,
            "estimates": self._estimate.of_ranks(),
        }

    def on_load_checkpoint(self, trainer: Trainer, module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Restores them.

        Raises:
            UsageError: they are not what this callback saves.
        """
        state = read_state(checkpoint)
        if state is not None:
            self._best.record, self._collapsed = state["record"], state["collapsed"]
            self._estimate.restore(state["estimates"])

    # ---- a scoring ------------------------------------------------------------------------------------------------

    def _metrics(self) -> list[Metric]:
        """The metrics, each kind once."""
        critic = None if type(self.critic) is type(self.metric) else self.critic
        return [metric for metric in (self.metric, critic) if metric]

    @property
    def best_score(self) -> tuple[str, float, int] | None:
        """Name, value and step of the best score."""
        return self._best.record

    @property
    def _group(self) -> ProcessGroup:
        return self._scorers[0].evaluator.group

    @property
    def _real_vs_real(self) -> dict[str, float]:
        return {name: value for scorer in self._scorers for name, value in scorer.evaluator.real_vs_real.items()}

    def _score(self, trainer: Trainer, module: LightningModule) -> None:
        if not self._scorers or self._scored == trainer.global_step:
            return
        with self.excluded_from_throughput():
            self._scored = trainer.global_step
            evaluations = [scorer(as_adversarial(module)) for scorer in self._scorers]
            scores = [score for evaluation in evaluations for score in evaluation.scores]
            metrics = {score.name: score.value for score in scores} | self._estimate.mean(trainer)
            if self.wants_metrics(trainer):  # a run extended beyond its end has the means of one that never ended
                self._estimate.state = None
            if metrics := self._group.broadcast_object(metrics):  # ranks but the first have no scores
                publish(trainer, metrics)
            if broken := evaluations[0].nonfinite:
                print_rank_zero(
                    f"step {trainer.global_step:,}: no scores, {broken} of {self._scorers[0].evaluator.n_fake} samples "
                    "are not finite"
                )
                return
            self.last, self.last_step = scores, trainer.global_step
            self._report_collapse(trainer.global_step, evaluations[0].collapse)
            self._best.update(trainer, scores, first=self.last_step == self.every)

    def _report_collapse(self, step: int, collapse: str | None) -> None:
        self._collapsed = self._collapsed + 1 if collapse else 0
        if self._collapsed == 2:  # once per collapse
            print_rank_zero(f"step {step:,}: the generator has collapsed: {collapse}, as {self.every} steps before")

    def describe(self) -> str:
        """The last and best score and the score of real samples, as text; empty without scores."""
        if not self._scorers or not self.last:
            return ""
        best = self.best_score
        name = best[0] if best else self.last[0].name
        parts = [f"{name} {format_number(next(score.value for score in self.last if score.name == name))}"]
        if best:
            parts.append(f"best {format_number(best[1])} after step {best[2]:,}")
        if name in self._real_vs_real:
            parts.append(f"real samples {format_number(self._real_vs_real[name])}")
        return ", ".join(parts)
