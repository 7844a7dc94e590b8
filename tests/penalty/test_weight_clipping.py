from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.penalty import WeightClipping


@given(st.floats(1e-4, 2))
def test_every_parameter_ends_in_the_box_and_those_inside_stay(clip: float) -> None:
    critic = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))
    before = [p.detach().clone() for p in critic.parameters()]
    WeightClipping(clip).project(critic)
    for old, new in zip(before, critic.parameters(), strict=True):
        assert new.abs().max() <= clip * (1 + 1e-6)
        inside = old.abs() < clip
        assert torch.equal(old[inside], new[inside])
        assert torch.equal(old.sign()[~inside], new.sign()[~inside])


def test_adds_no_term() -> None:
    assert WeightClipping()(nn.Linear(2, 1), torch.randn(3, 2), torch.randn(3, 2)) is None


@pytest.mark.parametrize("clip", [0.0, -0.01])
def test_refuses_an_empty_box(clip: float) -> None:
    with pytest.raises(UsageError, match="clip"):
        WeightClipping(clip)
