"""Hydra's errors in one line each, with the names that may have been meant."""

from __future__ import annotations

import re
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException, MissingConfigException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

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
    return UsageError(first_line(error) + (f" ({first_line(error.__cause__)})" if error.__cause__ else ""))
