"""The stream: which sample is seen when, on which process."""

from __future__ import annotations

from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.utils.data import DataLoader

from gan_lightning.data.distribution import SamplingDistribution
from gan_lightning.data.sample_source import SampleSource, SampleTable
from gan_lightning.data.stream import HeldOut, StepBatch, StepStream
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.objective.growth import Stage

SIZES = st.integers(1, 40)
SEEDS = st.integers(0, 2**31)


class Normal(SamplingDistribution):
    def sample(self, n: int, source: torch.Generator) -> Tensor:
        return torch.randn(n, 2, generator=source)


def counting(n: int) -> SampleTable:
    return SampleTable(torch.arange(n))


def images(n: int, flip: bool = False) -> SampleTable:
    return SampleTable(torch.arange(n * 12, dtype=torch.uint8).view(n, 1, 3, 4), flip=flip)


SOURCES = pytest.mark.parametrize(
    "source", [images(10), images(10, flip=True), Normal()], ids=["table", "flip", "density"]
)


@given(n=SIZES, size=SIZES, seed=SEEDS, epochs=st.integers(1, 3))
def test_each_epoch_sees_each_sample_once_wherever_turns_begin(n: int, size: int, seed: int, epochs: int) -> None:
    turns = -(-n * epochs // size)
    seen = torch.cat([counting(n).batch(seed, t, size) for t in range(turns)])[: n * epochs]
    for epoch in seen.view(epochs, n):
        assert sorted(epoch.tolist()) == list(range(n))


@given(n=SIZES, size=SIZES, seed=SEEDS, turn=st.integers(0, 50))
def test_a_turn_depends_on_seed_and_number_alone(n: int, size: int, seed: int, turn: int) -> None:
    table = counting(n)
    for other in (turn + 3, 0, turn + 1, turn):  # what was asked before leaves no trace
        again = table.batch(seed, other, size)
    assert torch.equal(again, counting(n).batch(seed, turn, size))


@given(n=SIZES, sizes=st.lists(SIZES, min_size=1, max_size=6), seed=SEEDS, turns=st.integers(1, 3))
def test_batches_of_varying_size_follow_the_same_order(n: int, sizes: list[int], seed: int, turns: int) -> None:
    before = [turns * sum(sizes[:k]) for k in range(len(sizes) + 1)]
    schedule = {k: Stage(before[k], 0, 1.0, size) for k, size in enumerate(sizes)}
    steps = StepStream(counting(n), batches_per_step=turns, batch_size=1, schedule=schedule.__getitem__, seed=seed)
    seen = torch.cat([steps.step_batch(k).real.flatten() for k in range(len(sizes))])
    assert torch.equal(seen, counting(n).batch(seed, 0, before[-1]))
    assert [steps.step_batch(k).rows for k in range(len(sizes))] == sizes


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    first, second = (counting(100).batch(0, t, 100) for t in (0, 1))
    assert not torch.equal(first, second)
    assert not torch.equal(first, counting(100).batch(1, 0, 100))
    assert not torch.equal(first, torch.arange(100))


@SOURCES
@pytest.mark.parametrize("slots", [2, 3])
def test_shares_make_up_the_global_batch(source: SampleSource, slots: int) -> None:
    whole = source.batch(5, 7, 12)
    shared = torch.empty_like(whole)
    for slot in range(slots):
        shared[slot::slots] = source.batch(5, 7, 12, slot, slots)
    assert torch.equal(shared, whole)


def test_a_flip_mirrors_about_half_and_changes_nothing_else() -> None:
    plain, flipped = images(400).batch(0, 0, 400), images(400, flip=True).batch(0, 0, 400)
    mirrored = (flipped == plain.flip(-1)).flatten(1).all(1)
    kept = (flipped == plain).flatten(1).all(1)
    assert (mirrored ^ kept).all()
    assert abs(int(mirrored.sum()) - 200) < 40  # four standard deviations of Binomial(400, ½)


def test_a_density_never_repeats_itself() -> None:
    points = torch.cat([Normal().batch(0, t, 50) for t in range(4)])
    assert len(points.unique(dim=0)) == 200


@SOURCES
def test_a_step_is_its_turns_in_order(source: SampleSource) -> None:
    steps = StepStream(source, batches_per_step=3, batch_size=4, seed=1)
    made = steps.step_batch(2)
    assert made.index == 2
    assert torch.equal(made.real, torch.stack([source.batch(1, t, 4) for t in (6, 7, 8)]))


@SOURCES
def test_a_later_start_gives_the_tail(source: SampleSource) -> None:
    whole = list(islice(StepStream(source, batches_per_step=2, batch_size=3), 6))
    tail = list(islice(StepStream(source, batches_per_step=2, batch_size=3, start=4), 2))
    assert [r.index for r in tail] == [4, 5]
    assert all(torch.equal(a.real, b.real) for a, b in zip(whole[4:], tail, strict=True))


@pytest.mark.parametrize("start", [0, 5])
def test_workers_do_not_change_the_stream(start: int) -> None:
    steps = StepStream(images(7, flip=True), batches_per_step=2, batch_size=3, start=start)
    alone = list(islice(steps, 5))
    together = list(islice(DataLoader(steps, batch_size=None, num_workers=2), 5))
    assert [r.index for r in together] == [r.index for r in alone] == list(range(start, start + 5))
    assert all(torch.equal(a.real, b.real) for a, b in zip(alone, together, strict=True))


@given(n=st.integers(1, 60), size=st.integers(1, 30), world=st.integers(1, 3))
def test_held_out_samples_are_seen_once_over_all_processes(n: int, size: int, world: int) -> None:
    parts = [
        r.real[0] for rank in range(world) for r in HeldOut(counting(n), batch_size=size, rank=rank, world_size=world)
    ]
    assert sorted(torch.cat(parts).tolist()) == list(range(n))


def test_a_gpu_goes_on_while_its_step_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(Tensor, "pin_memory", lambda real: asked.append("pin") or real)
    monkeypatch.setattr(Tensor, "to", lambda real, device, non_blocking: asked.append((device, non_blocking)) or real)
    given = StepBatch(torch.zeros(5, 4, 2), 7, 8)
    taken = TensorData(torch.zeros(10, 2)).transfer_batch_to_device(given, torch.device("cuda"), 0)
    assert asked == ["pin", (torch.device("cuda"), True)]
    assert (taken.index, taken.rows) == (7, 8)
