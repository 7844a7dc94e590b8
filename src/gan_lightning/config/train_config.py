"""The config of a training run."""

from __future__ import annotations

from dataclasses import dataclass

from gan_lightning.config.part import CallbackPart, Data, LoggerPart, MetricPart, Objective, TrainerPart
from gan_lightning.config.validate import ModelConfig
from gan_lightning.core.validation import Seed


@dataclass(kw_only=True)
class TrainConfig:
    """The top-level keys of conf/train.yaml, resolved and validated.

    Attributes:
        seed: everything random in the run follows from it.
        critic_norm: for `model` to interpolate.
        run_dir: where everything is written.
        data: an `AdversarialDataModule`.
        model: the two networks.
        objective: the training algorithm, which takes the networks.
        trainer: Lightning's Trainer.
        condition: how networks are conditioned on classes, for `model` to interpolate.
        metric: the scores of generators, for `callback.score` to interpolate and for `evaluate`.
        callback: by name; null where switched off.
        logger: by name, beside metrics.csv; or a single one, as in configs of one's own.
        resume: a checkpoint to go on from; "auto" is the run directory's own, where there is one.
        start: run's directory, checkpoint, exported folder or address, whose weights a new run begins with.
        start_strict: refuse weights of other networks.
        optimized_metric: the column of metrics.csv whose last value a sweeper gets.
        version: of gan_lightning, which composed the config.
    """

    seed: Seed
    critic_norm: str
    run_dir: str
    data: Data
    model: ModelConfig
    objective: Objective
    trainer: TrainerPart
    condition: dict[str, str] | None = None
    metric: MetricPart | None = None
    callback: dict[str, CallbackPart | None] | None = None
    logger: dict[str, LoggerPart | None] | LoggerPart | None = None
    resume: str | None = None
    start: str | None = None
    start_strict: bool = False
    optimized_metric: str | None = None
    version: str | None = None
