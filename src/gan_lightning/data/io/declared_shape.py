"""Declared shape and number of classes: those of the config must be those of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few

Shape = tuple[int, ...]
Channels = Literal[1, 3]
KINDS = {1: "points", 2: "series", 3: "images", 4: "volumes"}  # of samples, by the number of their axes


def kind_of(shape: Shape) -> str:
    """Samples of this shape, in a word."""
    return KINDS.get(len(shape), f"arrays of shape {list(shape)}")


def image_shape(channels: int, size: int | Sequence[int]) -> list[int]:
    """`${image_shape:${data.channels},${data.size}}` in a config: [channels, height, width]; one size is both."""
    return [channels, size, size] if isinstance(size, int) else [channels, *size]


def check_declared_shape(declared: Shape | None, actual: Shape, remedy: str, key: str = "shape") -> Shape:
    """`actual`, which the config may declare as `data.KEY` for other parts of it to read.

    Raises:
        UsageError: the two differ; `remedy` names the keys to set instead.
    """
    if declared is not None and tuple(declared) != actual:
        raise UsageError(f"data.{key}={list(declared)}, but these data are {list(actual)}: {remedy}")
    return actual


def check_class_names(names: Sequence[str], declared: Sequence[str] | None, where: str) -> tuple[str, ...]:
    """`names` of the classes, which the config of a run declares.

    Raises:
        UsageError: the two differ.
    """
    if declared is not None and list(declared) != list(names):
        raise UsageError(
            f"{where} has the classes {few(names)}, but this run was begun with {few(declared)}: give data with the "
            "same, or begin a new run"
        )
    return tuple(names)


def check_declared_classes(declared: int, actual: int) -> int:
    """`actual`, which the config may declare as `data.classes` for networks to read.

    Raises:
        UsageError: the two differ.
    """
    if declared != actual:
        raise UsageError(f"data.classes={declared}, but these data have {actual}: leave data.classes alone")
    return actual
