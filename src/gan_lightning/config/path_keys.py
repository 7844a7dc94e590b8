"""Keys whose values are paths: any characters, without quotes; `~`; and one line for a path that can't be."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_lightning.core.address import is_address
from gan_lightning.core.given_path import given_path

# By the last part of the key, in every command and group.
LAST_PARTS = {
    "cache",
    "checkpoint",
    "directory",
    "font",
    "image",
    "out",
    "path",
    "repo",
    "resume",
    "root",
    "run",
    "run_dir",
    "start",
}
LAST_PARTS |= {"fakes", "reals", "save_moments", "weights", "labels", "inputs", "root_a", "root_b"}
WHOLE = {"images"}  # of `translate`; elsewhere the name of an output
OR_NAMES = {"data.name"}  # paths, or names of the Hugging Face Hub
OF_HYDRA = {"hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir"}
_PLAIN = re.compile(r"[\w./+-]+", re.ASCII)  # needs no quotes


def is_path(key: str) -> bool:
    """True if the key's value is a path."""
    return key in OF_HYDRA | WHOLE | OR_NAMES or (key.rpartition(".")[2] in LAST_PARTS and not key.startswith("hydra."))


def quote(path: Path | str) -> str:
    """A path quoted for Hydra's grammar."""
    text = re.sub(r"(\\*)(?=\$\{)", lambda found: 2 * found[1] + "\\", str(path))  # no interpolation
    text = re.sub(r"(\\*)('|$)", lambda found: 2 * found[1] + ("\\'" if found[2] else ""), text)
    return f"'{text}'"


def quote_paths(arguments: list[str]) -> list[str]:
    """The arguments with paths quoted where Hydra's grammar needs it, and `~` expanded.

    With `hydra.job.chdir=true` they are absolute: the command runs in another directory than it was typed in.

    In a multirun, commas and sweeps such as `glob(*)` stay what they are, unless there is such a path.

    Raises:
        UsageError: a value can't be a path.
    """
    multirun = any(argument in ("-m", "--multirun") for argument in arguments)
    moves = any(re.fullmatch(r"\+*hydra\.job\.chdir=true", argument, re.IGNORECASE) for argument in arguments)
    return [_quoted(argument, multirun, moves) for argument in arguments]


def check_paths(config: Mapping[str, Any], prefix: str = "") -> None:
    """Checks all paths of a config.

    Raises:
        UsageError: one of them can't be a path, by its key.
    """
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            check_paths(value, f"{name}.")
        elif isinstance(value, str) and is_path(name):
            given_path(value, name)


def _quoted(argument: str, multirun: bool, moves: bool) -> str:
    typed, equals, value = argument.partition("=")
    key = typed.lstrip("+")
    if typed.startswith("-") or not equals or not is_path(key) or value in ("null", "???", '""', "''"):
        return argument
    there = _exists(value)
    if is_address(value):
        return argument if multirun and "," in value else f"{typed}={quote(value)}"
    if not there and (_is_quoted(value) or "${" in value or (multirun and re.search(r",|^\w+\(", value))):
        return argument
    stays = not moves or key in OF_HYDRA or (key in OR_NAMES and not there)
    path = str(given_path(value, key) if stays else given_path(value, key).absolute())
    return f"{typed}={path if _PLAIN.fullmatch(path) else quote(path)}"


def _is_quoted(value: str) -> bool:
    return len(value) > 1 and value[0] == value[-1] and value[0] in "'\""


def _exists(path: str) -> bool:
    try:
        return os.path.lexists(os.path.expanduser(path))
    except (OSError, ValueError):
        return False
