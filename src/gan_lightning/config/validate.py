"""Validation of a composed config: every key, type and range, against the signatures of the parts it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict, get_args, get_type_hints

from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import InterpolationResolutionError, MissingMandatoryValue

from gan_lightning.config.origin import comes_from_a_file, own_groups
from gan_lightning.config.part import (
    Network,
    check_kind,
    import_target,
    keys_of,
    takes_part,
    takes_plain_value,
    takes_sequence,
    value_type,
)
from gan_lightning.config.path_keys import check_paths
from gan_lightning.config.renamed import new_name
from gan_lightning.config.resolvers import register_resolvers
from gan_lightning.core.errors import UsageError, did_you_mean, first_line
from gan_lightning.version import __version__

_PACKAGE = Path(__file__).parents[1]
# In a wheel conf/ lies inside the package, in a checkout beside src/.
CONFIG_DIR = next(p for p in (_PACKAGE / "conf", _PACKAGE.parents[1] / "conf") if p.is_dir())

register_resolvers()

# What `train` gives a part beside its keys.
GIVEN_BY_TRAIN = {"objective": {"generator", "critic"}}


class ModelConfig(TypedDict):
    """The `model` node."""

    generator: Network
    critic: Network


def resolve_and_validate(config: DictConfig, signature: Callable[..., Any]) -> dict[str, Any]:
    """The config with every interpolation resolved, as dicts and lists.

    Args:
        config: as composed.
        signature: its keyword parameters are the top-level keys, with their types.

    Raises:
        UsageError: for missing values, unknown keys, wrong types and values out of range, naming the key; and the
            version that wrote the config, where it is not this one.
    """
    try:
        return _resolved(config, signature)
    except UsageError as error:
        written = OmegaConf.to_container(config, resolve=False).get("version")  # type: ignore[union-attr]
        if written in (None, __version__) or "${" in str(written):
            raise
        raise UsageError(f"{error} (gan_lightning {written} wrote this config, this is {__version__})") from error


def resolve(config: DictConfig) -> dict[str, Any]:
    """The config with every interpolation resolved, as dicts and lists; nothing is checked.

    Raises:
        UsageError: a value is missing, or an interpolation leads nowhere.
    """
    with explain_values():
        return OmegaConf.to_container(config, resolve=True, throw_on_missing=True)  # type: ignore[return-value]


@contextmanager
def explain_values() -> Iterator[None]:
    """Inside the `with`, values that are missing or can't be resolved are raised as a `UsageError`."""
    try:
        yield
    except MissingMandatoryValue as error:
        raise UsageError(f"{error.full_key} has no value: give {error.full_key}=...") from error
    except InterpolationResolutionError as error:
        raise _usage_error_behind(error) or UsageError(f"{error.full_key}: {first_line(error)}") from None


def _resolved(config: DictConfig, signature: Callable[..., Any]) -> dict[str, Any]:
    from gan_lightning.core.validation import required_arguments, signature_types  # loads pydantic

    resolved = resolve(config)
    check_paths(resolved)
    known = signature_types(signature)
    _check_known(resolved, known, "", "the config")
    for key, value in resolved.items():
        resolved[key] = _checked(key, value, known[key])
    for key in sorted(required_arguments(signature) - resolved.keys()):
        raise UsageError(f"{key} has no value: give {key}=...")
    return resolved


def _checked(path: str, value: Any, annotation: Any) -> Any:
    """The value, with whole floats as ints where its place takes ints only.

    Raises:
        UsageError: it does not fit the annotation.
    """
    from gan_lightning.core.validation import takes_objects

    if isinstance(value, dict) and "_target_" in value:
        return _checked_part(path, value, annotation)
    if isinstance(value, dict) and (keys := keys_of(annotation)) is not None:
        known = get_type_hints(keys, include_extras=True)
        _check_known(value, known, path, path)
        for key in sorted(keys.__required_keys__ - value.keys()):
            raise UsageError(f"{path}.{key} has no value: choose one with {path}=NAME")
        return {key: _checked(f"{path}.{key}", inner, known[key]) for key, inner in value.items()}
    if isinstance(value, dict) and value and _holds_parts(value, annotation):
        return {key: _checked_named(path, key, value, annotation) for key in value}
    if isinstance(value, dict) and takes_part(annotation) and (value or type(None) not in get_args(annotation)):
        raise UsageError(f"{path}={value} builds nothing: it has no _target_. Choose one with {path}=NAME")
    plain = isinstance(value, str | int | float) and not takes_plain_value(annotation)
    if (plain or (isinstance(value, list | tuple) and not takes_sequence(annotation))) and takes_objects(annotation):
        raise UsageError(f"{path}={value} is no part: choose one by its group, or null")
    value = _fitting(path, value, annotation)
    entries = dict(enumerate(value)) if isinstance(value, list | tuple) else value
    for key, inner in entries.items() if isinstance(entries, dict) else ():
        if isinstance(inner, dict | list | tuple):  # Hydra builds parts at any depth
            value[key] = _checked(f"{path}.{key}", inner, value_type(annotation))
    return value


def _checked_named(path: str, key: str, parts: dict[str, Any], annotation: Any) -> Any:
    """One of parts by names of the user's own, as under `callback`; None if it is switched off."""
    inner = parts[key]
    if not isinstance(inner, dict | None):
        raise UsageError(f"{path}.{key}={inner} is no part: choose one by its group, or null")
    if inner is not None and "_target_" not in inner:
        raise UsageError(f"{path}.{key} builds nothing: it has no _target_. {did_you_mean(key, set(parts) - {key})}")
    return inner and _checked(f"{path}.{key}", inner, value_type(annotation))


def _fitting(path: str, value: Any, annotation: Any) -> Any:
    from gan_lightning.core.validation import violation, with_whole_numbers

    wrong = violation(value, annotation)
    if wrong is None:
        return value
    whole = with_whole_numbers(value)  # 1e4 is a float to YAML
    if violation(whole, annotation) is None:
        return whole
    raise UsageError(f"{path}={_as_typed(value)} {wrong}")


def _checked_part(path: str, node: dict[str, Any], annotation: Any) -> dict[str, Any]:
    from gan_lightning.core.validation import required_arguments, signature_types, takes_any_keyword

    if "." not in path and not takes_part(annotation) and takes_part(value_type(annotation)):
        raise UsageError(
            f"{path} is one part ({node['_target_']}), where a set of them by name goes: leave {path}= out, and set "
            f"keys of those in the set ({path}.NAME.KEY=...), or add one of your own (+{path}@{path}.NAME=NAME)"
        )
    target = import_target(path, node["_target_"])
    partial = node.get("_partial_") is True
    check_kind(path, target, annotation, partial)
    known = signature_types(target)
    given = {k: v for k, v in node.items() if k != "_target_" and not (partial and k == "_partial_")}
    if not takes_any_keyword(target):
        _check_known(given, known, path, getattr(target, "__qualname__", path))
    checked = {key: _checked(f"{path}.{key}", inner, known.get(key, Any)) for key, inner in given.items()}
    missing = set() if partial else required_arguments(target) - given.keys() - GIVEN_BY_TRAIN.get(path, set())
    for key in sorted(missing):
        raise UsageError(f"{path}.{key} has no value: give +{path}.{key}=...")
    return {**node, **checked}


def _holds_parts(value: Mapping[str, Any], annotation: Any) -> bool:
    return takes_part(value_type(annotation)) or all(isinstance(v, Mapping | None) for v in value.values())


def instantiate(node: Mapping[str, Any], **arguments: Any) -> Any:
    """Builds the `_target_` of a validated node, from its keys and these arguments.

    Raises:
        UsageError: that of the part itself, unwrapped from Hydra's exception.
    """
    from hydra.utils import instantiate

    try:
        return instantiate(node, _convert_="all", **arguments)
    except InstantiationException as error:
        refusal = _usage_error_behind(error)
        if refusal is not None:
            raise refusal from None
        cause = error.__cause__ or error
        if isinstance(cause, OSError | MemoryError) or "memory" in str(cause):
            raise cause from None  # of the machine
        name = str(node.get("_target_")).rpartition(".")[2]
        raise UsageError(f"{name} can't be built: {first_line(cause)} ({type(cause).__name__})") from error


def _check_known(given: Iterable[str], known: Iterable[str], path: str, owner: str) -> None:
    for key in given:
        if key not in known:
            where = f"{path}.{key}" if path else key
            names = known if path else {*known, *own_groups(CONFIG_DIR)}
            hint = f"it is called {renamed} now" if (renamed := new_name(where)) else did_you_mean(key, names)
            if comes_from_a_file(where):
                hint += f" (it comes from a config file, not from the command line: leave it out with ~{where})"
            raise UsageError(f"{where} is not a key of {owner}: {hint}")


def _usage_error_behind(error: BaseException | None) -> UsageError | None:
    # Libraries re-raise what our parts and resolvers raise in words of their own.
    while error is not None and not isinstance(error, UsageError):
        error = error.__cause__ or error.__context__
    return error


def _as_typed(value: Any) -> str:
    return "null" if value is None else str(value)
