"""Typed `+KEY` that no part of this package has, refused before torch is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from gan_lightning.config.origin import own_groups
from gan_lightning.config.renamed import new_name
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.typed_overrides import typed_overrides
from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.core.errors import UsageError, did_you_mean


def check_added_keys(config: DictConfig) -> None:
    """Checks the keys that were typed with a `+`, against the keys in the config files of each group.

    Reading files takes milliseconds; the signatures of the classes, by which `resolve_and_validate` checks all keys
    afterwards, take seconds. Keys of a class of the person's own, and new parts, are left to it.

    Args:
        config: as composed by Hydra, in a program that it started.

    Raises:
        UsageError: names the key and similar ones.
    """
    if not HydraConfig.initialized():
        return
    for override in typed_overrides():
        key = override.lstrip("+").partition("=")[0]
        if override.startswith("+") and "@" not in key and "/" not in key:
            _check(config, key.split("."))


def _check(config: DictConfig, key: list[str]) -> None:
    top = {field.name for field in fields(TrainConfig)}
    if key[0] not in top:
        raise UsageError(f"{key[0]} is not a key of the config: {_hint(key[0], top | own_groups(CONFIG_DIR))}")
    node: Any = config
    for depth, name in enumerate(key):
        if not OmegaConf.is_dict(node):
            return
        target = OmegaConf.to_container(node, resolve=False).get("_target_")  # type: ignore[union-attr]
        if target is not None and (known := keys_of_group(str(target))) and name not in known:
            path, owner = ".".join(key[: depth + 1]), str(target).rpartition(".")[2]
            raise UsageError(
                f"{path} is not a key of {owner}: {_hint(path, {str(k) for k in node} - {name, '_target_'})}"
            )
        node = node._get_node(name)


def _hint(path: str, known: set[str]) -> str:
    renamed = new_name(path)
    return f"it is called {renamed} now" if renamed else did_you_mean(path.rpartition(".")[2], known)


@cache
def keys_of_group(target: str) -> frozenset[str]:
    """Every key that some class of a target's group has, from the files in conf/; empty for targets from elsewhere."""
    module = target.removeprefix("gan_lightning.").removeprefix("sample.")
    folder = CONFIG_DIR / module.partition(".")[0]
    if not target.startswith("gan_lightning.") or not folder.is_dir():
        return frozenset()
    found = {"_target_", "_partial_", "_recursive_", "_convert_"}
    for file in folder.rglob("*.yaml"):
        found.update(_keys(file))
    return frozenset(found)


def _keys(file: Path) -> Iterator[str]:
    """All keys in a file, at any depth, and those that its defaults list fills (`/schedule@objective.schedule`)."""
    content = yaml.safe_load(file.read_text()) or {}
    for entry in content.get("defaults", []):
        for place in entry if isinstance(entry, dict) else [entry]:
            yield from place.rpartition("@")[2].split(".")
    yield from _names(content)


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, inner in node.items():
            yield str(key)
            yield from _names(inner)
