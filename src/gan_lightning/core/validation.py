"""Types and ranges of hyper-parameters, read from the signatures that declare them."""

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
    """Name → annotation of every keyword `function` (or a class's `__init__`) takes.

    A `**name: Unpack[Shared]` is expanded to the keys of the TypedDict `Shared`.
    """
    init = function.__init__ if inspect.isclass(function) else function
    try:
        hints = typing.get_type_hints(init, include_extras=True)
    except (NameError, TypeError):  # annotations that exist for type checkers only: names are still checked
        hints = {}
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(init).parameters.items():
        if name == "self" or parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            continue
        hint = hints.get(name, Any)
        if parameter.kind is not parameter.VAR_KEYWORD:
            found[name] = hint
        elif typing.get_origin(hint) is Unpack:
            found |= typing.get_type_hints(typing.get_args(hint)[0], include_extras=True)
    return found


@functools.cache
def _adapter(annotation: Any) -> TypeAdapter[Any] | None:
    try:
        return TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=False))
    except (PydanticSchemaGenerationError, TypeError):
        return None  # networks, losses, callables: Python objects, checked by who uses them


def violation(value: object, annotation: Any) -> str | None:
    """What is wrong with `value` for `annotation`, as a phrase ("must be greater than 0"), or None."""
    adapter = _adapter(annotation)
    if adapter is None:
        return None
    wrong = _errors(adapter, value) and _errors(adapter, _tuples(value))
    if wrong:
        first, *others = dict.fromkeys(wrong)
        return ", or ".join([first, *(other.removeprefix("must be ") for other in others)])
    return None


def _errors(adapter: TypeAdapter[Any], value: object) -> list[str]:
    try:
        adapter.validate_python(value, strict=True)
    except ValidationError as error:
        return [_PREFIX.sub("must be ", e["msg"]).replace("valid integer", "whole number") for e in error.errors()]
    return []


def _tuples(value: object) -> object:
    """YAML knows lists only, signatures say tuple; torch.Size is one too."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list | tuple) else value


def validate_arguments(init: Callable[P, R]) -> Callable[P, R]:
    """Decorates an `__init__`: refuses arguments outside the types and ranges that its signature declares.

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
            wrong = violation(value, hints().get(name, Any))
            if wrong is not None:
                raise UsageError(f"{owner}: {name}={value!r} {wrong}")
        return init(*args, **kwargs)

    return wrapped
