"""Configs read from run directories, and the one check that separates them from typed ones: they may be foreign."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from gan_lightning.config import part
from gan_lightning.config.trust import is_trusted
from gan_lightning.core.errors import UsageError
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.run.signature import is_signed
from gan_lightning.run.stored_config import leaves, read_stored_config

# Arguments of callbacks and loggers that say where to write.
_FOLDERS = {"directory", "dirpath", "save_dir", "log_dir", "root_dir", "output_dir", "repo", "tracking_uri"}
_NAMES = {"filename", "name", "version", "prefix", "sub_dir", "id"}


def load_stored_config(file: Path, keys: Sequence[str] | None = None) -> dict[str, Any]:
    """A run's config as plain data, whose parts may be built.

    They are of this package or of Lightning, or of modules that the person trusts (`trust=NAME`), or the config was
    written by a run of this user on this machine and not changed since.

    Args:
        file: the run's config.yaml.
        keys: that are read, dotted; None is all.

    Raises:
        UsageError: it is damaged, or names something else.
    """
    config = read_stored_config(file)
    if keys is not None:
        config = _selected(config, keys)
    for path, value in leaves(config):
        owner, _, key = path.rpartition(".")
        if key == "_target_" and not part.is_known(value) and not is_trusted(str(value)) and not _is_own(file):
            raise UsageError(
                f"{relative_to_cwd(file)}: {owner}._target_={value} is code of someone else, or the file was changed "
                f"since the run wrote it: if you trust it, type trust={str(value).partition('.')[0]}"
            )
    return config


def _is_own(file: Path) -> bool:
    return is_signed(file.read_text(encoding="utf-8"))


def _selected(config: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in keys:
        node, target, parts = config, found, key.split(".")
        while len(parts) > 1 and isinstance(node.get(parts[0]), dict):
            node, target = node[parts[0]], target.setdefault(parts[0], {})
            parts = parts[1:]
        if len(parts) == 1 and parts[0] in node:
            target[parts[0]] = node[parts[0]]
    return found


def move_to(directory: Path, config: dict[str, Any], typed: Collection[str] = ()) -> dict[str, Any]:
    """The config of a run that goes on in this directory, where everything is written.

    Args:
        directory: of the run.
        config: as stored.
        typed: keys that are set on the command line, whose values are not looked at.

    Raises:
        UsageError: a callback or the logger would write elsewhere.
    """
    before = Path(str(config.get("run_dir") or directory))
    moved = {**config, "run_dir": str(directory)}
    for section in ("callback", "logger"):
        moved[section] = _moved(config.get(section), section, before, directory, typed)
    return moved


def _moved(node: Any, path: str, before: Path, directory: Path, typed: Collection[str]) -> Any:
    if isinstance(node, dict):
        return {key: _moved(value, f"{path}.{key}", before, directory, typed) for key, value in node.items()}
    if isinstance(node, list):
        return [_moved(value, f"{path}.{place}", before, directory, typed) for place, value in enumerate(node)]
    key = path.rpartition(".")[2]
    if not isinstance(node, str) or key not in _FOLDERS | _NAMES or path in typed:
        return node
    inside = key in _NAMES or Path(node).is_relative_to(before)
    relative = Path(node).relative_to(before) if key in _FOLDERS and inside else Path(node)
    if not inside or relative.is_absolute() or ".." in relative.parts:
        raise UsageError(
            f"{path}={node} of the run's config lies outside its directory: to write there, type {path}={node}"
        )
    return str(directory / relative) if key in _FOLDERS else node
