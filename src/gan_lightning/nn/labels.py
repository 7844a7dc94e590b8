"""Labels of conditional networks: a class, numbers, or an image for each sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import to_float
from gan_lightning.data.sample_source import RowIndexable
from gan_lightning.nn.label_numbers import label_range

UNCONDITIONAL = ("none", "classifier")  # conditions of networks that take no labels; a classifier predicts them


def num_classes_of(network: nn.Module) -> int:
    """Number of classes of a conditional network, its `classes`; 0 for one that takes other labels or none."""
    return int(getattr(network, "classes", 0))


def label_shape_of(network: nn.Module) -> tuple[int, ...]:
    """Shape of a label that is no class: (k,) of numbers, (channels, height, width) of an image; else ()."""
    return tuple(getattr(network, "label_shape", ()))


def is_conditional(network: nn.Module) -> bool:
    """True if the network takes labels of any kind."""
    return bool(num_classes_of(network) or label_shape_of(network))


def labels_in_turn(
    network: nn.Module, n: int, device: torch.device | None = None, real: RowIndexable | None = None
) -> Tensor:
    """Labels for samples 0 to n - 1, where none are given: classes 0, 1, 2, ... in turn, int64 [n].

    Of networks that take numbers or images those of real samples, [n, *label_shape]; without these the middle of the
    numbers' range in the training data, or grey.

    Args:
        network: that takes them.
        n: number of samples.
        device: of the labels.
        real: labels of real samples, which are taken in turn.
    """
    if not (shape := label_shape_of(network)):
        return torch.arange(n, device=device) % max(1, num_classes_of(network))
    if real is not None and len(real):
        return real[torch.arange(n) % len(real)].to(device)
    ends = label_range(network)
    middle = torch.zeros(shape) if ends is None else (ends[0] + ends[1]) / 2
    return middle.to(device).expand(n, *shape)


def bind_labels(network: nn.Module, label: Tensor | None = None) -> Callable[..., Tensor]:
    """Binds labels: returns f(x) = network(x, label=label). An unconditional network is returned unchanged.

    Args:
        network: (inputs, ..., label=) → outputs.
        label: classes, int64 [n]; numbers, floats [n, k]; or images [n, channels, height, width] as floats or uint8; on
            any device. They are repeated for more inputs (two concatenated batches) and cut for fewer. None: see
            `labels_in_turn`.
    """
    if not is_conditional(network):
        return network

    def bound(inputs: Tensor, *stage: float) -> Tensor:
        labels = labels_in_turn(network, num_classes_of(network) or 1, inputs.device) if label is None else label
        labels = to_float(labels.to(inputs.device))
        labels = labels.to(inputs.dtype) if labels.is_floating_point() else labels
        copies = [-(-len(inputs) // len(labels)), *[1] * (labels.dim() - 1)]
        rows = labels if len(labels) == len(inputs) else labels.repeat(copies)[: len(inputs)]
        outputs: Tensor = network(inputs, *stage, label=rows)
        return outputs

    return bound


class BoundNetwork:
    """A network that is bound to labels, which can be read from it.

    Args:
        network: inputs → outputs.
        label: its labels, [n, ...]; None: see `bind_labels`.
    """

    def __init__(self, network: Callable[..., Tensor], label: Tensor | None) -> None:
        self.network, self.label = network, label

    def __call__(self, *inputs: Tensor) -> Tensor:
        """The network's outputs."""
        return self.network(*inputs)


def check_conditional(condition: Mapping[str, str], **networks: nn.Module) -> None:
    """Checks that networks configured as conditional take labels.

    Args:
        condition: the condition of "generator" and "critic".
        **networks: the networks, by the same names.

    Raises:
        UsageError: a network takes no labels.
    """
    for name, network in networks.items():
        if condition.get(name, "none") not in UNCONDITIONAL and not is_conditional(network):
            kind = f"{type(network).__module__.rpartition('.')[2]}.{type(network).__name__}"
            raise UsageError(f"condition.{name}={condition[name]}, but {kind} takes no classes: use condition=none")


def check_labels(label: Tensor | None, *networks: nn.Module) -> None:
    """Checks that real samples have the labels that conditional networks need.

    Args:
        label: of batches of samples, [batches, batch, ...].
        *networks: unconditional ones are left out.

    Raises:
        UsageError: there are no labels, some are out of range, or they are of another kind or shape.
    """
    if label is None:
        raise UsageError(
            "conditional training needs labels of real samples, and there are none: use labelled data (data.classes), "
            "TensorData(samples, labels=labels), or batches (samples, labels); or condition=none"
        )
    for shape in filter(None, map(label_shape_of, networks)):
        if label.dtype == torch.int64 or label.shape[-len(shape) :] != shape or label.dim() < 2:
            raise UsageError(f"{_described(label)}, and the networks take {_kind(shape)} of shape {list(shape)}")
        if not label.isfinite().all():
            raise UsageError("some labels are NaN or infinite: take those samples out")
    classes = min((num_classes_of(network) for network in networks if num_classes_of(network)), default=None)
    if classes is None:
        return
    if label.dtype != torch.int64:
        raise UsageError(f"{_described(label)}, and the networks have {classes} classes")
    if not 0 <= int(label.min()) <= int(label.max()) < classes:
        raise UsageError(
            f"labels from {int(label.min())} to {int(label.max())}, and the networks have {classes} classes, 0 to "
            f"{classes - 1}"
        )


def _kind(shape: tuple[int, ...]) -> str:
    return "numbers" if len(shape) == 1 else "images"


def _described(label: Tensor) -> str:
    return "labels are classes" if label.dtype == torch.int64 else f"labels are {label.dtype} of {list(label.shape)}"
