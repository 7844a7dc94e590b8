"""A player of the adversarial game: one network, its optimizer, and its update."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_lightning.distributed.collectives import synchronized
from gan_lightning.nn.freeze import Freezer, SpectralNormUpdates
from gan_lightning.objective.loss_scale import LossScale, scaled_by, skipped_updates
from gan_lightning.objective.nonfinite import NonFiniteMonitor
from gan_lightning.objective.step_metrics import StepMetrics


class Player:
    """One of the two networks with all that its update needs.

    Args:
        name: "critic" or "generator".
        network: whose parameters are updated.
        opponent: is frozen meanwhile.
        optimizer: of the network's parameters.
        max_norm: gradients are scaled down to this norm; None leaves them.
        schedule: factor on the learning rate at step k; None keeps it.
        metrics: receives the gradient's norm.
        monitor: looks for numbers that are not finite.
        average_gradients: over all devices, in place.
        scale: of its loss, under fp16; None in other precisions.
        after_step: called with `name` after each optimizer step.
    """

    def __init__(
        self,
        name: str,
        network: nn.Module,
        opponent: nn.Module,
        optimizer: Optimizer | LightningOptimizer,
        *,
        max_norm: float | None,
        schedule: Callable[[int], float] | None,
        metrics: StepMetrics,
        monitor: NonFiniteMonitor,
        average_gradients: Callable[[list[nn.Parameter]], None],
        scale: LossScale | None = None,
        after_step: Sequence[Callable[[str], None]] = (),
    ) -> None:
        self.name, self.optimizer, self.max_norm, self.schedule = name, optimizer, max_norm, schedule
        self.parameters = [p for p in network.parameters() if p.requires_grad]
        self.buffers = list(network.buffers())
        self.spectral, self.freeze_opponent = SpectralNormUpdates(network), Freezer(opponent)
        self.metrics, self.monitor = metrics, monitor
        self.average_gradients, self.scale, self.after_step = average_gradients, scale, after_step

    @contextmanager
    def step(self, k: int) -> Iterator[None]:
        """One update at step `k`: gradients start at zero inside the `with`, an optimizer step ends it."""
        self.begin(k)
        self.optimizer.zero_grad()
        if self.monitor.before_step or self.scale is not None:
            self.save_buffers()
        with self.alone(), synchronized(), scaled_by(self.scale):
            yield
        self.average_gradients(self.parameters)
        overflowed = self.scale is not None and self.scale.unscale(self.optimizer)
        norm = self.gradient_norm()
        self.record(k, norm, overflowed)
        if (self.monitor.before_step and self.monitor.check()) or overflowed:
            self.restore_buffers()
            self.optimizer.step()  # changes nothing without gradients, but Lightning counts steps by it
            return
        self.clip(norm)
        self.optimizer.step()
        self.spectral.step()
        for notify in self.after_step:
            notify(self.name)

    def begin(self, k: int) -> None:
        """Sets the learning rate of step `k`, and starts the record of a new update."""
        if self.schedule is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = group["initial_lr"] * self.schedule(k)
        self.metrics.begin_update()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside the `with` the opponent is frozen, and spectral norms keep their singular vectors."""
        with self.freeze_opponent(), self.spectral.paused():
            yield

    def record(self, k: int, norm: Tensor, overflowed: bool = False) -> None:
        """Records the gradient's norm, and hands the update's losses to the monitor.

        The norm of gradients that overflowed is left out, while a smaller loss scale may help.
        """
        if self.scale is not None:
            self.metrics.record(**skipped_updates(self.name, self.scale, norm.device))
        if not (overflowed and self.scale is not None and self.scale.can_fall):
            self.metrics.record(**{f"{self.name}_grad_norm": norm})
        self.monitor.add(k, self.name, self.metrics.of_update)

    def save_buffers(self) -> None:
        """Keeps its buffers (running statistics) as they are before an update."""
        self._saved = [buffer.clone() for buffer in self.buffers]

    def restore_buffers(self) -> None:
        """Makes its buffers what they were, and drops its gradients."""
        for buffer, saved in zip(self.buffers, self._saved, strict=True):
            buffer.copy_(saved)
        self.optimizer.zero_grad()

    def gradient_norm(self) -> Tensor:
        """The norm of all its gradients together, a scalar."""
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        # As torch's get_total_norm, which takes six times as long to sort them by device.
        norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        return norm

    def clip(self, norm: Tensor) -> None:
        """Scales its gradients, of this norm, down to `max_norm`."""
        if self.max_norm is not None:
            nn.utils.clip_grads_with_norm_(self.parameters, self.max_norm, norm)
