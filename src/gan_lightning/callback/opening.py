"""The lines with which a run starts: where it writes, what it trains, how it is scored, how to stop and go on."""

from __future__ import annotations

from typing import Any

from lightning.pytorch import Trainer
from torch import nn

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.score import Scoring
from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.nn.labels import is_conditional, num_classes_of
from gan_lightning.objective.base import AdversarialModule


def opening(trainer: Trainer, module: AdversarialModule, data: AdversarialDataModule) -> dict[str, str]:
    """Names and texts of the lines.

    Args:
        trainer: about to train.
        module: the objective, with its networks.
        data: after `setup`.
    """
    run = relative_to_cwd(trainer.default_root_dir)
    number = f"{len(data.train):,}" if isinstance(data.train, SampleTable) else "endless"
    size = f"{'×'.join(map(str, data.shape))}{' numbers' if len(data.shape) == 1 else ''}"
    devices = f"{trainer.world_size} × " if trainer.world_size > 1 else ""
    networks = f"generator of {parameters(module.generator):,} parameters, critic of {parameters(module.critic):,}"
    kind = "class" if num_classes_of(module.generator) else "label"
    by_label = f", by {kind}" if is_conditional(module.generator) else ""
    go_on = f"with Ctrl-C, after its step; python -m gan_lightning.train run={run} goes on"
    if not any(one.weights_only is False for one in callbacks_of(trainer, Checkpoint)):
        go_on = "with Ctrl-C, for good: callback.checkpoint is off, or keeps weights only"
    return {
        "writes": run,
        "trains": f"{type(module).__name__} on {type(data).__name__}{by_label}: {number} samples of {size}; "
        f"{networks}; on {devices}{trainer.strategy.root_device.type}",
        "scores": next(
            (describe(one) for one in callbacks_of(trainer, Scoring) if one.metric and not one.skipped(data)), ""
        ),
        "stops": go_on,
    }


def describe(scoring: Scoring) -> str:
    """The metric's first score, or the metric, and when it is computed, such as "frechet/digits, every 250 steps"."""
    extractor: Any = getattr(scoring.metric, "extractor", None)
    name = getattr(scoring.metric, "main_score", None)
    if name is None:
        name = extractor.score_name("frechet") if hasattr(extractor, "score_name") else type(scoring.metric).__name__
    return f"{name}, every {scoring.every:,} steps"


def parameters(network: nn.Module) -> int:
    """Number of a network's parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
