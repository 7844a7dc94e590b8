"""The arguments of an objective: checked, and kept as Lightning's `hparams`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from lightning.pytorch import LightningModule

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import signature_types, validate_arguments, violation

P = ParamSpec("P")
R = TypeVar("R")
Plain = bool | int | float | str | None
NETWORKS = ("self", "generator", "critic")


def keeps_hyperparameters(init: Callable[P, R]) -> Callable[P, R]:
    """Decorator of an objective's `__init__`: `validate_arguments`, and all arguments but the networks as `hparams`.

    Numbers and words are kept as they are. Losses, penalties, optimizers and other parts are kept as text, such as
    "R1R2(r1=1.0, r2=0.0)", so that checkpoints hold no code. `load_from_checkpoint` therefore takes the networks, and
    those parts that are not the defaults: without them it is refused.
    """
    checked, signature = validate_arguments(init), inspect.signature(init)

    @functools.cache
    def parts() -> frozenset[str]:
        # Those that take an object of any class, such as a function; numbers and words do not.
        return frozenset(name for name, hint in signature_types(init).items() if violation(print, hint) is None)

    @functools.wraps(init)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        module: LightningModule = args[0]  # type: ignore[assignment]
        for name in parts() & kwargs.keys():
            if has_text(kwargs[name]):
                _check_is_default(type(module), name, kwargs.pop(name), signature.parameters.get(name))
        made = checked(*args, **kwargs)
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        values = dict(given.arguments)
        for name, parameter in signature.parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                values |= values.pop(name)
        module.save_hyperparameters({name: as_plain(v) for name, v in values.items() if name not in NETWORKS})
        return made

    return wrapped


def as_plain(value: Any) -> Any:
    """Numbers, words and containers of them as they are; of any other object its class and arguments, as text."""
    if isinstance(value, Plain):
        return value
    if isinstance(value, Mapping):
        return {str(key): as_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(inner) for inner in value]
    if inspect.isroutine(value) or inspect.isclass(value):
        return f"{value.__module__}.{value.__qualname__}"
    try:
        names = [name for name in inspect.signature(type(value)).parameters if name in vars(value)]
    except (TypeError, ValueError):  # a partial of Hydra, an object of another language
        text = repr(value)
        return type(value).__name__ if " at 0x" in text else text
    return f"{type(value).__name__}({', '.join(f'{name}={as_plain(getattr(value, name))}' for name in names)})"


def has_text(value: Any) -> bool:
    """True for text, and for a mapping that has some: a part as `as_plain` keeps it."""
    return isinstance(value, str) or (isinstance(value, Mapping) and any(map(has_text, value.values())))


def _check_is_default(owner: type, name: str, text: Any, parameter: inspect.Parameter | None) -> None:
    if parameter is None or text != as_plain(parameter.default):
        raise UsageError(
            f"{owner.__name__}: {name}={text!r} is a text where the object itself is needed: pass {name}=, "
            f"also to {owner.__name__}.load_from_checkpoint(FILE, generator=..., critic=..., {name}=...)"
        )
