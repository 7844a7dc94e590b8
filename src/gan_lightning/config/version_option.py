"""The option `--version` of the commands."""

from __future__ import annotations

from collections.abc import Sequence

from gan_lightning.version import __version__


def is_version_asked(arguments: Sequence[str]) -> bool:
    """True, after printing the version, if `--version` is among the arguments."""
    if "--version" not in arguments:
        return False
    print(f"gan_lightning {__version__}")
    return True
