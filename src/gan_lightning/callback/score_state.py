"""The state of `Scoring` in checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.structure import difference

KEY = "score"  # in checkpoints


def read_state(checkpoint: Mapping[str, Any]) -> dict[str, Any] | None:
    """The record, the collapses and the estimates of a checkpoint, or None.

    Raises:
        UsageError: they are not what `Scoring` saves.
    """
    state: dict[str, Any] | None = checkpoint.get(KEY)
    if state is None:
        return None
    record, estimates = (state.get(key) if isinstance(state, dict) else None for key in ("record", "estimates"))
    ranks = max(1, len(estimates)) if isinstance(estimates, Tensor) and estimates.ndim else 1
    expected = {
        "record": None if record is None else ("", 0.0, 0),
        "collapsed": 0,
        "estimates": None if estimates is None else torch.zeros(ranks, 2),
    }
    if wrong := difference(expected, state, KEY):
        raise UsageError(f"the checkpoint is not one of this program: {wrong}")
    return state
