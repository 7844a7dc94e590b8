"""The shape of a sample: what the config states must be what the data are."""

from __future__ import annotations

from typing import Literal

from gan_lightning.core.errors import UsageError

Shape = tuple[int, ...]
Channels = Literal[1, 3]


def check_declared_shape(stated: Shape | None, actual: Shape, remedy: str) -> Shape:
    """`actual`, which the config may state again as `data.shape` for other parts of it to read.

    Raises:
        UsageError: the two differ; `remedy` says which keys to set instead.
    """
    if stated is not None and tuple(stated) != actual:
        raise UsageError(f"data.shape={list(stated)}, but these data are {list(actual)}: {remedy}")
    return actual


def check_declared_classes(stated: int, actual: int) -> int:
    """`actual`, which the config may state again as `data.classes` for networks to read.

    Raises:
        UsageError: the two differ.
    """
    if stated != actual:
        raise UsageError(f"data.classes={stated}, but these data have {actual}: leave data.classes alone")
    return actual
