"""The metrics of a step: tensors that are reduced to numbers only when a logger asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from gan_lightning.distributed.collectives import synchronized
from gan_lightning.loss import Loss


class StepMetrics:
    """Losses, scores and gradient norms of each player's last update.

    Recording keeps tensors on their device and costs no synchronization; `compute` makes one transfer.

    Attributes:
        tensors: by name, a tensor for each micro-batch of the update that recorded it last.
    """

    def __init__(self) -> None:
        self.tensors: dict[str, list[Tensor]] = {}
        self._of_update: dict[str, None] = {}

    def begin_update(self) -> None:
        """From here on, names are recorded anew; those that are not keep their last tensors."""
        self._of_update.clear()

    def record(self, **values: Tensor) -> None:
        """Adds the tensors of one micro-batch, detached."""
        for name, value in values.items():
            if name not in self._of_update:
                self.tensors[name] = []
                self._of_update[name] = None
            self.tensors[name].append(value.detach())

    @property
    def of_update(self) -> dict[str, list[Tensor]]:
        """The tensors recorded since `begin_update`, in their order."""
        return {name: self.tensors[name] for name in self._of_update}

    def compute(self, loss: Loss, reduce: Callable[[Tensor], Tensor]) -> dict[str, float]:
        """Means over samples and devices, with the divergence that the scores estimate. A collective call.

        Args:
            loss: computes and names the divergence.
            reduce: the mean over all processes.

        Returns:
            By name; empty before the first update. A term that is not computed in every update keeps its last value.
        """
        if not self.tensors:
            return {}
        whole = {name: torch.cat([part.flatten() for part in parts]) for name, parts in self.tensors.items()}
        whole[loss.divergence_name] = self.divergence(loss)
        means = reduce(torch.stack([value.float().mean() for value in whole.values()]))
        return dict(zip(whole, means.tolist(), strict=True))

    def divergence(self, loss: Loss) -> Tensor:
        """The loss's divergence estimate from the last update's scores, whose mean over processes is that of the batch.

        A collective call.
        """
        real, fake = (torch.cat([part.flatten() for part in self.tensors[f"{one}_score"]]) for one in ("real", "fake"))
        with synchronized():
            return loss.divergence(real, fake)

    def load(self, metrics: Mapping[str, float], device: torch.device) -> None:
        """Takes over the metrics of a checkpoint."""
        self.tensors = {name: [torch.tensor(value, device=device)] for name, value in metrics.items()}
