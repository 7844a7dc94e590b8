"""Parts that a config may name by `_target_`: classes of these packages, each of the kind that its place takes."""

from __future__ import annotations

import collections.abc
import inspect
import sys
import typing
from collections.abc import Callable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from typing_extensions import get_protocol_members

from gan_lightning.core.errors import UsageError

# Lightning's other packages (its command line, for one) have classes and functions that call whatever they are given.
PACKAGES = ("gan_lightning.", "lightning.pytorch.callbacks.", "lightning.pytorch.loggers.")
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


def check_name(path: str, target: Any) -> None:
    """Checks the name in a `_target_`, before anything is imported.

    Raises:
        UsageError: it is not of `PACKAGES`.
    """
    if not isinstance(target, str) or not target.startswith(PACKAGES):
        raise UsageError(
            f"{path}._target_={target}: only {' and '.join(f'{each}*' for each in PACKAGES)} may be built from a config"
        )


def import_target(path: str, target: Any) -> Callable[..., Any]:
    """The class, or the known factory, that a `_target_` names.

    Raises:
        UsageError: it does not exist, or is not a class at the top of a module of `PACKAGES`.
    """
    from hydra.utils import get_object

    check_name(path, target)
    try:
        found = get_object(target)
    except Exception as error:
        raise UsageError(f"{path}._target_={target} does not exist") from error
    module = sys.modules.get(getattr(found, "__module__", None) or "")
    own = f"{found.__module__}.".startswith(PACKAGES) if module else False
    top = module is not None and getattr(module, getattr(found, "__qualname__", ""), None) is found
    if target not in FACTORIES and not (isinstance(found, type) and own and top and not _is_abstract(found)):
        raise UsageError(f"{path}._target_={target} is not a part: only classes of {' and '.join(PACKAGES)} are")
    return found  # type: ignore[no-any-return]


def check_kind(path: str, target: Callable[..., Any], annotation: Any) -> None:
    """Checks that what a target builds is of a kind that the annotation of its place names.

    Raises:
        UsageError: names the kinds that the place takes.
    """
    kinds = list(_kinds(annotation))
    built = target if isinstance(target, type) else _named(FACTORIES[f"{target.__module__}.{target.__qualname__}"])
    if not any(_is_of_kind(built, kind) for kind in kinds):
        name = target.__qualname__
        names = " or ".join(_describe(kind) for kind in kinds)
        raise UsageError(f"{path} takes {names}, not {name}" if names else f"{path} takes no part: {name} is not built")


def takes_part(annotation: Any) -> bool:
    """True if the annotation's place takes a part."""
    return any(True for _ in _kinds(annotation))


def value_type(annotation: Any) -> Any:
    """The annotation of the values of a mapping or sequence; Any for other annotations."""
    found = [get_args(option)[-1] for option in _options(annotation) if _is_container(option)]
    return found[0] if len(found) == 1 else Any


def _options(annotation: Any) -> typing.Iterator[Any]:
    """The members of a union; a `Kind` in place of what it annotates."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        for option in get_args(annotation):
            yield from _options(option)
    elif origin is Annotated:
        kinds = [_named(extra.name) for extra in get_args(annotation)[1:] if isinstance(extra, Kind)]
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
        returned, wanted = _returned(built), get_args(kind)[-1]
        return isinstance(returned, type) and isinstance(wanted, type) and issubclass(returned, wanted)
    if getattr(kind, "_is_protocol", False):
        methods = (name for name in get_protocol_members(kind) if inspect.isfunction(getattr(kind, name, None)))
        return all(_takes_the_same(built, kind, name) for name in methods)
    return issubclass(built, kind)


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


def _named(name: str) -> Any:
    from hydra.utils import get_object

    return get_object(name)


def _describe(kind: Any) -> str:
    if get_args(kind):
        return f"a callable that returns {getattr(get_args(kind)[-1], '__name__', 'a value')}"
    return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"
