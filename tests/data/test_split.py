from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.core.errors import UsageError
from gan_lightning.data.split import split, stratified


@given(total=st.integers(2, 300), share=st.floats(0.001, 0.999))
def test_a_split_shares_out_every_row_once(total: int, share: float) -> None:
    train, held_out = split(total, share, "here")
    assert sorted(torch.cat([train, held_out]).tolist()) == list(range(total))
    assert len(train) >= 1
    assert len(held_out) == min(max(round(total * share), 1), total - 1)


def test_a_split_is_the_same_every_time() -> None:
    torch.manual_seed(1)
    first = split(50, 0.2, "here")[1]
    torch.manual_seed(2)
    assert torch.equal(first, split(50, 0.2, "here")[1])
    assert first.tolist() != list(range(10))


@pytest.mark.parametrize("total", [0, 1])
def test_too_little_to_split_is_refused(total: int) -> None:
    with pytest.raises(
        UsageError, match=rf"^data.root=x holds {total} sample\(s\): at least 2 are needed, one to train on"
    ):
        split(total, 0.5, "data.root=x")


def test_a_stratified_split_holds_out_as_many_of_each_class() -> None:
    labels = torch.tensor([0] * 7 + [2] * 5 + [1] * 9)
    train, held_out = stratified(labels, 2)
    assert labels[held_out].bincount().tolist() == [2, 2, 2]
    assert sorted(torch.cat([train, held_out]).tolist()) == list(range(21))
