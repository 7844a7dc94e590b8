"""Per-sample statistics of several processes, brought to rank 0."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.metric.base import SampleStats


def gather_statistics(parts: Iterable[SampleStats], group: ProcessGroup) -> SampleStats:
    """All ranks' rows by name, on the CPU of rank 0, in the order of the samples; nothing on the other ranks.

    A collective.

    Args:
        parts: of this rank's samples, batch by batch; see `ProcessGroup.rows` for which these are.
        group: the processes.
    """
    shares: dict[str, list[Tensor]] = {}
    for part in parts:
        for name, rows in part.items():
            shares.setdefault(name, []).append(rows.cpu())
    names = group.broadcast_object(sorted(shares))  # rank 0 has the first sample
    found = {}
    for name in names:
        whole = group.gather_rows_to_first(torch.cat(shares[name]) if name in shares else None)
        if whole is not None:
            found[name] = whole
    return found
