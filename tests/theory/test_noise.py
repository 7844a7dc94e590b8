from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.theory import noise_bound
from tests.helper.strategies import pairs


@pytest.mark.training
@given(pairs(), st.floats(1e-3, 100), st.lists(st.floats(1e-3, 30), min_size=1, max_size=4), st.floats(0.5, 6))
def test_holds_at_every_level(pq: tuple[Tensor, Tensor], spacing: float, stds: list[float], reach: float) -> None:
    found = noise_bound(*pq, spacing, [spacing * std for std in stds], reach)
    assert (found.wasserstein <= found.bound + 1e-9 * spacing).all()


def test_holds_for_rough_distributions_on_long_grids() -> None:
    for seed in range(20):
        logits = 4 * torch.randn(2, 200, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        found = noise_bound(*logits.softmax(1), 0.05, torch.logspace(-2, 1, 7))
        assert (found.wasserstein <= found.bound).all()


def test_two_points_by_hand() -> None:
    # Noise on {-1, 0, 1} with weights w, 1, w, w = e^-½, as std = 1 and reach = 1 cut it: V = 2w/(1 + 2w).
    w = math.exp(-1 / 2)
    total = 1 + 2 * w
    found = noise_bound([1, 0, 0, 0, 0, 1e-300], [0, 0, 0, 0, 0, 1], 1.0, [1.0], reach=1.0)
    assert found.wasserstein.item() == pytest.approx(5)
    assert found.spread.item() == pytest.approx(2 * math.sqrt(2 * w / total))
    assert found.confusion.item() == pytest.approx(2 * 7 * math.sqrt(math.log(2)))  # disjoint; C = 5 + 1 + 1
    # Next to each other: p+ε = (w, 1, w, 0)/Z, q+ε = (0, w, 1, w)/Z.
    js = (w * math.log(2) + math.log(2 / (1 + w)) + w * math.log(2 * w / (1 + w))) / total
    near = noise_bound([1, 0], [0, 1], 1.0, [1.0], reach=1.0)
    assert near.confusion.item() == pytest.approx(2 * 3 * math.sqrt(js))


def test_more_noise_lowers_the_divergence_and_moves_more_mass() -> None:
    found = noise_bound([1, 0, 0], [0, 0, 1], 0.5, torch.logspace(-2, 1, 10))
    assert (found.spread.diff() > 0).all()
    assert (found.confusion[-1] < found.confusion.max()).all()
    assert found.spread[-1].item() == pytest.approx(20, rel=0.01)  # 2σ, but for the tails cut at four
    # Little noise leaves all to the divergence: disjoint, at a distance of 1 and with one cell of noise on either side.
    assert found.bound[0].item() == pytest.approx(2 * 2 * math.sqrt(math.log(2)), rel=1e-6)


def test_equals_are_bounded_by_the_noise_alone() -> None:
    found = noise_bound([0.3, 0.7], [0.3, 0.7], 1.0, [0.5, 2.0])
    assert found.wasserstein == 0
    assert found.confusion.abs().max() < 1e-6
    assert found.bound.allclose(found.spread, atol=1e-6)


def test_empty_cells_around_the_data_widen_nothing() -> None:
    bare, framed = noise_bound([1, 0], [0, 1], 1.0, [1.0]), noise_bound([0, 1, 0, 0, 0], [0, 0, 1, 0, 0], 1.0, [1.0])
    torch.testing.assert_close(tuple(framed), tuple(bare))


def test_errors() -> None:
    with pytest.raises(UsageError, match="give masses on a one-dimensional grid"):
        noise_bound([[1.0]], [[1.0]], 1.0, [1.0])
    with pytest.raises(UsageError, match="must all be above 0"):
        noise_bound([1.0], [1.0], 1.0, [1.0, 0.0])
    with pytest.raises(UsageError, match="p has the total mass 2"):
        noise_bound([2.0], [1.0], 1.0, [1.0])
