"""A generator that matches what the critic sees on average."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import torch
from torch import Tensor, nn

from gan_lightning.model.layer.init import WEIGHTED
from gan_lightning.regularizer.regularizer import Regularizer, Seen
from gan_lightning.runtime.check import Positive, checked
from gan_lightning.runtime.group import mean_of_all
from gan_lightning.runtime.refusal import Refusal, nearest


class FeatureMatching(Regularizer):
    """λ ‖E f(x) - E f(G(z))‖² joins the generator's loss (Salimans et al. 2016, arXiv:1606.03498, section 3.1).

    f is what a layer of the critic takes in, and the critic is trained as ever. The paper has the term alone:
    `objective.adversarial_weight=0`. The means are over the whole batch, on however many devices.

    Args:
        weight: λ.
        layer: name of the linear layer or convolution of the critic whose input is f; None is the last one.
    """

    @checked
    def __init__(self, weight: Positive = 1.0, layer: str | None = None) -> None:
        super().__init__()
        self.weight, self.layer = weight, layer

    def join(self, generator: nn.Module, critic: nn.Module) -> None:
        """Finds the layer.

        Raises:
            Refusal: there is none of that name.
        """
        layers = {name: layer for name, layer in critic.named_modules() if isinstance(layer, WEIGHTED)}
        if self.layer is not None and self.layer not in layers:
            raise Refusal(f"the critic has no layer {self.layer!r} to match features: {nearest(self.layer, layers)}")
        self._layers = [layers[self.layer]] if self.layer is not None else list(layers.values())

    def of_generator(self, seen: Seen) -> Tensor:
        """Fakes against reals."""
        with torch.no_grad():
            real = self.features(seen.judge, seen.real)
        apart = real.mean(0) - self.features(seen.judge, seen.fake).mean(0)
        return self.weight * mean_of_all(apart).square().sum()

    def features(self, judge: Callable[[Tensor], Tensor], samples: Tensor) -> Tensor:
        """What the layer takes in, [batch, numbers]."""
        heard: list[Tensor] = []
        with ExitStack() as stack:
            for layer in self._layers:
                handle = layer.register_forward_pre_hook(lambda layer, inputs: heard.append(inputs[0]))
                stack.callback(handle.remove)
            judge(samples)
        features = heard[-1].flatten(1)  # of all layers, the last one that was called
        return features.to(torch.promote_types(features.dtype, torch.float32))
