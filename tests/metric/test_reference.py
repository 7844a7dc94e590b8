from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.ring8 import Ring8
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.metric.reference import RowSelection, n_outside, real_samples


class Numbered(AdversarialDataModule):
    """Images 0 to 19 to train on, 20 to 29 held out: each of the level that is its number."""

    shape = (1, 2, 2)

    def load(self) -> tuple[SampleTable, SampleTable]:
        images = torch.arange(30, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 2, 2).contiguous()
        return SampleTable(images[:20]), SampleTable(images[20:])


def numbers(picked: RowSelection | None) -> list[int]:
    assert picked is not None
    rows: Tensor = torch.cat(list(picked.parts(torch.arange(len(picked)), 3)))
    return rows[:, 0, 0, 0].tolist()


def test_reference_and_others_are_disjoint_parts_of_the_two_splits() -> None:
    data = Numbered()
    data.setup()
    reals = real_samples(data, "held_out", n_real=100, n_fake=7)
    assert sorted(numbers(reals.reference)) == list(range(20, 30))
    others = numbers(reals.stand_in_fakes)
    assert len(set(others)) == 7
    assert max(others) < 20
    assert others != sorted(others)  # drawn at random
    assert (reals.split, reals.n_spare) == ("held_out", 20)
    assert n_outside(data, "held_out") == 20
    assert n_outside(data, "train") == 10
    assert real_samples(data, "train", n_real=5, n_fake=11).stand_in_fakes is None


def test_too_few_are_refused_before_anything_is_scored() -> None:
    data = Numbered()
    data.setup()
    data.held_out = SampleTable(data.held_out.rows[torch.arange(5)])
    with pytest.raises(
        UsageError, match=r"held_out split of these data holds 5 sample\(s\), and scores need at least 6"
    ):
        real_samples(data, "held_out", n_real=100, n_fake=7)


def test_the_name_tells_data_apart() -> None:
    data, other = Numbered(), Numbered()
    data.setup()
    other.setup()
    name = real_samples(data, "held_out", 100, 7).name
    assert real_samples(other, "held_out", 100, 3).name == name
    other.held_out.rows[4] += 1  # type: ignore[index]
    assert real_samples(other, "held_out", 100, 7).name != name


def test_endless_data_are_sampled_afresh() -> None:
    ring, wide = Ring8(), Ring8(geometry="wgan_gp")
    for data in (ring, wide):
        data.setup()
    reals = real_samples(ring, "held_out", n_real=40, n_fake=30)
    assert (len(reals.reference), reals.split, reals.n_spare) == (40, "fresh", None)
    assert reals.stand_in_fakes is not None
    one, two = (picked.rows[picked.index] for picked in (reals.reference, reals.stand_in_fakes))
    assert len(two) == 30
    assert not torch.isin(one, two).any()
    assert not torch.isin(one, ring.held_out.rows[torch.arange(2500)]).any()
    assert reals.name.startswith("ring8 ")
    assert real_samples(wide, "held_out", 40, 30).name != reals.name
