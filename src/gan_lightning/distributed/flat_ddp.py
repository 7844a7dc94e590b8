"""Data parallelism for adversarial training: one flat all-reduce of gradients per update."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.distributed as dist
from lightning.pytorch.strategies import (
    DDPStrategy,
    DeepSpeedStrategy,
    FSDPStrategy,
    ModelParallelStrategy,
    Strategy,
)
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.batch_norm import convert_batch_norm
from gan_lightning.distributed.process_watch import WatchingLauncher


class FlatDDP(DDPStrategy):
    """Lightning's DDP strategy without torch's DistributedDataParallel wrapper.

    The wrapper expects a gradient for every parameter in every backward; in adversarial training only one network is
    updated at a time. Here its gradients are averaged in one flat all-reduce just before its optimizer steps. Batch
    norm uses the global batch (`distributed/batch_norm.py`).
    """

    def _configure_launcher(self) -> None:
        assert self.cluster_environment is not None
        self._launcher = WatchingLauncher(self.cluster_environment, self.num_processes, self.num_nodes)

    def configure_ddp(self) -> None:
        """Broadcasts rank 0's parameters and buffers and converts batch norms; nothing is wrapped."""
        assert self.model is not None
        convert_batch_norm(self.model)
        with torch.no_grad():
            for tensor in (*self.model.parameters(), *self.model.buffers()):
                dist.broadcast(tensor, src=0)


def average_gradients(strategy: Strategy, parameters: Sequence[nn.Parameter]) -> None:
    """Replaces each gradient by its mean over ranks under `FlatDDP`; other strategies do it themselves."""
    if not isinstance(strategy, FlatDDP) or strategy.world_size == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= strategy.world_size
    means = torch.split(flat, [g.numel() for g in gradients])
    torch._foreach_copy_(gradients, [mean.view_as(g) for mean, g in zip(means, gradients, strict=True)])


def check_strategy(strategy: Strategy) -> None:
    """Checks that the strategy can train a generator and a critic in turn.

    Raises:
        UsageError: for DistributedDataParallel with its defaults, which raises at the second network, and for
            strategies that split a network.
    """
    if isinstance(strategy, (FSDPStrategy, ModelParallelStrategy, DeepSpeedStrategy)):
        raise UsageError(
            f"{type(strategy).__name__} splits one network over devices, and there are two players: use "
            "Trainer(strategy=gan_lightning.FlatDDP()), on the command line trainer.strategy=auto"
        )
    if not isinstance(strategy, DDPStrategy) or isinstance(strategy, FlatDDP):
        return
    if not strategy._ddp_kwargs.get("find_unused_parameters"):
        raise UsageError(
            "Trainer(strategy='ddp') waits for gradients of both networks in every update: use "
            "Trainer(strategy=gan_lightning.FlatDDP()), on the command line trainer.strategy=auto, or "
            "strategy='ddp_find_unused_parameters_true'"
        )
