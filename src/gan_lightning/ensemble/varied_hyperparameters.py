"""Hyper-parameters that differ from member to member, inside formulas written for one number."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, get_args

from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import signature_types
from gan_lightning.penalty.base import BatchFraction

Part = TypeVar("Part")


class Varied:
    """A number of each member: among numbers a number, in a formula with tensors the member's own tensor.

    Args:
        values: of all members.
        own: the same, as a tensor that is a single number inside vmap.
    """

    def __init__(self, values: Sequence[float], own: Tensor) -> None:
        self.values, self.own = tuple(values), own

    def _with(self, other: Any, function: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, Varied):
            values = [function(a, b) for a, b in zip(self.values, other.values, strict=True)]
            return Varied(values, function(self.own, other.own))
        if isinstance(other, Tensor):
            return function(self.own, other)
        return Varied([function(value, other) for value in self.values], function(self.own, other))

    def __add__(self, other: Any) -> Any:
        return self._with(other, operator.add)

    def __radd__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b + a)

    def __sub__(self, other: Any) -> Any:
        return self._with(other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Any:
        return self._with(other, operator.mul)

    def __rmul__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b * a)

    def __truediv__(self, other: Any) -> Any:
        return self._with(other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b / a)

    def __pow__(self, other: Any) -> Any:
        return self._with(other, operator.pow)

    def __neg__(self) -> Varied:
        return Varied([-value for value in self.values], -self.own)

    def __bool__(self) -> bool:
        """Zero for all or for none.

        Raises:
            UsageError: a formula goes different ways for different members.
        """
        if any(self.values) != all(self.values):
            raise UsageError(
                "these members can't train as one: a formula of theirs leaves out a term whose weight is zero for some "
                "of them and not for others; sweep them apart"
            )
        return all(self.values)


def numbers(part: object) -> dict[str, float]:
    """The hyper-parameters of a loss or penalty that may differ between members: those its signature declares float."""
    return {
        name: float(value)
        for name, value in vars(part).items()
        if isinstance(value, float | int) and not isinstance(value, bool) and _is_float(type(part), name)
    }


def structure_key(part: object) -> str:
    """Equal for parts whose formulas are the same but for their `numbers`, which are zero in both or in neither."""
    free = numbers(part)
    rest = {name: bool(free[name]) if name in free else value for name, value in vars(part).items()}
    return f"{type(part).__module__}.{type(part).__qualname__}({rest})"


def differing(parts: Sequence[object]) -> dict[str, list[float]]:
    """Those `numbers` of parts of one form that are not the same in all."""
    values = {name: [numbers(part)[name] for part in parts] for name in numbers(parts[0])}
    return {name: one for name, one in values.items() if len(set(one)) > 1}


def with_varied(part: Part, values: Mapping[str, Sequence[float]], own: Mapping[str, Tensor]) -> Part:
    """The part with its differing numbers varied."""
    if not values:
        return part
    mixture = copy.copy(part)
    for name, of_all in values.items():
        setattr(mixture, name, Varied(of_all, own[name]))
    return mixture


def _is_float(kind: type, name: str) -> bool:
    annotation = signature_types(kind).get(name)
    # A share of the batch is a shape in disguise.
    return annotation != BatchFraction and float in (annotation, *get_args(annotation))
