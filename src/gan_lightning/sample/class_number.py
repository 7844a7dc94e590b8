"""Classes by their names."""

from __future__ import annotations

from collections.abc import Sequence

from gan_lightning.core.errors import UsageError, did_you_mean


def class_number(label: int | str | None, names: Sequence[str] | None) -> int | None:
    """The number of a class that is typed by number or name.

    Args:
        label: as typed; a name comes first, so that of folders called 3, 5, 7 `label=5` is the second.
        names: of the classes, in the order of their numbers; None where the run has none.

    Raises:
        UsageError: there is no such name.
    """
    if label is None or (isinstance(label, int) and str(label) not in (names or ())):
        return label
    if not names:
        raise UsageError(f"label={label}: this run has no names of classes: give a number")
    if str(label) not in names:
        raise UsageError(f"label={label} is no class of this run: {did_you_mean(str(label), names)}")
    return list(names).index(str(label))
