"""Parts that a config names by `_target_`: each of the kind that its place takes; from elsewhere only known ones."""

from __future__ import annotations

import collections.abc
import inspect
import sys
import typing
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import resolve_name
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from typing_extensions import get_protocol_members

from gan_lightning.core.errors import UsageError, did_you_mean, first_line

# Lightning's other packages (its command line, for one) have classes and functions that call whatever they are given.
PACKAGES = ("gan_lightning.", "lightning.pytorch.callbacks.", "lightning.pytorch.loggers.", "torch.optim.")
FACTORIES = {"gan_lightning.trainer.default.build": "lightning.pytorch.Trainer"}  # and the classes that they build


@dataclass(frozen=True)
class Kind:
    """Annotation of a config's key: the class or protocol of the part that it takes, by name, for it may load torch."""

    name: str


Part = dict[str, Any]
Data = Annotated[Part, Kind("gan_lightning.data.base.AdversarialDataModule")]
Network = Annotated[Part, Kind("torch.nn.Module")]
Objective = Annotated[Part, Kind("gan_lightning.objective.base.AdversarialModule")]
TrainerPart = Annotated[Part, Kind("lightning.pytorch.Trainer")]
MetricPart = Annotated[Part, Kind("gan_lightning.metric.base.Metric")]
CallbackPart = Annotated[Part, Kind("lightning.pytorch.Callback")]
LoggerPart = Annotated[Part, Kind("lightning.pytorch.loggers.Logger")]
OutputPart = Annotated[Part, Kind("gan_lightning.sample.output.base.Output")]
StudyPart = Annotated[Part, Kind("gan_lightning.study.tool.base.Study")]


def is_known(target: Any) -> bool:
    """True if a config from elsewhere may name it in a `_target_`; nothing is imported."""
    return isinstance(target, str) and target.startswith(PACKAGES)


def import_target(path: str, target: Any) -> Callable[..., Any]:
    """The class or function that a `_target_` names.

    Of `PACKAGES` only classes at the top of a module, and known factories, are parts. Everything else is the person's
    own, which a config may name that they typed or keep.

    Raises:
        UsageError: it does not exist, or is no part.
    """
    if not isinstance(target, str) or "." not in target or not all(map(str.isidentifier, target.split("."))):
        raise UsageError(f"{path}._target_={target} is not the name of a class, such as mynets.Generator")
    try:
        found = resolve_name(target)
    except Exception as error:
        raise UsageError(f"{path}._target_={target} {_why_missing(target)}") from error
    if not is_known(target):
        if not callable(found):
            raise UsageError(f"{path}._target_={target} is neither a class nor a function")
        return found  # type: ignore[no-any-return]
    module = sys.modules.get(getattr(found, "__module__", None) or "")
    own = f"{found.__module__}.".startswith(PACKAGES) if module else False
    top = module is not None and getattr(module, getattr(found, "__qualname__", ""), None) is found
    if target not in FACTORIES and not (isinstance(found, type) and own and top and not _is_abstract(found)):
        raise UsageError(f"{path}._target_={target} is not a part: only classes of {' and '.join(PACKAGES)} are")
    return found  # type: ignore[no-any-return]


def _why_missing(target: str) -> str:
    """The reason why a name can't be imported: its module is missing or fails itself, or lacks the name."""
    parent, _, name = target.rpartition(".")
    top = target.partition(".")[0]
    try:
        module = import_module(parent)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name == top:
            return f"does not exist: there is no module {top}; type the command in its folder, or install it"
        return f"can't be imported: {first_line(error)} ({type(error).__name__})"
    names = [name for name, one in vars(module).items() if callable(one) and not name.startswith("_")]
    return f"does not exist: {did_you_mean(name, names)}"


def check_kind(path: str, target: Callable[..., Any], annotation: Any, partial: bool = False) -> None:
    """Checks that what a target builds is of a kind that the annotation of its place names.

    What a function builds, and what a callable returns, is checked as far as it is annotated.

    Args:
        path: of the place.
        target: class or function.
        annotation: of the place.
        partial: True if the place gets `functools.partial` of the target (Hydra's `_partial_`).

    Raises:
        UsageError: names the kinds that the place takes.
    """
    kinds = list(_kinds(annotation))
    callables = [kind for kind in kinds if get_origin(kind) is collections.abc.Callable]
    built = _built(target)
    if partial:
        fits = any(built is None or _returns(built, kind) for kind in callables)
    else:
        fits = built is None or any(_is_of_kind(built, kind) for kind in kinds)
    if not fits or not kinds:
        name = getattr(target, "__qualname__", str(target))
        names = " or ".join(_describe(kind) for kind in kinds)
        if partial and not callables and kinds:
            raise UsageError(f"{path} takes {names}, not a function: leave _partial_ out")
        raise UsageError(f"{path} takes {names}, not {name}" if names else f"{path} takes no part: {name} is not built")


def _built(target: Callable[..., Any]) -> Any:
    """The class of what a target builds; None where a function does not say."""
    from gan_lightning.core.validation import resolved_hints  # loads pydantic

    if isinstance(target, type):
        return target
    name = f"{target.__module__}.{getattr(target, '__qualname__', '')}"
    returned = resolve_name(FACTORIES[name]) if name in FACTORIES else resolved_hints(target).get("return")
    return returned if isinstance(returned, type) else None


def takes_plain_value(annotation: Any) -> bool:
    """True if the annotation's place takes a number or a text, perhaps beside parts and objects."""
    return any(option in (str, int, float, bool, complex) for option in _options(annotation))


def takes_part(annotation: Any) -> bool:
    """True if the annotation's place takes a part."""
    return any(True for _ in _kinds(annotation))


def takes_sequence(annotation: Any) -> bool:
    """True if the annotation's place takes a list."""
    origins = {get_origin(option) or option for option in _options(annotation)} - {str}
    return any(isinstance(origin, type) and issubclass(origin, collections.abc.Sequence) for origin in origins)


def keys_of(annotation: Any) -> Any:
    """The TypedDict among the annotation's options; None without one."""
    return next((option for option in _options(annotation) if typing.is_typeddict(option)), None)


def value_type(annotation: Any) -> Any:
    """The annotation of the values of a mapping or sequence; Any for others, and for values of several kinds."""
    found = [_value_type(option) for option in _options(annotation) if _is_container(option)]
    return found[0] if len(found) == 1 else Any


def _value_type(container: Any) -> Any:
    arguments = get_args(container)
    if get_origin(container) is not tuple:
        return arguments[-1]
    return arguments[0] if arguments[1:] == (...,) else Any


def _options(annotation: Any) -> typing.Iterator[Any]:
    """The members of a union; a `Kind` in place of what it annotates."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        for option in get_args(annotation):
            yield from _options(option)
    elif origin is Annotated:
        kinds = [resolve_name(extra.name) for extra in get_args(annotation)[1:] if isinstance(extra, Kind)]
        yield from kinds or _options(get_args(annotation)[0])
    else:
        yield annotation


def _kinds(annotation: Any) -> typing.Iterator[Any]:
    for option in _options(annotation):
        if (get_origin(option) is collections.abc.Callable and get_args(option)) or (
            isinstance(option, type) and get_origin(option) is None and option.__module__ != "builtins"
        ):
            yield option


def _is_container(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, collections.abc.Iterable) and bool(get_args(annotation))


def _is_of_kind(built: type, kind: Any) -> bool:
    if get_origin(kind) is collections.abc.Callable:
        returned = _returned(built)
        if returned is None:  # a class of the person's own may leave annotations out
            return _method(built, "__call__") is not None and not is_known(f"{built.__module__}.")
        return _returns(returned, kind)
    if getattr(kind, "_is_protocol", False):
        methods = (name for name in get_protocol_members(kind) if inspect.isfunction(getattr(kind, name, None)))
        return all(_takes_the_same(built, kind, name) for name in methods)
    return issubclass(built, kind)


def _returns(returned: Any, kind: Any) -> bool:
    """True if a class fits what a callable of this kind returns; None, of a callable without annotation, does."""
    wanted = get_args(kind)[-1]
    if returned is None or not isinstance(wanted, type):
        return True
    return isinstance(returned, type) and issubclass(returned, wanted)


def _returned(built: type) -> Any:
    from gan_lightning.core.validation import resolved_hints  # loads pydantic

    method = _method(built, "__call__")
    return resolved_hints(method).get("return") if method else None


def _takes_the_same(built: type, protocol: type, name: str) -> bool:
    """True if a class has a protocol's method, and it can be called with the protocol's arguments."""
    method = _method(built, name)
    if method is None:
        return False
    wanted = inspect.signature(getattr(protocol, name)).parameters.values()
    taken = inspect.signature(method)
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in taken.parameters.values()):
        return False  # networks, which can be called with anything
    try:
        taken.bind(
            *(None for parameter in wanted if parameter.kind is not parameter.KEYWORD_ONLY),
            **{parameter.name: None for parameter in wanted if parameter.kind is parameter.KEYWORD_ONLY},
        )
    except TypeError:
        return False
    return True


def _method(built: type, name: str) -> Callable[..., Any] | None:
    found = next((vars(base)[name] for base in built.__mro__ if name in vars(base)), None)
    return found if inspect.isfunction(found) else None


def _is_abstract(found: type) -> bool:
    return inspect.isabstract(found) or bool(getattr(found, "_is_protocol", False))


def _describe(kind: Any) -> str:
    if get_args(kind):
        return f"a callable that returns {getattr(get_args(kind)[-1], '__name__', 'a value')}"
    return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"
