"""Readable name of a part."""

from __future__ import annotations


def part_name(target: str) -> str:
    """Of this package the module, named as the part's config, such as `ring8`; else the class."""
    package, _, rest = target.partition(".")
    return rest.split(".")[-2] if package == "gan_lightning" and "." in rest else target.rpartition(".")[2]
