"""A path as a person typed it."""

from __future__ import annotations

from pathlib import Path

from gan_lightning.core.errors import UsageError


def given_path(value: str, key: str) -> Path:
    """The path typed for `key`, with `~` as the home folder.

    Raises:
        UsageError: it is empty, holds a null byte, or names the home of a user that does not exist.
    """
    if not value.strip() or "\0" in value:
        raise UsageError(f"{key}={value!r} is not a path: give one, {key}=PATH")
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        user = Path(value).parts[0]
        raise UsageError(f"{key}={value}: there is no home folder {user}; give the whole path") from error
