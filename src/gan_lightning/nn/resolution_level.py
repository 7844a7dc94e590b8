"""Levels of progressive networks by their resolution."""

from __future__ import annotations

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.image_pyramid import resolution_levels, supported_sizes


def level_of(resolution: int, where: str) -> int:
    """The level of a resolution base·2^level with base 4 to 7: 0 for 4 px or 7 px, 2 for 28, 8 for 1024.

    Args:
        resolution: pixels of the shorter side.
        where: name of the setting, for error messages.

    Raises:
        UsageError: it is not of this form.
    """
    found = resolution_levels(resolution, resolution) if resolution > 0 else None
    if found is None:
        nearest = " or ".join(map(str, supported_sizes(resolution))) if resolution > 4 else "4"
        raise UsageError(f"{where}={resolution} is not base·2^level with base 4…7: use {nearest}")
    return found[1]
