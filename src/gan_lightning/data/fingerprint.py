"""A short description of the data a run is trained on, to notice that they have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import torch

from gan_lightning.data.sample_source import SampleTable

ROWS = 64  # of each table that are compared


def fingerprint(train: Any, held_out: Any) -> dict[str, Any]:
    """Number of training and held-out samples, their shape, and a digest of some, evenly spaced; empty for a density.

    It does not depend on where the data are, nor on how they are stored.
    """
    if not isinstance(train, SampleTable) or not isinstance(held_out, SampleTable) or not len(train):
        return {}
    digest = hashlib.blake2b(digest_size=8)
    for table in (train, held_out):
        chosen = torch.linspace(0, max(0, len(table) - 1), min(ROWS, len(table))).long()
        digest.update(table.rows[chosen].contiguous().cpu().numpy().tobytes())
        labels = None if table.labels is None or not len(table.labels) else table.labels[chosen]
        if labels is not None and labels.dim() > 1:  # classes have names to be compared by
            digest.update(labels.contiguous().cpu().numpy().tobytes())
    shape = "×".join(str(size) for size in train.rows[torch.zeros(1, dtype=torch.long)].shape[1:])
    return {"train": len(train), "held_out": len(held_out), "shape": shape, "digest": digest.hexdigest()}


def describe_change(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """The difference between two fingerprints, as a phrase; None if there is none, or one of them is empty."""
    if not before or not now or before == now:
        return None
    for key, name in (("train", "training samples"), ("held_out", "held-out samples")):
        if before.get(key) != now[key]:
            return f"{now[key]:,} {name}, before it were {before.get(key)}"
    return "as many samples, but others" if before.get("shape") == now["shape"] else "samples of another shape"
