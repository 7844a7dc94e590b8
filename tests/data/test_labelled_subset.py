"""The choice of those few whose labels are used."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.core.errors import UsageError
from gan_lightning.data.labelled_subset import labelled_subset
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.ring8 import Ring8
from gan_lightning.data.sample_source import SampleTable


def table(counts: list[int]) -> SampleTable:
    """So many samples of each class; each is its own number."""
    labels = torch.cat([torch.full((n,), c) for c, n in enumerate(counts)])
    return SampleTable(torch.arange(len(labels))[:, None].float(), labels=labels)


@given(counts=st.lists(st.integers(4, 9), min_size=1, max_size=5), each=st.integers(1, 4), seed=st.integers(0, 9))
def test_as_many_of_each_class_with_their_own_labels(counts: list[int], each: int, seed: int) -> None:
    source = table(counts)
    few, chosen = labelled_subset(source, each, seed)
    assert few.labels is not None
    assert source.labels is not None
    assert few.labels.bincount().tolist() == [each] * len(counts)
    assert torch.equal(few.rows[torch.arange(len(few))][:, 0].long(), chosen)
    assert torch.equal(few.labels, source.labels[chosen])
    assert len(chosen.unique()) == len(chosen)


def test_the_seed_alone_chooses() -> None:
    source = table([50] * 4)
    torch.manual_seed(1)
    first = labelled_subset(source, 10, 3)[1]
    torch.manual_seed(2)
    assert torch.equal(first, labelled_subset(source, 10, 3)[1])
    assert not torch.equal(first.sort()[0], labelled_subset(source, 10, 4)[1].sort()[0])


def test_every_sample_is_chosen_as_often() -> None:
    times = torch.cat([labelled_subset(table([10, 20]), 5, seed)[1] for seed in range(400)]).bincount()
    assert times[:10].float().mean() == 400 * 5 / 10
    assert times[10:].float().mean() == 400 * 5 / 20
    assert (times[:10].float() - 200).abs().max() < 5 * 10  # five standard deviations, √(400 · ½ · ½) each
    assert (times[10:].float() - 100).abs().max() < 5 * 9


def test_fewer_labels_are_among_more() -> None:
    source = table([30] * 3)
    few, many = (set(labelled_subset(source, each, 0)[1].tolist()) for each in (2, 7))
    assert few < many


def test_what_has_none_is_refused() -> None:
    data = Mnist5k()
    data.setup()
    with pytest.raises(
        UsageError, match=r"^objective.labels_per_class=451, but there are only 450 training samples of cl"
    ):
        labelled_subset(data.train, 451, 0)
    with pytest.raises(UsageError, match=r"only 0 training samples of class 1"):
        labelled_subset(table([3, 0, 3]), 1, 0)
    points = Ring8()
    points.setup()
    for source in (None, points.train, SampleTable(torch.zeros(3, 2))):
        with pytest.raises(UsageError, match="a finite data set that has some: use labelled data"):
            labelled_subset(source, 1, 0)
