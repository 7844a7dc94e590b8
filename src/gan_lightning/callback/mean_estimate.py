"""The loss's estimate of the divergence, averaged over steps: that of one step is the noise of its batch."""

from __future__ import annotations

import torch
from lightning.pytorch import Trainer
from torch import Tensor

from gan_lightning.callback.due import as_adversarial
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.objective.base import AdversarialModule


class MeanEstimate:
    """Mean over the steps added since its state was None.

    Attributes:
        state: sum and number of the estimates, [2]; None: of no step.
    """

    state: Tensor | None = None

    def add(self, gan: AdversarialModule) -> None:
        """Adds the step just made; one without scores or with estimates that are not finite is left out."""
        if "real_score" not in gan.metrics.tensors:
            return
        value = gan.metrics.divergence(gan.loss)
        finite = value.isfinite()
        new = torch.stack([value.where(finite, torch.zeros_like(value)), finite.to(value.dtype)])
        self.state = new if self.state is None else self.state.to(new) + new

    def of_ranks(self) -> Tensor | None:
        """The states of all ranks in their order, [ranks, 2], on rank 0; None elsewhere and of no step. Collective."""
        rows = ProcessGroup.current().gather_rows_to_first(None if self.state is None else self.state[None])
        return None if rows is None else rows.cpu()

    def restore(self, rows: Tensor | None) -> None:
        """Takes over this rank's part of `of_ranks`; the mean of them where they were of another number of ranks."""
        group = ProcessGroup.current()
        if rows is not None:
            rows = rows[group.rank] if len(rows) == group.size else rows.mean(0)
        self.state = rows

    def mean(self, trainer: Trainer) -> dict[str, float]:
        """`<divergence>_mean` over steps and ranks; empty without a step. Collective."""
        if self.state is None:
            return {}
        gan = as_adversarial(trainer.lightning_module)
        total, steps = trainer.strategy.reduce(self.state.to(gan.device), reduce_op="mean").tolist()
        return {f"{gan.loss.divergence_name}_mean": total / steps} if steps else {}
