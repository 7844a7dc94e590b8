"""A composed config becomes a plain one that has been checked to the last key, or one line that says why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypedDict, get_type_hints, is_typeddict

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException, InstantiationException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import InterpolationResolutionError, MissingMandatoryValue, OmegaConfBaseException

import gan_lightning.data.io.npy  # registers the resolver array_shape
import gan_lightning.objective.growth  # noqa: F401  registers steps_of_growth and last_of
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.version import __version__

_PACKAGE = Path(__file__).parents[1]
# In a wheel conf/ lies inside the package, in a checkout beside src/.
CONFIG_DIR = next(p for p in (_PACKAGE / "conf", _PACKAGE.parents[1] / "conf") if p.is_dir())

OmegaConf.register_new_resolver("version", lambda: __version__, replace=True)

# Only these may be named by a `_target_`: a config can come from someone else.
ALLOWED = ("gan_lightning.", "lightning.pytorch.")


class ModelConfig(TypedDict):
    """The `model` node."""

    generator: dict[str, Any]
    critic: dict[str, Any]


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
        return _plain(config, signature)
    except UsageError as error:
        written = config.get("version")
        if written in (None, __version__):
            raise
        raise UsageError(f"{error} (gan_lightning {written} wrote this config, this is {__version__})") from error


def _plain(config: DictConfig, signature: Callable[..., Any]) -> dict[str, Any]:
    from gan_lightning.core.validation import signature_types  # loads pydantic

    try:
        resolved: dict[str, Any] = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)  # type: ignore[assignment]
    except MissingMandatoryValue as error:
        raise UsageError(f"{error.full_key} has no value: give {error.full_key}=...") from error
    except InterpolationResolutionError as error:
        raise _refusal_behind(error) or UsageError(f"{error.full_key}: {_first_line(error)}") from None
    known = signature_types(signature)
    _refuse_unknown(resolved, known, "", "the config")
    for key, value in resolved.items():
        _check(key, value, known[key])
    return resolved


def _check(path: str, value: Any, annotation: Any) -> None:
    from gan_lightning.core.validation import signature_types, violation

    if isinstance(value, Mapping) and "_target_" in value:
        target = import_target(path, value["_target_"])
        known = signature_types(target)
        given = {k: v for k, v in value.items() if k != "_target_"}
        _refuse_unknown(given, known, path, target.__qualname__.removesuffix(".__init__"))
        for key, inner in given.items():
            _check(f"{path}.{key}", inner, known[key])
    elif isinstance(value, Mapping) and is_typeddict(annotation):
        known = get_type_hints(annotation)
        _refuse_unknown(value, known, path, path)
        for key, inner in value.items():
            _check(f"{path}.{key}", inner, known[key])
    elif isinstance(value, Mapping) and value and all(isinstance(v, Mapping | None) for v in value.values()):
        for key, inner in value.items():  # parts by names of the user's own, as under `callback`
            if inner is not None and "_target_" not in inner:
                raise UsageError(
                    f"{path}.{key} builds nothing: it has no _target_. {did_you_mean(key, set(value) - {key})}"
                )
            _check(f"{path}.{key}", inner, Any)
    else:
        wrong = violation(value, annotation)
        if wrong is not None:
            raise UsageError(f"{path}={_shown(value)} {wrong}")


def instantiate(node: Mapping[str, Any], **arguments: Any) -> Any:
    """What a checked node's `_target_` makes of it and of these arguments.

    Raises:
        UsageError: the part's own, without Hydra's words around it.
    """
    from hydra.utils import instantiate

    try:
        return instantiate(node, _convert_="all", **arguments)
    except InstantiationException as error:
        refusal = _refusal_behind(error)
        if refusal is None:
            raise
        raise refusal from None


def import_target(path: str, target: Any) -> Callable[..., Any]:
    """The class or function that a `_target_` names.

    Raises:
        UsageError: where it does not exist or is not ours to call.
    """
    from hydra.utils import get_object

    if not isinstance(target, str) or not target.startswith(ALLOWED):
        raise UsageError(
            f"{path}._target_={target}: only {' and '.join(a + '*' for a in ALLOWED)} may be built from a config"
        )
    try:
        found = get_object(target)
    except Exception as error:
        raise UsageError(f"{path}._target_={target} does not exist") from error
    if not callable(found) or not (getattr(found, "__module__", None) or "").startswith(ALLOWED):
        raise UsageError(f"{path}._target_={target} is not a part of gan_lightning or lightning.pytorch")
    return found  # type: ignore[no-any-return]


def _refuse_unknown(given: Iterable[str], known: Iterable[str], path: str, owner: str) -> None:
    for key in given:
        if key not in known:
            where = f"{path}.{key}" if path else key
            raise UsageError(f"{where} is not a key of {owner}: {did_you_mean(key, known)}")


def _refusal_behind(error: BaseException | None) -> UsageError | None:
    # Libraries re-raise what our parts and resolvers raise in words of their own.
    while error is not None and not isinstance(error, UsageError):
        error = error.__cause__ or error.__context__
    return error


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]


def explain_hydra_error(error: Exception, arguments: list[str]) -> UsageError:
    """What Hydra has to say of a command line, in one line, with the keys or options that were near.

    Args:
        error: raised while composing.
        arguments: the command line, without the program.
    """
    options = dict(a[2:].split("=", 1) for a in arguments if a.startswith("--") and "=" in a)
    directory, name = options.get("config-path", str(CONFIG_DIR)), options.get("config-name", "train")
    overrides = [a for a in arguments if not a.startswith("-")]
    if isinstance(error, MissingConfigException) and error.options:
        group, _, option = str(error.missing_cfg_file).rpartition("/")
        more = '; pip install "gan_lightning[sweep]" brings more' if group.startswith("hydra/") else ""
        return UsageError(f"{group}={option} does not exist: {did_you_mean(option, error.options)}{more}")
    if absent := re.search(r"Could not load '([^']+)/([^'/]+)'", str(error)):
        there = [path.stem for path in Path(directory, absent[1]).glob("*.yaml")]
        return UsageError(f"{absent[1]}={absent[2]} does not exist: {did_you_mean(absent[2], there)}")
    unknown = re.match(r"Could not override '([^']+)'", str(error))
    if unknown:
        key = unknown[1]
        parent, _, leaf = key.rpartition(".")
        rest = [o for o in overrides if o.partition("=")[0] != key and "=" in o]
        try:
            GlobalHydra.instance().clear()
            with initialize_config_dir(directory, version_base="1.3"):
                composed = compose(name, [o for o in rest if "," not in o or "=[" in o])
            while parent and OmegaConf.select(composed, parent) is None:  # a part that was not chosen
                parent, _, leaf = parent.rpartition(".")
            node = OmegaConf.select(composed, parent) if parent else composed
            known = [str(k) for k in node or () if k != "_target_"]
            key = ".".join(filter(None, (parent, leaf)))
            return UsageError(f"{key} is not a key of {parent or 'the config'}: {did_you_mean(leaf, known)}")
        except (HydraException, OmegaConfBaseException):
            return UsageError(f"{key} is not a known key")
    return UsageError(_first_line(error) + (f" ({_first_line(error.__cause__)})" if error.__cause__ else ""))
