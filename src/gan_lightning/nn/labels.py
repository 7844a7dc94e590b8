"""What networks are told of the classes of samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError

UNCONDITIONAL = ("none", "classifier")  # of a critic that tells classes itself


def num_classes_of(network: nn.Module) -> int:
    """How many classes a network tells apart: its `classes`; 0 where it takes no labels."""
    return int(getattr(network, "classes", 0))


def bind_labels(network: nn.Module, label: Tensor | None = None) -> Callable[..., Tensor]:
    """A network that knows the classes of its inputs; one that takes no labels, as it is.

    Args:
        network: (inputs, ..., label=) → outputs.
        label: classes, int64, on any device. Inputs beyond the last begin again with the first, as where two batches
            are joined; fewer inputs are the first ones. None: class after class.
    """
    if not (classes := num_classes_of(network)):
        return network

    def play(inputs: Tensor, *stage: float) -> Tensor:
        given = torch.arange(classes, device=inputs.device) if label is None else label.to(inputs.device)
        rows = given if len(given) == len(inputs) else given.repeat(-(-len(inputs) // len(given)))[: len(inputs)]
        outputs: Tensor = network(inputs, *stage, label=rows)
        return outputs

    return play


def check_conditional(condition: Mapping[str, str], **networks: nn.Module) -> None:
    """Refuses networks that are to be told classes and take none.

    Args:
        condition: how each player is told them, or that it isn't.
        **networks: the players.

    Raises:
        UsageError: names the player.
    """
    for player, network in networks.items():
        if condition.get(player, "none") not in UNCONDITIONAL and not num_classes_of(network):
            kind = f"{type(network).__module__.rpartition('.')[2]}.{type(network).__name__}"
            raise UsageError(f"condition.{player}={condition[player]}, but {kind} takes no classes: use condition=none")


def check_labels(label: Tensor | None, *networks: nn.Module) -> None:
    """Refuses real samples whose classes networks need and don't get.

    Raises:
        UsageError: there are no labels, or some that the networks don't know.
    """
    if label is None:
        raise UsageError(
            "the game needs the classes of real samples, and the data tell none: use data with labels (data.classes), "
            "TensorData(samples, labels=labels), or batches (samples, labels); or condition=none"
        )
    known = min((num_classes_of(network) for network in networks if num_classes_of(network)), default=None)
    if known is not None and not 0 <= int(label.min()) <= int(label.max()) < known:
        raise UsageError(
            f"labels from {int(label.min())} to {int(label.max())}, and the networks know the {known} classes from 0 "
            f"to {known - 1}"
        )
