"""Hydra's errors in one line each, with the names that may have been meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hydra.errors import MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf

from gan_lightning.config.key_names import full_keys, places_of
from gan_lightning.config.part import import_target
from gan_lightning.config.search_path import SearchPath
from gan_lightning.config.validate import GIVEN_BY_TRAIN
from gan_lightning.core.errors import UsageError, did_you_mean, first_line

_SETS = ("callback", "logger")  # of parts by any name


def explain_hydra_error(error: Exception, overrides: Sequence[str], search: SearchPath) -> UsageError:
    """The error that a command line raised while it was composed, with the keys or options that are near.

    Args:
        error: raised while composing.
        overrides: of the command line; options among them are passed over.
        search: what the command line may name.
    """
    overrides = [one for one in overrides if not one.startswith("-")]
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return UsageError(_explain_missing(error.missing_cfg_file, error.options, search))
    if absent := re.search(r"Could not load '([^']+)'", str(error)):
        return UsageError(_explain_missing(absent[1], None, search))
    if unknown := re.match(r"Could not override '([^']+)'", str(error)):
        inside = re.search(r"full_key: (\S+)", str(error))  # of a dictionary that was typed
        key = inside[1] if inside and inside[1].startswith(f"{unknown[1]}.") else unknown[1]
        if key in search.own_groups():
            return UsageError(f"{key} is not among the config's defaults: type +{key}={_typed(overrides)[key]}")
        others = [one for one in overrides if one.lstrip("+").partition("=")[0] != unknown[1]]
        if (found := search.composed(others)) is None:
            return UsageError(f"{key} is not a known key")
        composed, groups = found
        groups |= search.own_groups()
        content: Any = OmegaConf.to_container(composed)
        if key in search.groups() - groups and (places := places_of(key, content)):
            return UsageError(f"{key} has no place of its own: type {_choices(places, _typed(overrides)[key])}")
        return UsageError(_explain_unknown_key(key, _typed(overrides), composed, groups, first_line(error)))
    removed = next((override[1:].partition("=")[0] for override in overrides if override.startswith("~")), None)
    if removed is not None and "interpolation" in str(error):
        return UsageError(f"~{removed}: other parts follow {removed}, it can't be left out: choose one, {removed}=NAME")
    if (typed := _null_group(overrides, search)) is not None:
        choices = search.options(typed)
        off = f"{typed}=none" if "none" in choices else f"leave {typed}= out"
        return UsageError(f"{typed}=null chooses no part: {off}; known: {', '.join(choices)}")
    if isinstance(error, OSError) and error.filename:
        return UsageError(f"could not write or read {error.filename}: {error.strerror}")
    if isinstance(error, OverrideParseException):
        key, _, value = error.override.partition("=")
        return UsageError(
            f"{error.override} can't be read ({first_line(error).partition(' expecting')[0]}): a value with such "
            f"characters is quoted twice, \"{key}='{value}'\""
        )
    return UsageError(first_line(error) + (f" ({first_line(error.__cause__)})" if error.__cause__ else ""))


def _explain_missing(file: str, options: Sequence[str] | None, search: SearchPath) -> str:
    """The message for a config that is in no place; `options` are those of its group, where Hydra knows it."""
    group, _, option = file.removesuffix(".yaml").rpartition("/")
    if not group:
        return f"--config-name={option} does not exist: {did_you_mean(option, search.options(''))}"
    if known := options or search.options(group):
        more = '; pip install "gan_lightning[sweep]" brings more' if group.startswith("hydra/") else ""
        return f"{group}={option} does not exist: {did_you_mean(option, known)}{more}"
    return f"{group} is not a group: {did_you_mean(group, search.groups())}"


def _explain_unknown_key(
    key: str, typed: Mapping[str, str], composed: DictConfig, groups: set[str], reason: str
) -> str:
    """The message for a key that could not be set in a config, composed without it; `groups` can be chosen from."""
    value = typed.get(key, "VALUE")
    parent, _, leaf = key.rpartition(".")
    replaced = typed.get(f"{parent}._target_")
    if replaced and leaf != "_target_":
        return f"{key} is not a key of the part that {replaced} replaces: type +{key}={value}"
    while parent and _node(composed, parent) is None:  # a part that was not chosen
        parent, _, leaf = parent.rpartition(".")
    node = _node(composed, parent) if parent else composed
    known = [str(k) for k in node if k != "_target_"] if isinstance(node, DictConfig) else []
    content: Any = OmegaConf.to_container(composed)
    if key in composed:
        return f"{key}={{...}} is not of the config's kind: {reason}"
    if not parent and leaf not in groups and (whole := full_keys(leaf, content)):
        return f"{leaf} is not a key of the config: type {_choices(whole, value)}"
    name = ".".join(filter(None, (parent, leaf)))
    if parent and leaf in known:  # the parent is an interpolation, such as ${metric}
        source = content
        for part in parent.split("."):
            source = source.get(part) if isinstance(source, dict) else source
        if not isinstance(source, str):  # name is an interpolation whose own keys aren't set
            return f"{key} is not a key of {name}: {did_you_mean(key, ())}"
        return f"{name}: {parent} follows {source}: set {source.strip('${}')}.{leaf}=... instead"
    near = did_you_mean(leaf, {*known, *groups} if key == leaf else known)
    if not near.startswith("did you mean") or leaf in groups or leaf in known:
        if key in {f"{group}._target_" for group in _SETS}:
            return f"{parent} holds parts by name: type +{parent}.NAME._target_={value}"
        if key in (f"{parent}._target_", f"{name}._target_"):
            return f"{key.removesuffix('._target_')} has no part to replace: type +{key}={value}"
        if key == name and isinstance(node, DictConfig) and "_target_" in node:
            return _explain_key_of_part(parent, leaf, node, value)
    return f"{name} is not a key of {parent or 'the config'}: {near}"


def _explain_key_of_part(part: str, key: str, node: DictConfig, value: str) -> str:
    """The message for a key that is not in a part's config: its class may take it all the same."""
    from gan_lightning.core.validation import signature_types  # loads pydantic

    taken = signature_types(import_target(part, node["_target_"])).keys() - GIVEN_BY_TRAIN.get(part, set())
    if key in taken:
        return f"{part}.{key} is not in the config of {part}, but its class takes it: type +{part}.{key}={value}"
    return f"{part}.{key} is not a key of {part}: {did_you_mean(key, {*taken, *map(str, node)} - {'_target_'})}"


def _node(config: DictConfig, key: str) -> Any:
    """The node at a key; None where there is nothing, or what follows from keys that are not set."""
    return OmegaConf.select(config, key, throw_on_resolution_failure=False)


def _choices(keys: Sequence[str], value: str) -> str:
    return " or ".join(f"{key}={value}" for key in keys[:2])


def _typed(overrides: Sequence[str]) -> dict[str, str]:
    return dict(one.lstrip("+").partition("=")[::2] for one in overrides)


def _null_group(overrides: Sequence[str], search: SearchPath) -> str | None:
    """The first group among the overrides whose option is null."""
    keys = (key for key, _, value in (override.partition("=") for override in overrides) if value == "null")
    return next((key for key in keys if key in search.groups()), None)
