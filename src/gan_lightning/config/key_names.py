"""Names of the keys in a config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def full_keys(leaf: str, config: Mapping[str, Any]) -> list[str]:
    """The dotted keys of a config that are or end in `leaf`, the shortest first."""
    found = [key for key in _keys(config) if f".{key}".endswith(f".{leaf}")]
    return sorted(found, key=lambda key: key.count("."))


def places_of(group: str, config: Mapping[str, Any]) -> list[str]:
    """Places for an option of a group, as `loss@objective.loss`; with + where it is added to a set of them."""
    keys = list(_keys(config))
    alone = [f"{group}@{key}" for key in keys if f"_{key.rpartition('.')[2]}".endswith(f"_{group}") and "." in key]
    return alone or [f"+{group}@{key}.NAME" for key in keys if key.endswith(f".{group}s")]


def _keys(node: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in node.items():
        yield f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _keys(value, f"{prefix}{key}.")
