"""Validation of arguments by the types and ranges in their signatures."""

from __future__ import annotations

import functools
import inspect
import re
import typing
from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ConfigDict, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError

Positive = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
Fraction = Annotated[float, Ge(0), Le(1)]
Decay = Annotated[float, Ge(0), Lt(1)]
Count = Annotated[int, Ge(1)]
Index = Annotated[int, Ge(0)]

_PREFIX = re.compile("^Input should be ")

P = ParamSpec("P")
R = TypeVar("R")


def signature_types(function: Callable[..., Any]) -> dict[str, Any]:
    """Name → annotation of every keyword of `function` (or of a class's `__init__`).

    A `**name: Unpack[Keys]` is expanded to the keys of the TypedDict `Keys`.
    """
    init = function.__init__ if inspect.isclass(function) else function
    hints = resolved_hints(init)
    types: dict[str, Any] = {}
    for name, parameter in inspect.signature(init).parameters.items():
        if name == "self" or parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            continue
        hint = hints.get(name, Any)
        if parameter.kind is not parameter.VAR_KEYWORD:
            types[name] = hint
        elif typing.get_origin(hint) is Unpack:
            types |= typing.get_type_hints(typing.get_args(hint)[0], include_extras=True)
    return types


def resolved_hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The function's annotations; empty where they are for type checkers only."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError):
        return {}


@functools.cache
def _adapter(annotation: Any) -> TypeAdapter[Any] | None:
    try:
        return TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=False))
    except (PydanticSchemaGenerationError, TypeError):
        return None  # networks, losses, callables: checked where they are used


def violation(value: object, annotation: Any) -> str | None:
    """The reason why `value` does not fit `annotation`, as a phrase ("must be greater than 0"), or None if it fits."""
    adapter = _adapter(annotation)
    if adapter is None:
        return None
    errors = _errors(adapter, value) and _errors(adapter, _tuples(value))
    if errors:
        first, *others = dict.fromkeys(errors)
        return ", or ".join([first, *(other.removeprefix("must be ") for other in others)])
    return None


def _errors(adapter: TypeAdapter[Any], value: object) -> list[str]:
    try:
        adapter.validate_python(value, strict=True)
    except ValidationError as error:
        return [_PREFIX.sub("must be ", e["msg"]).replace("valid integer", "whole number") for e in error.errors()]
    return []


def _tuples(value: object) -> object:
    """Lists as tuples: YAML has lists only, where signatures say tuple. torch.Size is a tuple too."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list | tuple) else value


def validate_arguments(init: Callable[P, R]) -> Callable[P, R]:
    """Decorator of an `__init__`: checks arguments against the types and ranges in its signature.

    Raises:
        UsageError: names the class, the argument, its value and the allowed range.
    """
    signature = inspect.signature(init)
    owner = init.__qualname__.split(".")[0]

    @functools.cache
    def hints() -> dict[str, Any]:
        return signature_types(init)

    @functools.wraps(init)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs).arguments
        for name, parameter in signature.parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                given |= given.pop(name, {})
        for name, value in given.items():
            reason = violation(value, hints().get(name, Any))
            if reason is not None:
                raise UsageError(f"{owner}: {name}={value!r} {reason}")
        return init(*args, **kwargs)

    return wrapped
