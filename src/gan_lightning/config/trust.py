"""Packages that configs from elsewhere may name because the person says so: `trust=mynets`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gan_lightning.core.errors import UsageError

_trusted: set[str] = set()


def take_trust(arguments: list[str]) -> list[str]:
    """The arguments without `trust=NAME` or `trust=[NAME,OTHER]`, whose modules are trusted from now on.

    Raises:
        UsageError: a name is no name of a module.
    """
    _trusted.clear()
    rest = []
    for argument in arguments:
        key, _, value = argument.partition("=")
        if key != "trust":
            rest.append(argument)
            continue
        _trusted.update(_names(value.strip("[]").split(","), value))
    return rest


@contextmanager
def trusting(names: Iterable[str]) -> Iterator[None]:
    """Trusts these modules, too, inside the `with`.

    Raises:
        UsageError: a name is no name of a module.
    """
    new = set(_names(names, names)) - _trusted
    _trusted.update(new)
    try:
        yield
    finally:
        _trusted.difference_update(new)


def _names(given: Iterable[str], typed: object) -> list[str]:
    names = [name.strip() for name in given]
    if not all(part.isidentifier() for name in names for part in name.split(".")):
        raise UsageError(f"trust={typed}: give modules or packages by name, such as trust=mynets")
    return names


def is_trusted(target: str) -> bool:
    """True if a `_target_` lies in a trusted module or package."""
    return any(target.startswith(f"{name}.") for name in _trusted)
