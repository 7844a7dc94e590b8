"""Config files in run directories, read as plain data: they may come from someone else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from omegaconf import OmegaConf

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.paths import relative_to_cwd

# Sections that Hydra would obey (callbacks, environment, search path, further files); a run writes none of them.
HYDRA_KEYS = ("hydra", "defaults")


def read_stored_config(file: Path) -> dict[str, Any]:
    """The config that a run wrote, without Hydra's own sections. Nothing in it is resolved, imported or called.

    Raises:
        UsageError: the file is missing or damaged, or holds what a run never writes: interpolations, YAML aliases.
    """
    name = relative_to_cwd(file)
    try:
        text = file.read_bytes().decode()
        if any(isinstance(event, yaml.AliasEvent) for event in (yaml.parse(text) if "*" in text else ())):
            raise UsageError(f"{name} is not the config of a run: it holds YAML aliases")
        loaded = OmegaConf.to_container(OmegaConf.create(text), resolve=False) if text.strip() else None
    except UsageError:
        raise
    except Exception as error:  # whatever the bytes of a damaged or foreign file make the parsers raise
        raise UsageError(f"{name} can't be read: {first_line(error)}") from error
    if not isinstance(loaded, dict):
        raise UsageError(f"{name} is not the config of a run: it holds no keys")
    config = {str(key): value for key, value in loaded.items() if key not in HYDRA_KEYS}
    for key, value in leaves(config):
        if isinstance(value, str) and "${" in value:
            raise UsageError(f"{name} is not the config of a run: {key} is an interpolation, {value}")
    return config


def leaves(node: Any, path: str = "", *, into_lists: bool = True) -> Iterator[tuple[str, Any]]:
    """Dotted path and value of every leaf of nested dicts and lists; empty ones are leaves, too.

    Args:
        node: plain data.
        path: of the node itself.
        into_lists: False for lists as leaves.
    """
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(node, dict):
        items = node.items()
    elif isinstance(node, list) and into_lists:
        items = enumerate(node)
    if not items or not node:
        yield path, node
        return
    for key, value in items:
        yield from leaves(value, f"{path}.{key}" if path else str(key), into_lists=into_lists)
