"""How good the generator is, while it learns."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from gan_lightning.callback.after_step import AfterStep
from gan_lightning.callback.due import MetricReader, as_adversarial
from gan_lightning.callback.throughput import TimedCallback
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.format import format_number
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.metric.base import Metric, Score
from gan_lightning.metric.evaluator import Evaluator
from gan_lightning.nn.labels import num_classes_of

_KEY = "score"  # in checkpoints


class Scoring(TimedCallback, AfterStep, MetricReader):
    """Scores the averaged generator on the same latents every time, in the rows of `metrics.csv`.

    Nothing of the run's is drawn or changed: it is bit for bit the same without scores. `<divergence>_mean` stands
    beside them: the loss's estimate averaged over the steps since the last full interval. The estimate of one step is
    that of one batch, and swings by more than it changes in thousands of steps.

    The checkpoint with the best score is kept as `checkpoints/best.ckpt`. When nearly all samples are the same twice
    in a row, one line says so.

    Args:
        metric: what to score by; None scores nothing.
        every: steps between two scorings; there is one after the last step, too.
        best: name of the score that `best.ckpt` goes by; None: the metric's first.
        mode: whether its least or its largest value is best; None: as that score has it.
        keep: whether there is a `best.ckpt`.
        full: also the scores that are slow with many reals, as in `python -m gan_lightning.evaluate`.
        cache: folder for what was seen of the reals; None: the user's cache folder.
    """

    _judge: Evaluator | None = None

    @validate_arguments
    def __init__(
        self,
        *,
        metric: Metric | None = None,
        every: Count = 250,
        best: str | None = None,
        mode: Literal["min", "max"] | None = None,
        keep: bool = True,
        full: bool = False,
        cache: str | None = None,
    ) -> None:
        self.metric, self.every, self.best, self.mode, self.keep = metric, every, best, mode, keep
        self.full, self.cache = full, cache
        self.last: list[Score] = []
        self.last_step = -1  # at which they were found
        self.record: tuple[str, float, int] | None = None  # name, value and step of the best
        self._collapsed, self._scored = 0, -1  # scorings in a row that found a collapse; the last scored step
        self._estimates: Tensor | None = None  # their sum and number since the last full interval

    # ---- Lightning ------------------------------------------------------------------------------------------------

    def setup(self, trainer: Trainer, module: LightningModule, stage: str) -> None:
        """Looks whether the metric is for the data.

        Raises:
            UsageError: it is not.
        """
        data = getattr(trainer, "datamodule", None)
        if self.metric is None:
            return
        if not self.metric or not isinstance(data, AdversarialDataModule):
            print_rank_zero(
                "no score: nothing suits these data by itself; metric=efficientnet_lite0 or inception scores images"
            )
            self.metric = None
            return
        self.metric.check(data)

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Looks at the reals, or at what is kept of them."""
        if self.metric is None:
            return
        with self.excluded_from_throughput():
            data: AdversarialDataModule = trainer.datamodule  # type: ignore[attr-defined]
            cache = None if self.cache is None else Path(self.cache).expanduser()
            metric = self.metric.to(module.device)
            self._judge = Evaluator(
                metric,
                data,
                n_fake=metric.n_fake_training,
                full=self.full,
                seed=int(getattr(module, "seed", 0)),
                conditional=bool(num_classes_of(as_adversarial(module).generator)),
                cache=cache,
            )
            self._latents = as_adversarial(module).latent(metric.n_fake_training, "score")
            self._path = Path(trainer.default_root_dir).resolve() / "checkpoints" / "best.ckpt"
            self._scored = trainer.global_step
            self._refuse_other_best(self._judge.group.broadcast_object(list(self._judge.real_vs_real)))
            if not self._judge.group.broadcast_object(self._path.is_file()):  # a new run with another's weights
                self.record = None

    def wants_metrics(self, trainer: Trainer) -> bool:
        """See `MetricReader.wants_metrics`."""
        return self._judge is not None and trainer.global_step % self.every == 0

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keeps the step's estimate."""
        if self._judge is not None and "real_score" in (seen := as_adversarial(module).metrics.tensors):
            real, fake = torch.cat(seen["real_score"]), torch.cat(seen["fake_score"])
            value = as_adversarial(module).loss.divergence(real, fake)
            finite = value.isfinite()  # a step whose step was left out counts for nothing
            new = torch.stack([value.where(finite, torch.zeros_like(value)), finite.to(value.dtype)])
            self._estimates = new if self._estimates is None else self._estimates.to(new) + new
        super().on_train_batch_end(trainer, module, outputs, batch, batch_idx)

    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Scores where it is time."""
        if self.wants_metrics(trainer) or trainer.global_step == trainer.max_steps:
            self._score(trainer, module)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Scores the last step of a training that stopped early."""
        self._score(trainer, module)

    def on_save_checkpoint(self, trainer: Trainer, module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Adds what a resumed run has to know."""
        checkpoint[_KEY] = {
            "record": self.record,
            "collapsed": self._collapsed,
            "estimates": None if self._estimates is None else self._estimates.cpu(),
        }

    def on_load_checkpoint(self, trainer: Trainer, module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Takes it up."""
        known = checkpoint.get(_KEY, {})
        self.record, self._collapsed = known.get("record"), known.get("collapsed", 0)
        self._estimates = known.get("estimates")

    # ---- a scoring ------------------------------------------------------------------------------------------------

    def _score(self, trainer: Trainer, module: LightningModule) -> None:
        if self._judge is None or self._scored == trainer.global_step:
            return
        with self.excluded_from_throughput():
            self._scored = trainer.global_step
            self._judge.group.broadcast_tensors(
                as_adversarial(module).ema.buffers()
            )  # batch norm's on a CPU differ from process to process
            scores, broken, collapse = self._judge(
                as_adversarial(module).sample, lambda numbers: self._latents[numbers]
            )
            figures = {score.name: score.value for score in scores} | self._estimate(trainer, module)
            for logger in trainer.loggers if figures else ():
                logger.log_metrics(figures, step=trainer.global_step)
            if broken:
                print_rank_zero(
                    f"step {trainer.global_step:,}: no score, {broken} of {self._judge.n_fake} samples hold NaN or "
                    "infinity"
                )
                return
            self.last, self.last_step = scores, trainer.global_step
            self._report_collapse(trainer.global_step, collapse)
            self._keep_best(trainer)

    def _estimate(self, trainer: Trainer, module: LightningModule) -> dict[str, float]:
        if self._estimates is None:
            return {}
        total, steps = trainer.strategy.reduce(self._estimates.to(module.device), reduce_op="mean").tolist()
        if self.wants_metrics(trainer):  # a run that goes on beyond its end has the means of one that never ended
            self._estimates = None
        return {f"{as_adversarial(module).loss.divergence_name}_mean": total / steps} if steps else {}

    def _report_collapse(self, step: int, collapse: str | None) -> None:
        self._collapsed = self._collapsed + 1 if collapse else 0
        if self._collapsed == 2:  # once for each collapse
            print_rank_zero(f"step {step:,}: the generator has collapsed: {collapse}, as {self.every} steps before")

    def _keep_best(self, trainer: Trainer) -> None:
        self._refuse_other_best([score.name for score in self.last])
        chosen = next(score for score in self.last if score.name == (self.best or self.last[0].name))
        lower = chosen.better == "lower" if self.mode is None else self.mode == "min"
        before = self.record[1] if self.record and self.record[0] == chosen.name else math.inf if lower else -math.inf
        if (chosen.value < before) if lower else (chosen.value > before):
            self.record = chosen.name, chosen.value, trainer.global_step
            if self.keep:
                trainer.save_checkpoint(self._path)

    def _refuse_other_best(self, names: list[str]) -> None:
        if self.best is not None and names and self.best not in names:
            raise UsageError(
                f"callback.score.best={self.best} is not a score of this metric: {did_you_mean(self.best, names)}"
            )

    def describe(self) -> str:
        """The last score, the best and the floor, in words; empty where there is no score."""
        if self._judge is None or not self.last:
            return ""
        name = self.record[0] if self.record else self.last[0].name
        said = [f"{name} {format_number(next(score.value for score in self.last if score.name == name))}"]
        if self.record:
            said.append(f"best {format_number(self.record[1])} after step {self.record[2]:,}")
        if name in self._judge.real_vs_real:
            said.append(f"real samples {format_number(self._judge.real_vs_real[name])}")
        return ", ".join(said)
