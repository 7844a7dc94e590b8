"""Who wrote a checkpoint, and whether this version can read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.version import __version__

_KEY = "gan_lightning"
FORMAT = 1  # of checkpoints; grows when an older version could not read what this one writes


def add_format_version(checkpoint: dict[str, Any]) -> None:
    """Notes the version and the format in a checkpoint."""
    checkpoint[_KEY] = {"version": __version__, "format": FORMAT}


def check_compatible(checkpoint: Mapping[str, Any], expected: Mapping[str, Tensor]) -> None:
    """Compares a checkpoint with the networks that are to take its weights.

    Args:
        checkpoint: as loaded.
        expected: their state dict.

    Raises:
        UsageError: a newer format, or weights of other names or shapes; names the version that wrote it.
    """
    signature = checkpoint.get(_KEY, {})
    writer = f"gan_lightning {signature.get('version', 'of unknown version')}"
    if signature.get("format", FORMAT) > FORMAT:
        raise UsageError(
            f"the checkpoint was written by {writer} in format {signature['format']}, this is {__version__} and reads "
            f"up to {FORMAT}: install that version"
        )
    given = checkpoint["state_dict"]
    for name in [*expected, *given]:
        ours, theirs = (tuple(d[name].shape) if name in d else "nothing" for d in (expected, given))
        if ours != theirs:
            raise UsageError(
                f"the checkpoint, written by {writer}, is of other networks: {name} is {theirs} there and {ours} here "
                f"(gan_lightning {__version__}); its run's config.yaml says which"
            )
