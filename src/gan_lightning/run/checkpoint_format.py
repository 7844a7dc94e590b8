"""Version and format of checkpoints, and the check that a checkpoint fits the networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.version import __version__

_KEY = "gan_lightning"
FORMAT = 1  # incremented when older versions can't read new checkpoints


def add_format_version(checkpoint: dict[str, Any]) -> None:
    """Adds version and format to a checkpoint."""
    checkpoint[_KEY] = {"version": __version__, "format": FORMAT}


def check_compatible(checkpoint: Mapping[str, Any], expected: Mapping[str, Tensor]) -> None:
    """Checks that a checkpoint has a readable format and the weights of these networks.

    Args:
        checkpoint: as loaded.
        expected: the networks' state dict.

    Raises:
        UsageError: the format is newer, or names or shapes of weights differ; names the version that wrote it.
    """
    written = checkpoint.get(_KEY, {})
    writer = f"gan_lightning {written.get('version', 'of unknown version')}"
    if written.get("format", FORMAT) > FORMAT:
        raise UsageError(
            f"the checkpoint was written by {writer} in format {written['format']}, this is {__version__} and reads "
            f"up to {FORMAT}: install that version"
        )
    given = checkpoint["state_dict"]
    for name in [*expected, *given]:
        here, there = (tuple(d[name].shape) if name in d else "nothing" for d in (expected, given))
        if here != there:
            raise UsageError(
                f"the checkpoint, written by {writer}, is of other networks: {name} is {there} there and {here} here "
                f"(gan_lightning {__version__}); its run's config.yaml says which"
            )
