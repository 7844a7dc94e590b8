"""The state of `Scoring` in checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.structure import difference

KEY, OF_METRIC = "score", "state_of_"  # the key in checkpoints; the begin of those of metrics in it


def read_state(checkpoint: Mapping[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The record, the collapses and the estimates of a checkpoint, or None; and the states of metrics by their names.

    The states of metrics are checked by these.

    Raises:
        UsageError: they are not what `Scoring` saves.
    """
    state = checkpoint.get(KEY)
    if state is None:
        return None, {}
    own, metrics = state, {}
    if isinstance(state, dict):
        names = [name for name in state if str(name).startswith(OF_METRIC)]
        metrics = {name.removeprefix(OF_METRIC): state[name] for name in names}
        own = {name: value for name, value in state.items() if name not in names}
    record, estimates = (own.get(key) if isinstance(own, dict) else None for key in ("record", "estimates"))
    ranks = max(1, len(estimates)) if isinstance(estimates, Tensor) and estimates.ndim else 1
    expected = {
        "record": None if record is None else ("", 0.0, 0),
        "collapsed": 0,
        "estimates": None if estimates is None else torch.zeros(ranks, 2),
    }
    if wrong := difference(expected, own, KEY):
        raise UsageError(f"the checkpoint is not one of this program: {wrong}")
    return own, metrics
