"""Features of a critic's layer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.nn.init import WEIGHTED


class FeatureHook:
    """The features of samples: the input of a linear layer or convolution of the critic.

    Args:
        critic: the network.
        layer: name of the layer; None: the last one.

    Raises:
        UsageError: the critic has no such layer.
    """

    def __init__(self, critic: nn.Module, layer: str | None) -> None:
        layers = {name: one for name, one in critic.named_modules() if isinstance(one, WEIGHTED)}
        if layer is not None and layer not in layers:
            raise UsageError(f"the critic has no layer {layer!r} to take features of: {did_you_mean(layer, layers)}")
        self.layers: list[nn.Module] = [layers[layer]] if layer is not None else list(layers.values())

    def __call__(self, critic_fn: Callable[[Tensor], Tensor], samples: Tensor) -> Tensor:
        """Features [batch, features] of the samples, in single precision at least, by a forward pass of `critic_fn`."""
        captured: list[Tensor] = []
        with ExitStack() as stack:
            for layer in self.layers:
                handle = layer.register_forward_pre_hook(lambda layer, inputs: captured.append(inputs[0]))
                stack.callback(handle.remove)
            critic_fn(samples)
        features = captured[-1].flatten(1)  # of all layers, the last one called
        return features.to(torch.promote_types(features.dtype, torch.float32))


def linear_features(critic: nn.Module, layer: str | None, part: str) -> tuple[FeatureHook, int]:
    """The input of a linear layer of the critic, for another head beside it, and its number of features.

    Args:
        critic: the network.
        layer: name of the layer; None: the last linear one that is no head of `add_head`.
        part: name of the regularizer, for error messages.

    Raises:
        UsageError: the layer is not linear, or there is none.
    """
    hook = FeatureHook(critic, layer)
    linear = [one for one in hook.layers if isinstance(one, nn.Linear) and not hasattr(one, "beside")]
    if not linear:
        raise UsageError(
            f"{part} takes the input of a linear layer, and {layer or 'the critic'} is none and has none: name one "
            f"(objective.regularizers.{part}.layer)"
        )
    hook.layers = [linear[-1]]
    return hook, linear[-1].in_features


def add_head(critic: nn.Module, name: str, head: nn.Module) -> None:
    """Adds a head to the critic, which its forward pass does not use.

    Raises:
        UsageError: its forward pass uses all that it has.
    """
    if isinstance(critic, nn.Sequential):
        raise UsageError(
            f"the {name} is a head beside the critic's last layer, and a torch.nn.Sequential passes samples through "
            "all of its layers: use a module that has the Sequential as a part"
        )
    for layer in head.modules():
        layer.beside = True  # type: ignore[assignment]
    setattr(critic, name, head)
