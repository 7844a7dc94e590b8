"""A path as a person typed it."""

from __future__ import annotations

import os
from pathlib import Path

from gan_lightning.core.errors import UsageError


def given_path(value: str, key: str) -> Path:
    """The path typed for `key`, with `~` as the home folder, unless there is a file of such a name.

    Raises:
        UsageError: it can't be a path: empty, of characters or a length that no file has, below a file, or in the home
            of a user that does not exist.
    """
    if not value.strip():
        raise UsageError(f"{key}= is empty: give a path")
    path = os.path.expanduser(value)
    if value.startswith("~") and path == value and not os.path.lexists(value):
        raise UsageError(f"{key}={value}: there is no user {value[1:].partition(os.sep)[0]} with a home folder")
    try:
        os.lstat(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        shown = value if len(value) <= 80 else f"{value[:40]}…{value[-20:]}"
        raise UsageError(f"{key}={shown}: {error.strerror}") from error
    except ValueError as error:  # a zero byte, or characters that the file system does not have
        raise UsageError(f"{key}={value!r} can't be a path: {error}") from error
    return Path(path)
