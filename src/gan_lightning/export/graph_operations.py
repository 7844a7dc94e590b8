"""Nodes of a `Graph` for the operations of torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from gan_lightning.core.errors import UsageError
from gan_lightning.export.graph import Graph

# Operations of one input without further arguments.
UNARY = {name: name for name in ("relu", "tanh", "sigmoid", "square", "rsqrt", "erf", "exp")} | {"relu_": "relu"}
BINARY = ("add", "sub", "mul", "div", "eq")
# The shape changes, the order of the numbers does not.
RESHAPING = ("view", "unflatten", "flatten", "unsqueeze", "squeeze", "view_as", "reshape")
IDENTITY = ("to", "clone", "contiguous", "dropout", "alias", "detach")


class Operations:
    """A graph that grows by the nodes of a traced module, one method an operation of torch, by its name.

    Attributes:
        graph: so far.
        known: values that do not depend on the inputs, by their nodes.
        index: indices in the graph of those that do.
    """

    def __init__(self) -> None:
        self.graph = Graph()
        self.known: dict[fx.Node, Any] = {}
        self.index: dict[fx.Node, int | list[int]] = {}

    def add(self, node: fx.Node, name: str) -> int | list[int]:
        """Adds an operation, called by its name, and returns the index of its value, or of its values.

        Raises:
            UsageError: it is none of these.
        """
        if name == "getitem":
            parts = self.index[node.args[0]]  # type: ignore[index]
            return parts[node.args[1]]  # type: ignore[index]
        if name in UNARY:
            return self.graph.add(UNARY[name], [self._value(node.args[0])], shape_of(node))
        if name in BINARY and node.kwargs.get("alpha", 1) == 1 and not node.kwargs.get("rounding_mode"):
            return self.graph.add(name, [self._value(a) for a in node.args[:2]], shape_of(node))
        if name in RESHAPING:
            return self.graph.add("reshape", [self._value(node.args[0])], shape_of(node))
        if name in IDENTITY:
            return self._value(node.args[0])
        translate: Callable[[fx.Node, dict[str, Any]], int | list[int]] | None = getattr(self, f"_{name}", None)
        if translate is None:
            raise UsageError(f"format=page can't draw this generator: there is no {name} in page/runtime.js")
        return translate(node, _arguments(node))

    def _value(self, argument: Any) -> int:
        """The index of an argument's node; tensors that are known become constants."""
        if isinstance(argument, fx.Node) and argument in self.index:
            found = self.index[argument]
            assert isinstance(found, int)
            return found
        value = self.known[argument] if isinstance(argument, fx.Node) else torch.tensor(float(argument))
        return self.graph.constant(value)

    def _linear(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self.graph.add("linear", self._weighted(given), shape_of(node))

    def _conv2d(self, node: fx.Node, given: dict[str, Any]) -> int:
        stride, padding, dilation = (
            _pair(given.get(key, d)) for key, d in (("stride", 1), ("padding", 0), ("dilation", 1))
        )
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": given.get("groups", 1)}
        return self.graph.add("conv2d", self._weighted(given), shape_of(node), **options)

    def _conv_transpose2d(self, node: fx.Node, given: dict[str, Any]) -> int:
        if given.get("groups", 1) != 1 or _pair(given.get("dilation", 1)) != [1, 1]:
            raise UsageError("format=page knows no transposed convolution with groups or dilation")
        options = {"stride": _pair(given.get("stride", 1)), "padding": _pair(given.get("padding", 0))}
        return self.graph.add("conv_transpose2d", self._weighted(given), shape_of(node), **options)

    def _weighted(self, given: dict[str, Any]) -> list[int]:
        names = [name for name in ("input", "weight", "bias") if given.get(name) is not None]
        return [self._value(given[name]) for name in names]

    def _batch_norm(self, node: fx.Node, given: dict[str, Any]) -> int:
        """x · scale + shift: in eval mode, both are constants."""
        mean, variance = (self.known[given[name]].double() for name in ("running_mean", "running_var"))
        weight, bias = (
            None if given[name] is None else self.known[given[name]].double() for name in ("weight", "bias")
        )
        scale = (variance + given["eps"]).rsqrt() * (1 if weight is None else weight)
        shift = (0 if bias is None else bias) - mean * scale
        shape = [1, -1, *[1] * (len(shape_of(node)) - 2)]
        scaled = self.graph.add(
            "mul", [self._value(given["input"]), self.graph.constant(scale.view(shape))], shape_of(node)
        )
        return self.graph.add("add", [scaled, self.graph.constant(shift.view(shape))], shape_of(node))

    def _group_norm(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self._normalized(node, given, int(given["num_groups"]), [1, -1, *[1] * (len(shape_of(node)) - 2)])

    def _instance_norm(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self._normalized(node, given, shape_of(node)[1], [1, -1, *[1] * (len(shape_of(node)) - 2)])

    def _layer_norm(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self._normalized(node, given, 1, [1, *given["normalized_shape"]])

    def _normalized(self, node: fx.Node, given: dict[str, Any], groups: int, affine: list[int]) -> int:
        shape = shape_of(node)
        value = self.graph.add(
            "normalize", [self._value(given["input"])], shape, groups=groups, eps=given.get("eps", 1e-5)
        )
        for op, name in (("mul", "weight"), ("add", "bias")):
            if given.get(name) is not None:
                constant = self.graph.constant(self.known[given[name]].view(affine))
                value = self.graph.add(op, [value, constant], shape)
        return value

    def _leaky_relu(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self.graph.add(
            "leaky_relu", [self._value(node.args[0])], shape_of(node), slope=given.get("negative_slope", 0.01)
        )

    _leaky_relu_ = _leaky_relu

    def _mean(self, node: fx.Node, given: dict[str, Any]) -> int:
        rank = len(shape_of(given["self"]))
        dims = [d % rank for d in given["dim"]]
        return self.graph.add("mean", [self._value(given["self"])], shape_of(node), dims=dims)

    def _amax(self, node: fx.Node, given: dict[str, Any]) -> int:
        rank = len(shape_of(given["self"]))
        dims = [d % rank for d in given.get("dim", range(rank))]
        return self.graph.add("amax", [self._value(given["self"])], shape_of(node), dims=dims)

    def _slice(self, node: fx.Node, given: dict[str, Any]) -> int:
        if given.get("step", 1) != 1:
            raise UsageError("format=page knows no slice with a step")
        return self._cut(node.args[0], given.get("dim", 0), given.get("start") or 0, shape_of(node))

    def _cut(self, source: Any, dim: int, start: int, shape: Sequence[int]) -> int:
        before = shape_of(source)
        dim, start = dim % len(before), start if start >= 0 else start + before[dim]
        return self.graph.add("slice", [self._value(source)], shape, dim=dim, start=start)

    def _chunks(self, node: fx.Node, given: dict[str, Any]) -> list[int]:
        dim, start, parts = given.get("dim", 0), 0, []
        for part in node.meta["val"]:
            parts.append(self._cut(node.args[0], dim, start, part.shape))
            start += part.shape[dim]
        return parts

    _chunk = _split = _split_with_sizes = _chunks

    def _unbind(self, node: fx.Node, given: dict[str, Any]) -> list[int]:
        dim, parts = given.get("dim", 0) % len(shape_of(node.args[0])), []
        for start, part in enumerate(node.meta["val"]):
            one = [*part.shape[:dim], 1, *part.shape[dim:]]
            cut = self._cut(node.args[0], dim, start, one)
            parts.append(self.graph.add("reshape", [cut], part.shape))
        return parts

    def _cat(self, node: fx.Node, given: dict[str, Any]) -> int:
        dim = given.get("dim", 0) % len(shape_of(node))
        return self.graph.add("concat", [self._value(part) for part in given["tensors"]], shape_of(node), dim=dim)

    def _stack(self, node: fx.Node, given: dict[str, Any]) -> int:
        dim, parts = given.get("dim", 0) % len(shape_of(node)), []
        for part in given["tensors"]:
            shape = [*shape_of(node)[:dim], 1, *shape_of(node)[dim + 1 :]]
            parts.append(self.graph.add("reshape", [self._value(part)], shape))
        return self.graph.add("concat", parts, shape_of(node), dim=dim)

    def _expand(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self.graph.add("add", [self._value(node.args[0]), self.graph.constant(torch.zeros(()))], shape_of(node))

    def _lerp(self, node: fx.Node, given: dict[str, Any]) -> int:
        start, end, weight = given["self"], given["end"], given["weight"]
        shape = shape_of(node)
        difference = self.graph.add("sub", [self._value(end), self._value(start)], shape)
        scaled = self.graph.add("mul", [difference, self._value(weight)], shape)
        return self.graph.add("add", [self._value(start), scaled], shape)

    def _transpose(self, node: fx.Node, given: dict[str, Any]) -> int:
        rank = len(shape_of(node))
        order = list(range(rank))
        first, second = given["dim0"] % rank, given["dim1"] % rank
        order[first], order[second] = second, first
        return self.graph.add("permute", [self._value(node.args[0])], shape_of(node), order=order)

    def _matmul(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self.graph.add("matmul", [self._value(part) for part in node.args[:2]], shape_of(node))

    def _softmax(self, node: fx.Node, given: dict[str, Any]) -> int:
        if given["dim"] % len(shape_of(node)) != len(shape_of(node)) - 1:
            raise UsageError("format=page knows softmax over the last dimension alone")
        return self.graph.add("softmax", [self._value(node.args[0])], shape_of(node))

    def _max_pool2d(self, node: fx.Node, given: dict[str, Any]) -> int:
        size = _pair(given["kernel_size"])
        plain = _pair(given.get("stride") or size) == size and not any(_pair(given.get("padding", 0)))
        if not plain or given.get("ceil_mode") or _pair(given.get("dilation", 1)) != [1, 1]:
            raise UsageError("format=page knows max pooling of whole, disjoint rectangles alone")
        return self.graph.add("max_pool2d", [self._value(node.args[0])], shape_of(node), size=size)

    def _upsample_nearest2d(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self.graph.add("upsample_nearest2d", [self._value(node.args[0])], shape_of(node))

    def _upsample_bilinear2d(self, node: fx.Node, given: dict[str, Any]) -> int:
        if given.get("align_corners"):
            raise UsageError("format=page knows no bilinear upsampling with align_corners")
        return self.graph.add("upsample_bilinear2d", [self._value(node.args[0])], shape_of(node))

    def _pixel_shuffle(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self.graph.add(
            "pixel_shuffle", [self._value(node.args[0])], shape_of(node), factor=given["upscale_factor"]
        )

    def _embedding(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self.graph.add(
            "embedding", [self._value(given["weight"]), self._value(given["indices"])], shape_of(node)
        )

    def _one_hot(self, node: fx.Node, given: dict[str, Any]) -> int:
        table = torch.eye(shape_of(node)[-1])
        return self.graph.add("embedding", [self.graph.constant(table), self._value(node.args[0])], shape_of(node))

    def _ge(self, node: fx.Node, given: dict[str, Any]) -> int:
        return self.graph.add("ge", [self._value(node.args[0]), self._value(node.args[1])], shape_of(node))


def shape_of(node: Any) -> list[int]:
    """Shape of a node's value; [] for what is no tensor."""
    value = node.meta.get("val") if isinstance(node, fx.Node) else None
    return list(value.shape) if isinstance(value, Tensor) else []


def _arguments(node: fx.Node) -> dict[str, Any]:
    """A call's arguments by their names in the operation's schema."""
    schema = node.target._schema.arguments  # type: ignore[union-attr]
    positional = {argument.name: value for argument, value in zip(schema, node.args, strict=False)}
    return positional | dict(node.kwargs)


def _pair(value: Any) -> list[int]:
    both = list(value) if isinstance(value, Sequence) else [value]
    return both * 2 if len(both) == 1 else both
