"""One process; `tests/objective/test_devices.py` has two."""

from __future__ import annotations

import torch

from gan_lightning.distributed.collectives import ProcessGroup


def test_shards_hold_every_row_once() -> None:
    for size in (1, 2, 3, 9):
        rows = torch.cat([ProcessGroup(rank, size).rows(7) for rank in range(size)])
        assert sorted(rows.tolist()) == list(range(7))
    assert ProcessGroup(1, 3).rows(7).tolist() == [1, 4]


def test_one_process_has_every_row() -> None:
    group = ProcessGroup.current()
    assert group == ProcessGroup(0, 1)
    rows = torch.randn(5, 2)
    assert torch.equal(group.gather_rows(rows), rows)
    assert (group.all_sum(4), group.broadcast_object("x")) == (4, "x")


def test_shards_are_gathered_in_global_order() -> None:
    whole = torch.arange(7.0)[:, None]

    class Three(ProcessGroup):
        def _all_gather(self, value: object) -> list[torch.Tensor]:  # type: ignore[override]
            return [whole[ProcessGroup(rank, 3).rows(7)] for rank in range(3)]

    assert torch.equal(Three(1, 3).gather_rows(whole[1::3]), whole)
