"""Names of the keys in a config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def full_keys(leaf: str, config: Mapping[str, Any]) -> list[str]:
    """The dotted keys of a config that are or end in `leaf`, the shortest first."""
    found = [key for key in _keys(config) if f".{key}".endswith(f".{leaf}")]
    return sorted(found, key=lambda key: key.count("."))


def _keys(node: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in node.items():
        yield f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _keys(value, f"{prefix}{key}.")
