from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from gan_lightning.core.errors import UsageError
from gan_lightning.theory import fit_gaussian, gaussian_mixture, grid, kl, reverse_kl, reverse_kl_to


def test_the_mixture_by_hand() -> None:
    mixture = gaussian_mixture([[0.0, 0.0], [3.0, 4.0]], [1.0, 2.0], [1.0, 3.0])
    density = (math.exp(-12.5) / 4 + 3 / 4 / 4) / (2 * math.pi)
    assert mixture.log_prob(torch.tensor([3.0, 4.0]).double()).exp().item() == pytest.approx(density)


def test_covering_by_hand() -> None:
    # Mean 1/4·(-3) + 3/4·1 = 0, variance 1/4·(9 + 4) + 3/4·(1 + 1)
    covers = fit_gaussian(gaussian_mixture([[-3.0], [1.0]], [2.0, 1.0], [1, 3])).covers
    assert covers.mean.item() == pytest.approx(0, abs=1e-15)
    assert covers.covariance_matrix.item() == pytest.approx(13 / 4 + 6 / 4)
    square = fit_gaussian(gaussian_mixture([[2.0, 0.0], [-2.0, 0.0]], 0.5)).covers
    torch.testing.assert_close(square.covariance_matrix, torch.tensor([[4.25, 0.0], [0.0, 0.25]]).double())


def test_far_modes_are_covered_or_selected() -> None:
    target = gaussian_mixture([[-4.0], [4.0]], [0.5, 0.7], [0.4, 0.6])
    covers, selects = fit_gaussian(target)
    assert -4 < covers.mean < 4
    assert covers.scale_tril > 3.5
    assert selects.mean.item() == pytest.approx(4, abs=1e-3)  # the heavier one
    assert selects.scale_tril.item() == pytest.approx(0.7, abs=1e-3)
    # A component of weight w, alone: KL(q‖p) = -log w.
    assert reverse_kl_to(target, selects).item() == pytest.approx(-math.log(0.6), abs=1e-4)


def test_near_modes_are_covered_by_both() -> None:
    covers, selects = fit_gaussian(gaussian_mixture([[-1.0], [1.0]], 1.0))
    assert covers.mean.item() == pytest.approx(0, abs=1e-15)
    assert selects.mean.item() == pytest.approx(0, abs=1e-5)
    assert covers.scale_tril.item() == pytest.approx(math.sqrt(2))
    assert 1.35 < selects.scale_tril.item() < 1.41


def test_equals_go_to_the_first() -> None:
    assert fit_gaussian(gaussian_mixture([[-4.0], [4.0]], 0.5)).selects.mean.item() == pytest.approx(-4, abs=1e-3)


@settings(max_examples=10)
@given(st.floats(-5, 5), st.floats(0.1, 5))
def test_a_single_gaussian_is_found_both_ways(mean: float, std: float) -> None:
    for fit in fit_gaussian(gaussian_mixture([[mean]], std)):
        assert fit.mean.item() == pytest.approx(mean, abs=1e-6)
        assert fit.scale_tril.item() == pytest.approx(std, rel=1e-6)


def test_each_is_the_best_by_its_own_measure() -> None:
    target = gaussian_mixture([[-1.5], [1.5]], [0.6, 0.9], [0.5, 0.5])
    x, cell = grid(-12, 12, 3000)

    def density(q: object) -> torch.Tensor:
        return q.log_prob(x[:, None]).exp()

    p, fits = density(target), fit_gaussian(target)
    assert reverse_kl_to(target, fits.selects).item() == pytest.approx(
        reverse_kl(p, density(fits.selects), cell).item(), abs=1e-9
    )
    for shift, stretch in [(0.05, 1.0), (-0.05, 1.0), (0.0, 1.05), (0.0, 0.95)]:
        covers, selects = (MultivariateNormal(q.mean + shift, scale_tril=stretch * q.scale_tril) for q in fits)
        assert kl(p, density(covers), cell) > kl(p, density(fits.covers), cell)
        assert reverse_kl(p, density(selects), cell) > reverse_kl(p, density(fits.selects), cell)
    assert kl(p, density(fits.covers), cell) < kl(p, density(fits.selects), cell)
    assert reverse_kl(p, density(fits.selects), cell) < reverse_kl(p, density(fits.covers), cell)


def test_in_the_plane() -> None:
    target = gaussian_mixture([[-3.0, 0.0], [3.0, 0.0], [0.0, 3.0]], 0.5, [0.2, 0.3, 0.5])
    covers, selects = fit_gaussian(target)
    torch.testing.assert_close(covers.mean, torch.tensor([0.3, 1.5]).double())
    torch.testing.assert_close(selects.mean, torch.tensor([0.0, 3.0]).double(), atol=1e-2, rtol=0)
    torch.testing.assert_close(selects.covariance_matrix, 0.25 * torch.eye(2).double(), atol=1e-2, rtol=0)


def test_slanted_components() -> None:
    # Any mixture of torch's Gaussians will do; only a full covariance fits this one.
    slanted = torch.tensor([[2.0, 1.2], [1.2, 1.0]]).double()
    one = MultivariateNormal(torch.tensor([[1.0, -1.0]]).double(), slanted[None])
    for fit in fit_gaussian(MixtureSameFamily(Categorical(torch.ones(1).double()), one)):
        torch.testing.assert_close(fit.covariance_matrix, slanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([0.0, 1.0], 1.0), r"give \[k, d\], \[k\] and \[k\]"),
        (([[0.0]], [1.0, 2.0]), r"shapes \(1, 1\), \(2,\), \(1,\)"),
        (([[0.0]], 0.0), "every std"),
        (([[0.0]], 1.0, [0.0]), "the sum of the weights must be above 0"),
        (([[0.0]], 1.0, [-1.0]), "weights contains negative"),
    ],
)
def test_errors(given: tuple[object, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        gaussian_mixture(*given)
