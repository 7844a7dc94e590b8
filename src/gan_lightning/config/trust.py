"""Packages that configs from elsewhere may name because the person says so: `trust=mynets`."""

from __future__ import annotations

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
        for name in value.strip("[]").split(","):
            if not all(part.isidentifier() for part in name.strip().split(".")):
                raise UsageError(f"trust={value}: give modules or packages by name, such as trust=mynets")
            _trusted.add(name.strip())
    return rest


def is_trusted(target: str) -> bool:
    """True if a `_target_` lies in a trusted module or package."""
    return any(target.startswith(f"{name}.") for name in _trusted)
