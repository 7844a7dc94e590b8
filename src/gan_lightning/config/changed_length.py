"""Schedules of a run whose length changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.run.stored_config import leaves, read_stored_config

_LENGTH = "trainer.max_steps"
_ENDS = ("objective.schedule.end_step", "objective.penalty_schedule.end_step")


def stretched_schedules(config_file: Path, overrides: Sequence[str]) -> list[str]:
    """Overrides that let schedules which ended with the run end with its new last step; prints a line for each.

    Without them `run=DIR trainer.max_steps=LONGER` would go on at the rate at which the schedule ended, mostly 0, and a
    shorter run would end in the middle of its schedule.

    Args:
        config_file: of the run so far, resolved.
        overrides: typed; an `end_step` among them is left as it is.
    """
    typed = dict(override.lstrip("+").partition("=")[::2] for override in overrides)
    try:
        stored = dict(leaves(read_stored_config(config_file)))
    except UsageError:
        return []  # reading the whole config raises it
    before = stored.get(_LENGTH)
    ends = {key: stored.get(key) for key in _ENDS}
    try:
        length = float(typed.get(_LENGTH, "nan"))  # 1e4, too
    except ValueError:
        return []
    if type(before) is not int or not length.is_integer() or length == before:
        return []
    following = [key for key, end in ends.items() if end == before and key not in typed]
    for key in following:
        print_rank_zero(f"{key}={length:.0f}: it was {before:,}, the last step, and follows trainer.max_steps")
    return [f"{key}={length:.0f}" for key in following]
