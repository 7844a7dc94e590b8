"""Packages that only an optional part needs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from gan_lightning.core.errors import UsageError


def import_extra(module: str, extra: str) -> ModuleType:
    """Imports a module of an optional dependency.

    Raises:
        UsageError: it is not installed; names the extra that installs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError(
            f'{module.partition(".")[0]} is not installed: pip install "gan_lightning[{extra}]"'
        ) from error
