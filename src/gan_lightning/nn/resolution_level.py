"""Levels of progressive networks and their resolutions."""

from __future__ import annotations

from gan_lightning.core.errors import UsageError


def resolution_of(level: int) -> int:
    """Pixels per side at a level: 4 at level 0, and twice as many at each one above."""
    return 4 << level


def level_of(resolution: int, where: str) -> int:
    """The level of a resolution: 0 for 4 px, 8 for 1024.

    Args:
        resolution: in pixels per side.
        where: name of the setting, for error messages.

    Raises:
        UsageError: it is not a power of two, or below 4.
    """
    if resolution < 4 or resolution.bit_count() != 1:
        below = 1 << max(0, resolution.bit_length() - 1)
        nearest = f"{below} or {2 * below}" if resolution > 4 else "4"
        raise UsageError(f"{where}={resolution} is not a power of two from 4 on: use {nearest}")
    return resolution.bit_length() - 3
