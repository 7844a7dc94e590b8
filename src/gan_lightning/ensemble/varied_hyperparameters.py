"""Hyper-parameters that differ between members, in formulas written for one number."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, get_args

from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import signature_types
from gan_lightning.penalty.base import BatchFraction

Part = TypeVar("Part")


def _operators(function: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A binary operator and its reflection."""
    return (
        lambda self, other: self.combine(other, function),
        lambda self, other: self.combine(other, lambda a, b: function(b, a)),
    )


class Varied:
    """A number for each member: a tensor in arithmetic, and a float where a formula tests it for zero.

    Args:
        values: of all members.
        own: the same as a tensor, which is a single number inside vmap.
    """

    def __init__(self, values: Sequence[float], own: Tensor) -> None:
        self.values, self.own = tuple(values), own

    def combine(self, other: Any, function: Callable[[Any, Any], Any]) -> Any:
        """function(self, other): a tensor if `other` is one, otherwise `Varied`."""
        if isinstance(other, Tensor):
            return function(self.own, other)
        if isinstance(other, Varied):
            values = [function(a, b) for a, b in zip(self.values, other.values, strict=True)]
            return Varied(values, function(self.own, other.own))
        return Varied([function(value, other) for value in self.values], function(self.own, other))

    __add__, __radd__ = _operators(operator.add)
    __sub__, __rsub__ = _operators(operator.sub)
    __mul__, __rmul__ = _operators(operator.mul)
    __truediv__, __rtruediv__ = _operators(operator.truediv)
    __pow__, __rpow__ = _operators(operator.pow)

    def __neg__(self) -> Any:
        return self * -1

    def __bool__(self) -> bool:
        """False if it is zero for all members.

        Raises:
            UsageError: it is zero for some members only, so that their formulas differ.
        """
        if any(self.values) != all(self.values):
            raise UsageError(
                "these members can't train as one: a formula of theirs leaves out a term whose weight is zero for some "
                "of them and not for others; sweep them apart"
            )
        return all(self.values)


def numbers(part: object) -> dict[str, float]:
    """The hyper-parameters of a loss or penalty that may differ: those that its signature declares as float."""
    found = {} if isinstance(part, nn.Module) else vars(part)
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, float | int) and not isinstance(value, bool) and _is_float(type(part), name)
    }


def structure_key(part: object) -> str:
    """Equal for parts with the same formula; their `numbers` may differ, but not in which of them are zero."""
    free = numbers(part)
    rest = {name: bool(free[name]) if name in free else value for name, value in vars(part).items()}
    return f"{type(part).__module__}.{type(part).__qualname__}({rest})"


def differing(parts: Sequence[object]) -> dict[str, list[float]]:
    """The `numbers` that are not the same in all parts, which have one structure."""
    values = {name: [numbers(part)[name] for part in parts] for name in numbers(parts[0])}
    return {name: one for name, one in values.items() if len(set(one)) > 1}


def with_varied(part: Part, values: Mapping[str, Sequence[float]], own: Mapping[str, Tensor]) -> Part:
    """A copy of the part with its differing numbers varied; the part itself if there are none."""
    if not values:
        return part
    varied = copy.copy(part)
    for name, of_all in values.items():
        setattr(varied, name, Varied(of_all, own[name]))
    return varied


def _is_float(kind: type, name: str) -> bool:
    annotation = signature_types(kind).get(name)
    # A fraction of the batch determines shapes.
    return annotation != BatchFraction and float in (annotation, *get_args(annotation))
