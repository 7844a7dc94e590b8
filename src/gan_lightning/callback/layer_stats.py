"""Gradient norms and weight histograms of each layer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn

from gan_lightning.callback.due import as_adversarial, is_reading_step
from gan_lightning.callback.log_media import log_histogram
from gan_lightning.callback.throughput import TimedCallback
from gan_lightning.core.validation import validate_arguments
from gan_lightning.logger.media import Histogram
from gan_lightning.objective.step_logging import publish

BINS = 64
_PARAMETER = re.compile(r"(^|\.)parametrizations\..*|\.?[^.]+$")  # what a parameter's name has after its layer's


class LayerStats(TimedCallback):
    """Logs each layer's gradient norm and the histogram of its weights, at logging steps.

    A layer is a module with parameters of its own. Its gradient is that of the network's last update, as the optimizer
    used it: averaged over devices and clipped. Norms go to every logger as `critic_grad_norm/<layer>`, histograms as
    `critic_weights/<layer>` to those that draw them; the generator's likewise. The run itself is unchanged.

    Args:
        gradients: log the norms.
        weights: log the histograms.
    """

    @validate_arguments
    def __init__(self, *, gradients: bool = False, weights: bool = False) -> None:
        self.gradients, self.weights = gradients, weights
        self.later_metrics: set[str] = set()

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Names the metrics, for callbacks that monitor one."""
        if self.gradients:
            of = {name: layers(getattr(module, name)) for name in ("critic", "generator")}
            self.later_metrics = {f"{name}_grad_norm/{layer}" for name in of for layer in of[name]}

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Logs at logging steps, on rank 0: gradients and weights are the same on all ranks."""
        if not (self.gradients or self.weights) or not trainer.is_global_zero or not is_reading_step(trainer):
            return
        with self.excluded_from_throughput():
            for name, network in (
                ("critic", as_adversarial(module).critic),
                ("generator", as_adversarial(module).generator),
            ):
                if self.gradients and (norms := gradient_norms(network)):
                    metrics = {f"{name}_grad_norm/{layer}": norm for layer, norm in norms.items()}
                    publish(trainer, metrics)
                if self.weights:
                    for layer, own in layers(network).items():
                        log_histogram(trainer, f"{name}_weights/{layer}", histogram(own))


def layers(network: nn.Module) -> dict[str, list[nn.Parameter]]:
    """The parameters of each layer, by its name in the network."""
    found: dict[str, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        found.setdefault(_PARAMETER.sub("", name) or "own", []).append(parameter)
    return found


@torch.no_grad()
def gradient_norms(network: nn.Module) -> dict[str, float]:
    """The norm of each layer's gradient; layers without one are left out."""
    gradients = {
        layer: [parameter.grad for parameter in own if parameter.grad is not None]
        for layer, own in layers(network).items()
    }
    gradients = {layer: own for layer, own in gradients.items() if own}
    if not gradients:
        return {}
    norms = [torch.stack(torch._foreach_norm(own)).float().norm() for own in gradients.values()]
    return dict(zip(gradients, torch.stack(norms).tolist(), strict=True))


def histogram(weights: Iterable[Tensor]) -> Histogram:
    """Histogram of the finite values of all these weights together."""
    values = torch.cat([weight.detach().flatten() for weight in weights]).float().cpu().numpy()
    counts, edges = np.histogram(values[np.isfinite(values)], bins=BINS)
    return counts.astype(np.float64), edges.astype(np.float64)
