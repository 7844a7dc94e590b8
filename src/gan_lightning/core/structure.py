"""The structure of nested containers of tensors and numbers: keys, lengths, types and shapes, but not values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

_FLOATS = (torch.float32, torch.float64)  # a run may go on in the other precision


def difference(expected: Any, given: Any, path: str) -> str | None:
    """The first place where `given` is not built like `expected`, as "PATH is X, not Y"; None if there is none.

    Args:
        expected: dicts, lists and tuples of tensors, numbers, texts and None.
        given: of any types; whole numbers must be at least 0 and fit 64 bits.
        path: the dotted name of both.
    """
    if isinstance(expected, Mapping) and isinstance(given, Mapping):
        for key in [*expected, *given]:
            if key not in given or key not in expected:
                return f"{path}.{key} is {'missing' if key not in given else 'unknown'}"
        pairs = [(key, expected[key], given[key]) for key in expected]
    elif isinstance(expected, list | tuple) and type(given) is type(expected) and len(given) == len(expected):
        pairs = [(index, *both) for index, both in enumerate(zip(expected, given, strict=True))]
    elif _alike(expected, given):
        return None
    else:
        return f"{path} is {describe(given)}, not {describe(expected)}"
    return next((found for key, one, other in pairs if (found := difference(one, other, f"{path}.{key}"))), None)


def not_plain(given: Any, path: str) -> str | None:
    """The first leaf that is neither a tensor with its numbers in memory nor a plain value, as "PATH is X"."""
    if isinstance(given, Mapping | list | tuple):
        pairs = list(given.items() if isinstance(given, Mapping) else enumerate(given))
        wrong = next((key for key, _ in pairs if not isinstance(key, str | int)), None)
        if wrong is not None:
            return f"{path} has the key {describe(wrong)}"
        return next((found for key, one in pairs if (found := not_plain(one, f"{path}.{key}"))), None)
    if isinstance(given, Tensor):
        plain = given.layout == torch.strided and given.device.type != "meta" and not given.is_quantized
    else:
        plain = given is None or type(given) in (bool, float, str) or _is_int64(given)
    return None if plain else f"{path} is {describe(given)}"


def describe(value: Any) -> str:
    """A value's type in few words, with the shape of a tensor and the length of a container."""
    if isinstance(value, Tensor):
        kind = str(value.dtype).removeprefix("torch.")
        return f"{kind} {list(value.shape)}" + ("" if value.layout == torch.strided else f" ({value.layout})")
    if value is None or isinstance(value, int | float):
        return f"{value:.20g}" if isinstance(value, float) else "null" if value is None else f"{value}"[:20]
    if isinstance(value, Mapping | list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


def _alike(expected: Any, given: Any) -> bool:
    if isinstance(expected, Tensor):
        if not isinstance(given, Tensor) or given.shape != expected.shape or given.layout != torch.strided:
            return False
        return given.dtype == expected.dtype or {given.dtype, expected.dtype} <= set(_FLOATS)
    if type(expected) is int:
        return _is_int64(given) and given >= 0
    if type(expected) is float:
        return type(given) is float or _is_int64(given)
    return type(given) is type(expected) and (not isinstance(expected, bool) or isinstance(given, bool))


def _is_int64(value: Any) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63
