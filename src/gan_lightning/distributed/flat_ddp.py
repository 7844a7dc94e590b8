"""Several devices, one game: gradients averaged by one flat all-reduce per move."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.distributed as dist
from lightning.pytorch.strategies import DDPStrategy, Strategy
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.batch_norm import convert_batch_norm
from gan_lightning.distributed.process_watch import WatchingLauncher


class FlatDDP(DDPStrategy):
    """Data parallelism without the wrapper of torch's DistributedDataParallel.

    The wrapper expects every parameter to get a gradient in every backward; in a game only one player does. Here the
    gradients of the player that moves are averaged in one flat message, just before its optimizer steps. Batch norm
    sees the whole batch (see `model.layer.whole_batch_norm`).
    """

    def _configure_launcher(self) -> None:
        assert self.cluster_environment is not None
        self._launcher = WatchingLauncher(self.cluster_environment, self.num_processes, self.num_nodes)

    def configure_ddp(self) -> None:
        """All ranks start from rank 0's weights and buffers, and share batch norm's statistics; nothing is wrapped."""
        assert self.model is not None
        convert_batch_norm(self.model)
        with torch.no_grad():
            for tensor in (*self.model.parameters(), *self.model.buffers()):
                dist.broadcast(tensor, src=0)


def average_gradients(strategy: Strategy, parameters: Sequence[nn.Parameter]) -> None:
    """Replaces each gradient by its mean over all ranks, where the strategy leaves that to the module."""
    if not isinstance(strategy, FlatDDP) or strategy.world_size == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= strategy.world_size
    pieces = torch.split(flat, [g.numel() for g in gradients])
    torch._foreach_copy_(gradients, [piece.view_as(g) for piece, g in zip(pieces, gradients, strict=True)])


def check_strategy(strategy: Strategy) -> None:
    """Refuses strategies under which a game goes wrong.

    Raises:
        UsageError: for DistributedDataParallel as it comes, which raises on the second player.
    """
    if not isinstance(strategy, DDPStrategy) or isinstance(strategy, FlatDDP):
        return
    if not strategy._ddp_kwargs.get("find_unused_parameters"):
        raise UsageError(
            "Trainer(strategy='ddp') waits for gradients of both players in every turn: use "
            "Trainer(strategy=gan_lightning.FlatDDP()) or strategy='ddp_find_unused_parameters_true'"
        )
