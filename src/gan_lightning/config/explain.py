"""Hydra's errors in one line each, with the names that may have been meant."""

from __future__ import annotations

import re
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.singleton import Singleton
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gan_lightning.config.key_names import full_keys
from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.core.errors import UsageError, did_you_mean, first_line


def explain_hydra_error(error: Exception, arguments: list[str]) -> UsageError:
    """The error that a command line raised while it was composed, with the keys or options that are near.

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
    if unknown := re.match(r"Could not override '([^']+)'", str(error)):
        inside = re.search(r"full_key: (\S+)", str(error))  # of a dictionary that was typed
        key = inside[1] if inside and inside[1].startswith(f"{unknown[1]}.") else unknown[1]
        others = [o for o in overrides if o.partition("=")[0] != unknown[1] and "=" in o]
        state = Singleton.get_state()
        try:
            GlobalHydra.instance().clear()
            with initialize_config_dir(directory, version_base="1.3"):
                composed = compose(name, [o for o in others if "," not in o or "=[" in o])
            return UsageError(_explain_unknown_key(key, overrides, composed, first_line(error)))
        except (HydraException, OmegaConfBaseException):
            return UsageError(f"{key} is not a known key")
        finally:
            Singleton.set_state(state)
    removed = next((override[1:].partition("=")[0] for override in overrides if override.startswith("~")), None)
    if removed is not None and "interpolation" in str(error):
        return UsageError(f"~{removed}: other parts follow {removed}, it can't be left out: choose one, {removed}=NAME")
    if (typed := _null_group(overrides)) is not None:
        choices = [path.stem for path in Path(directory, typed).glob("*.yaml")]
        off = f"{typed}=none" if "none" in choices else f"leave {typed}= out"
        return UsageError(f"{typed}=null chooses no part: {off}; known: {', '.join(sorted(choices))}")
    if isinstance(error, OSError) and error.filename:
        return UsageError(f"could not write or read {error.filename}: {error.strerror}")
    if isinstance(error, OverrideParseException):
        key, _, value = error.override.partition("=")
        return UsageError(
            f"{error.override} can't be read ({first_line(error).partition(' expecting')[0]}): a value with such "
            f"characters is quoted twice, \"{key}='{value}'\""
        )
    return UsageError(first_line(error) + (f" ({first_line(error.__cause__)})" if error.__cause__ else ""))


def _explain_unknown_key(key: str, overrides: list[str], composed: DictConfig, reason: str) -> str:
    """The message for a key that could not be set in a config, composed without it."""
    parent, _, leaf = key.rpartition(".")
    while parent and OmegaConf.select(composed, parent) is None:  # a part that was not chosen
        parent, _, leaf = parent.rpartition(".")
    node = OmegaConf.select(composed, parent) if parent else composed
    known = [str(k) for k in node if k != "_target_"] if isinstance(node, DictConfig) else []
    if key in composed:
        return f"{key}={{...}} is not of the config's kind: {reason}"
    if not parent and (whole := full_keys(leaf, OmegaConf.to_container(composed))):  # type: ignore[arg-type]
        value = dict(o.lstrip("+").partition("=")[::2] for o in overrides).get(leaf, "VALUE")
        return f"{leaf} is not a key of the config: type {' or '.join(f'{one}={value}' for one in whole[:2])}"
    key = ".".join(filter(None, (parent, leaf)))
    if leaf in known:  # the parent is an interpolation, such as ${metric}
        source = OmegaConf.to_container(composed)
        for part in parent.split("."):
            source = source.get(part) if isinstance(source, dict) else source
        return f"{key}: {parent} follows {source}: set {str(source).strip('${}')}.{leaf}=... instead"
    return f"{key} is not a key of {parent or 'the config'}: {did_you_mean(leaf, known)}"


def _null_group(overrides: list[str]) -> str | None:
    """The first group among the overrides whose option is null."""
    keys = (key for key, _, value in (override.partition("=") for override in overrides) if value == "null")
    return next((key for key in keys if (CONFIG_DIR / key).is_dir()), None)
