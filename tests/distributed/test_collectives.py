"""One process; `tests/objective/test_devices.py` has two."""

from __future__ import annotations

import pytest
import torch
import torch.distributed as dist

from gan_lightning.distributed import collectives
from gan_lightning.distributed.collectives import ProcessGroup, all_mean, all_rows, synchronized


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


def test_one_process_has_the_batch_itself() -> None:
    rows = torch.randn(3, 2)
    with synchronized():
        assert all_rows(rows) is rows
        assert all_mean(rows) is rows


def test_every_rank_has_the_gradient_of_its_rows_as_often_as_there_are_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rank 1 of 2 with rows 1 and 3: the mean over ranks, of which one has a gradient, is the gradient of the term."""
    whole = torch.tensor([1.0, 2.0, 5.0, 7.0])

    def gather(shards: list[torch.Tensor], own: torch.Tensor) -> None:
        for rank, shard in enumerate(shards):
            shard.copy_(whole[rank::2])

    monkeypatch.setattr(collectives, "_synchronized", True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(dist, "get_rank", lambda: 1)
    monkeypatch.setattr(dist, "all_gather", gather)
    own = whole[1::2].clone().requires_grad_()
    rows = all_rows(own)
    assert torch.equal(rows, whole)
    rows.prod().backward()
    assert own.grad is not None
    assert own.grad.tolist() == [2 * 35.0, 2 * 10.0]
