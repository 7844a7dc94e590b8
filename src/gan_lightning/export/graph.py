"""A generator as a list of operations on one sample, for runtimes of our own (`page/runtime.js`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass
class Graph:
    """Operations in order; value i is the result of node i.

    Attributes:
        nodes: each {op, in: values, shape, further arguments}; inputs and constants are nodes, too.
        constants: the numbers of "constant" nodes, in order.
    """

    nodes: list[dict[str, Any]] = field(default_factory=list)
    constants: list[Tensor] = field(default_factory=list)

    def constant(self, value: Tensor) -> int:
        """Adds a constant."""
        self.constants.append(value.detach().float().contiguous())
        return self.add("constant", [], value.shape)

    def add(self, op: str, inputs: Sequence[int], shape: Sequence[int], **arguments: Any) -> int:
        """Adds a node and returns its index."""
        self.nodes.append({"op": op, "in": list(inputs), "shape": list(shape), **arguments})
        return len(self.nodes) - 1
