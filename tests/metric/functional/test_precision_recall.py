from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional import density_coverage, precision_recall


def line(*points: float) -> Tensor:
    return torch.tensor(points)[:, None]


def test_by_hand() -> None:
    """For k = 1 the reals' balls are [-1, 1], [0, 2], [1, 3], the fakes' [-7, 10], [10, 13], [8.5, 11.5]."""
    real, fake = line(0, 1, 2), line(1.5, 11.5, 10)
    score = precision_recall(real, fake, k=1)
    assert score.precision == pytest.approx(1 / 3)  # only 1.5 lies in a real ball
    assert score.recall == 1  # all reals lie in the first ball
    score = density_coverage(real, fake, k=1)
    assert score.density == pytest.approx(2 / 3)  # 1.5 lies in [0, 2] and [1, 3]; the others in none
    assert score.coverage == pytest.approx(2 / 3)


def test_second_neighbour_by_hand() -> None:
    """k = 2 on 0, 1, 3: radii 3, 2, 3, so [-3, 3], [-1, 3], [0, 6]; fakes at -2, 4, 20."""
    real, fake = line(0, 1, 3), line(-2, 4, 20)
    assert precision_recall(real, fake, k=2).precision == pytest.approx(2 / 3)
    assert density_coverage(real, fake, k=2) == pytest.approx((2 / 3 / 2, 2 / 3))


def test_edges_are_inside() -> None:
    """The balls [-1, 1] and [0, 2]; fakes on the edges -1 and 2, and just outside."""
    real = line(0, 1)
    assert precision_recall(real, line(-1, 2), k=1).precision == 1
    assert precision_recall(real, line(-1.001, 2.001), k=1).precision == 0


def test_a_set_against_itself() -> None:
    """Closed balls hold their center and k neighbours: density (k + 1)/k."""
    x = torch.randn(1500, 6)
    assert precision_recall(x, x) == (1, 1)
    assert density_coverage(x, x, k=5) == pytest.approx((1.2, 1))


def test_far_apart() -> None:
    real, fake = torch.randn(50, 3), torch.randn(60, 3) + 100
    assert precision_recall(real, fake) == (0, 0)
    assert density_coverage(real, fake) == (0, 0)


def test_collapse_keeps_precision_and_loses_recall() -> None:
    real = torch.randn(400, 2)
    fake = real[:1] + 1e-3 * torch.randn(400, 2)
    score, other = precision_recall(real, fake), density_coverage(real, fake)
    assert score.precision == 1
    assert score.recall < 0.01
    assert other.coverage < 0.1


def test_an_outlier_fools_precision_more_than_density() -> None:
    """One real far out has a ball that holds everything: precision 1 for any fakes, density 1/k each at most."""
    real = torch.cat([torch.randn(200, 2), torch.tensor([[1000.0, 0.0]])])
    fake = torch.randn(200, 2) + 500
    assert precision_recall(real, fake, k=3).precision == 1
    assert density_coverage(real, fake, k=3).density == pytest.approx(1 / 3)


def test_one_distribution_in_expectation() -> None:
    """Density 1 and coverage 1 - Π (N - i)/(2N - i) over i = 1 … k (Naeem et al. 2020, lemma 2)."""
    n, k = 300, 5
    source = torch.Generator().manual_seed(0)
    draws = torch.randn(20, 2, n, 2, generator=source)
    scores = [density_coverage(real, fake, k) for real, fake in draws]
    expected = 1 - math.prod((n - i) / (2 * n - i) for i in range(1, k + 1))
    assert sum(score.density for score in scores) / 20 == pytest.approx(1, abs=0.03)
    assert sum(score.coverage for score in scores) / 20 == pytest.approx(expected, abs=0.01)


def test_tiles_against_one_matrix() -> None:
    real, fake, k = torch.randn(1300, 4).double(), torch.randn(1100, 4).double() + 0.5, 3
    between = torch.cdist(fake, real)
    real_radii = torch.cdist(real, real).kthvalue(k + 1).values  # itself is the first
    fake_radii = torch.cdist(fake, fake).kthvalue(k + 1).values
    inside = between <= real_radii
    score, other = precision_recall(real, fake, k), density_coverage(real, fake, k)
    assert score.precision == pytest.approx(inside.any(1).double().mean().item())
    assert score.recall == pytest.approx((between <= fake_radii[:, None]).any(0).double().mean().item())
    assert other.density == pytest.approx(inside.sum(1).double().mean().item() / k)
    assert other.coverage == pytest.approx(inside.any(0).double().mean().item())


def test_refusals() -> None:
    with pytest.raises(UsageError, match="fake has 3 samples: this score needs at least 4"):
        precision_recall(torch.randn(9, 2), torch.randn(3, 2))
    with pytest.raises(UsageError, match="k=0: give 1 or more"):
        density_coverage(torch.randn(9, 2), torch.randn(9, 2), k=0)
