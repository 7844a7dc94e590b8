"""Class labels of conditional networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError

UNCONDITIONAL = ("none", "classifier")  # conditions of networks that take no labels; a classifier predicts them


def num_classes_of(network: nn.Module) -> int:
    """Number of classes of a conditional network, its `classes`; 0 for an unconditional one."""
    return int(getattr(network, "classes", 0))


def bind_labels(network: nn.Module, label: Tensor | None = None) -> Callable[..., Tensor]:
    """Binds class labels: returns f(x) = network(x, label=label). An unconditional network is returned unchanged.

    Args:
        network: (inputs, ..., label=) → outputs.
        label: classes, int64, on any device. They are repeated for more inputs (two concatenated batches) and cut for
            fewer. None: 0, 1, 2, ... in turn.
    """
    if not (classes := num_classes_of(network)):
        return network

    def bound(inputs: Tensor, *stage: float) -> Tensor:
        labels = torch.arange(classes, device=inputs.device) if label is None else label.to(inputs.device)
        rows = labels if len(labels) == len(inputs) else labels.repeat(-(-len(inputs) // len(labels)))[: len(inputs)]
        outputs: Tensor = network(inputs, *stage, label=rows)
        return outputs

    return bound


def check_conditional(condition: Mapping[str, str], **networks: nn.Module) -> None:
    """Checks that networks configured as conditional take labels.

    Args:
        condition: the condition of "generator" and "critic".
        **networks: the networks, by the same names.

    Raises:
        UsageError: a network takes no labels.
    """
    for name, network in networks.items():
        if condition.get(name, "none") not in UNCONDITIONAL and not num_classes_of(network):
            kind = f"{type(network).__module__.rpartition('.')[2]}.{type(network).__name__}"
            raise UsageError(f"condition.{name}={condition[name]}, but {kind} takes no classes: use condition=none")


def check_labels(label: Tensor | None, *networks: nn.Module) -> None:
    """Checks that real samples have the labels that conditional networks need.

    Raises:
        UsageError: there are no labels, or some out of range.
    """
    if label is None:
        raise UsageError(
            "conditional training needs labels of real samples, and there are none: use labelled data (data.classes), "
            "TensorData(samples, labels=labels), or batches (samples, labels); or condition=none"
        )
    classes = min((num_classes_of(network) for network in networks if num_classes_of(network)), default=None)
    if classes is not None and not 0 <= int(label.min()) <= int(label.max()) < classes:
        raise UsageError(
            f"labels from {int(label.min())} to {int(label.max())}, and the networks have {classes} classes, 0 to "
            f"{classes - 1}"
        )
