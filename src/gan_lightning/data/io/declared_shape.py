"""Declared shape and number of classes: those of the config must be those of the data."""

from __future__ import annotations

from typing import Literal

from gan_lightning.core.errors import UsageError

Shape = tuple[int, ...]
Channels = Literal[1, 3]


def check_declared_shape(declared: Shape | None, actual: Shape, remedy: str) -> Shape:
    """`actual`, which the config may declare as `data.shape` for other parts of it to read.

    Raises:
        UsageError: the two differ; `remedy` names the keys to set instead.
    """
    if declared is not None and tuple(declared) != actual:
        raise UsageError(f"data.shape={list(declared)}, but these data are {list(actual)}: {remedy}")
    return actual


def check_declared_classes(declared: int, actual: int) -> int:
    """`actual`, which the config may declare as `data.classes` for networks to read.

    Raises:
        UsageError: the two differ.
    """
    if declared != actual:
        raise UsageError(f"data.classes={declared}, but these data have {actual}: leave data.classes alone")
    return actual
