"""The parts of a plot of samples in a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor


class Block(NamedTuple):
    """A titled part of a table: a caption for each column, and samples [rows, columns, *shape]."""

    title: str
    captions: Sequence[str]
    samples: Tensor
