"""Validation of arguments by the types and ranges in their signatures."""

from __future__ import annotations

import functools
import inspect
import re
import sys
import typing
from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ConfigDict, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError, did_you_mean

Positive = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
Fraction = Annotated[float, Ge(0), Le(1)]
Decay = Annotated[float, Ge(0), Lt(1)]
Probability = Annotated[float, Ge(0), Lt(1)]  # of dropout
Count = Annotated[int, Ge(1), Le(2**31 - 1)]
Index = Annotated[int, Ge(0), Le(2**63 - 1)]  # what a tensor holds
# Bounds of what ends: a loop of a step, of a picture, of processes.
SmallCount = Annotated[int, Ge(1), Le(1_000)]
MediumCount = Annotated[int, Ge(1), Le(10_000)]
BatchSize = Annotated[int, Ge(1), Le(1_000_000)]
LargeCount = Annotated[int, Ge(1), Le(10_000_000)]
NumWorkers = Annotated[int, Ge(0), Le(1_000)]
NumPasses = Annotated[int, Ge(0), Le(10_000)]
Seed = Annotated[int, Ge(0), Le(2**32 - 1)]  # of NumPy and Lightning

_PREFIX = re.compile("^Input should be ")

P = ParamSpec("P")
R = TypeVar("R")


def signature_types(function: Callable[..., Any]) -> dict[str, Any]:
    """Name → annotation of every keyword of `function` (or of a class's `__init__`).

    A `**name: Unpack[Keys]` is expanded to the keys of the TypedDict `Keys`; that of a class without annotation to the
    keywords of the next class that it inherits from.
    """
    types: dict[str, Any] = {}
    for init in _initializers(function):
        hints = resolved_hints(init)
        for name, parameter in inspect.signature(init).parameters.items():
            if name == "self" or parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
                continue
            hint = hints.get(name, Any)
            if parameter.kind is not parameter.VAR_KEYWORD:
                types.setdefault(name, hint)
            elif typing.get_origin(hint) is Unpack:
                types = typing.get_type_hints(typing.get_args(hint)[0], include_extras=True) | types
    return types


def takes_any_keyword(function: Callable[..., Any]) -> bool:
    """True if a function, or the last of a class's inherited `__init__`s, has a `**name` for whatever is given."""
    *_, last = _initializers(function)
    return _passes_keywords_on(last) and not any(vars(base).get("__init__") is last for base in _ends_of_keywords())


def _initializers(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """A function alone; of a class its `__init__`, and the inherited ones that its `**kwargs` reach."""
    if not inspect.isclass(function):
        return [function]
    found: list[Callable[..., Any]] = []
    for base in function.__mro__:
        if "__init__" in vars(base) and base is not object:
            found.append(vars(base)["__init__"])
            if base in _ends_of_keywords() or not _passes_keywords_on(found[-1]):
                break
    return found or [object.__init__]


def _passes_keywords_on(init: Callable[..., Any]) -> bool:
    hints = resolved_hints(init)
    parameters = inspect.signature(init).parameters.items()
    return any(p.kind is p.VAR_KEYWORD and typing.get_origin(hints.get(name)) is not Unpack for name, p in parameters)


def _ends_of_keywords() -> tuple[type, ...]:
    """Classes whose `**kwargs` take nothing."""
    torch = sys.modules.get("torch")
    return (object,) if torch is None else (object, torch.nn.Module)


def resolved_hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The function's annotations; empty where they are for type checkers only."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError):
        return {}


def required_arguments(function: Callable[..., Any]) -> set[str]:
    """Names of the keywords of `function` (or of a class's `__init__`) that have no default."""
    init = function.__init__ if inspect.isclass(function) else function
    parameters = inspect.signature(init).parameters.values()
    named = (p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.default is p.empty)
    return {parameter.name for parameter in named} - {"self"}


@functools.cache
def _adapter(annotation: Any) -> TypeAdapter[Any] | None:
    try:
        return TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=False, allow_inf_nan=False))
    except (PydanticSchemaGenerationError, TypeError):
        return None  # networks, losses, callables: checked where they are used


def takes_objects(annotation: Any) -> bool:
    """True if the annotation is of networks, losses or callables, which `violation` leaves to their users."""
    return _adapter(annotation) is None


def violation(value: object, annotation: Any) -> str | None:
    """The reason why `value` does not fit `annotation`, as a phrase ("must be greater than 0"), or None if it fits."""
    adapter = _adapter(annotation)
    if adapter is None:
        return None
    if _is_beyond_64_bits(value):
        return "must be less than 2^63 in size"
    errors = _errors(adapter, value) and _errors(adapter, _tuples(value))
    if errors:
        first, *others = dict.fromkeys(errors)
        return ", or ".join([first, *(other.removeprefix("must be ") for other in others)])
    return None


def with_whole_numbers(value: Any) -> Any:
    """The value with whole floats, also inside lists and dicts, as ints: 1e4 becomes 10000."""
    if isinstance(value, dict):
        return {key: with_whole_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [with_whole_numbers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_beyond_64_bits(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_is_beyond_64_bits, value))
    return isinstance(value, int) and abs(value) >= 2**63


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
        UsageError: names the class, the argument, its value and the allowed range; or an unknown argument and the most
            similar ones.
    """
    signature = inspect.signature(init)
    owner = init.__qualname__.split(".")[0]

    @functools.cache
    def hints() -> dict[str, Any]:
        return signature_types(init)

    @functools.wraps(init)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if unknown := next((name for name in kwargs if name not in hints() and name not in signature.parameters), None):
            raise UsageError(f"{owner} has no argument {unknown}: {did_you_mean(unknown, hints())}")
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
