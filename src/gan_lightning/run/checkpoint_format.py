"""Version and format of checkpoints, and the check that a checkpoint fits the networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.structure import describe, difference
from gan_lightning.version import __version__

_KEY = "gan_lightning"
FORMAT = 1  # incremented when older versions can't read new checkpoints


def add_format_version(checkpoint: dict[str, Any]) -> None:
    """Adds version and format to a checkpoint."""
    checkpoint[_KEY] = {"version": __version__, "format": FORMAT}


def check_format(checkpoint: Mapping[str, Any]) -> None:
    """Checks that a checkpoint is of a format that this version reads.

    Raises:
        UsageError: it is newer; names the version that wrote it.
    """
    written = checkpoint.get(_KEY, {})
    number = written.get("format", FORMAT) if isinstance(written, Mapping) else FORMAT
    if isinstance(number, int) and number > FORMAT:
        raise UsageError(
            f"the checkpoint was written by {_writer(checkpoint)} in format {number}, this is {__version__} and reads "
            f"up to {FORMAT}: install that version"
        )


def check_compatible(checkpoint: Mapping[str, Any], expected: Mapping[str, Tensor]) -> None:
    """Checks that a checkpoint has a readable format and the weights of these networks.

    Args:
        checkpoint: as loaded.
        expected: the networks' state dict.

    Raises:
        UsageError: the format is newer, or names, shapes or types of weights differ; names the version that wrote it.
    """
    check_format(checkpoint)
    given = checkpoint["state_dict"]
    for name in [*expected, *given]:
        here, there = (_form(d[name]) if name in d else "nothing" for d in (expected, given))
        if here != there:
            raise UsageError(
                f"the checkpoint, written by {_writer(checkpoint)}, is of other networks: {name} is {there} there and "
                f"{here} here (gan_lightning {__version__}); its run's config.yaml says which"
            )
        if wrong := difference(expected[name], given[name], name):
            raise UsageError(f"the checkpoint is not one of these networks: {wrong}")


def _form(weight: object) -> object:
    return tuple(weight.shape) if isinstance(weight, Tensor) else describe(weight)


def _writer(checkpoint: Mapping[str, Any]) -> str:
    written = checkpoint.get(_KEY, {})
    known = isinstance(written, Mapping) and "version" in written
    return f"gan_lightning {written['version'] if known else 'of unknown version'}"
