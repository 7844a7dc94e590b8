from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torchmetrics.image.fid import _compute_fid

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional import Moments, Reference, frechet_distance, frechet_distance_of_features


def gaussian(mean: Tensor, covariance: Tensor, count: int = 1000) -> Moments:
    """Moments that are exactly these."""
    return Moments(count, mean.double(), covariance.double() * (count - 1))


def rotation(d: int) -> Tensor:
    return torch.linalg.qr(torch.randn(d, d, dtype=torch.double)).Q


def features(n: int, d: int, decay: float = 2.0) -> Tensor:
    """Correlated, with variances that fall off over `decay` decades, and a mean."""
    scales = torch.logspace(0, -decay / 2, d, dtype=torch.double)
    return torch.randn(n, d, dtype=torch.double) * scales @ rotation(d) + torch.rand(d, dtype=torch.double)


def by_sqrtm(real: Tensor, fake: Tensor) -> float:
    from scipy.linalg import sqrtm

    a, b = (np.atleast_2d(np.cov(x.numpy(), rowvar=False)) for x in (real, fake))
    root = np.trace(sqrtm(a @ b).real)
    return float((real.mean(0) - fake.mean(0)).square().sum()) + np.trace(a) + np.trace(b) - 2 * root


def test_by_hand() -> None:
    """Diagonal covariances: ‖μ_r - μ_g‖² + Σ(σ_r - σ_g)² = 9 + 16 + 1 + 4."""
    real = gaussian(torch.tensor([0.0, 0.0]), torch.tensor([4.0, 9.0]).diag())
    fake = gaussian(torch.tensor([3.0, 4.0]), torch.tensor([1.0, 25.0]).diag())
    assert frechet_distance(real, fake) == pytest.approx(30, rel=1e-12)


def test_two_points_each_by_hand() -> None:
    """(±1, 0) and (0, ±2): variances 2 and 8 along different axes, so nothing is in common: 2 + 8."""
    real, fake = torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), torch.tensor([[0.0, 2.0], [0.0, -2.0]])
    with pytest.warns(UserWarning, match="2 real and 2 fake samples with 2 features"):
        assert frechet_distance_of_features(real, fake) == pytest.approx(10)
    with pytest.warns(UserWarning, match="compare it at equal numbers only"):
        assert frechet_distance(Moments.of(real), Moments.of(fake)) == pytest.approx(10)


@pytest.mark.parametrize("d", [1, 5, 70, 300])  # below, at and above a block of the triangular product
def test_rotated_gaussians_in_closed_form(d: int) -> None:
    """Covariances with the same axes commute: Σ(σ_r - σ_g)² in any rotation."""
    q, real_std, fake_std = rotation(d), torch.rand(d).double() + 0.1, torch.rand(d).double() + 0.1
    shift = torch.randn(d, dtype=torch.double)
    real = gaussian(torch.zeros(d), q * real_std.square() @ q.T)
    fake = gaussian(shift, q * fake_std.square() @ q.T)
    expected = (shift.square() + (real_std - fake_std).square()).sum().item()
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)


def test_other_axes_in_closed_form() -> None:
    """For 2 × 2, tr (AB)^½ = (tr AB + 2 (det AB)^½)^½, whatever the axes."""
    a = torch.tensor([[2.0, 1.0], [1.0, 3.0]]).double()
    b = torch.tensor([[5.0, -2.0], [-2.0, 1.0]]).double()
    root = math.sqrt((a @ b).trace().item() + 2 * math.sqrt((a.det() * b.det()).item()))
    expected = 5 + 6 - 2 * root
    assert frechet_distance(gaussian(torch.zeros(2), a), gaussian(torch.zeros(2), b)) == pytest.approx(expected)


@pytest.mark.training
@given(st.integers(1, 12), st.integers(0, 50), st.floats(0, 6))
def test_same_as_scipys_matrix_square_root(d: int, extra: int, decay: float) -> None:
    real, fake = features(d + 2 + extra, d, decay), 1.3 * features(2 * d + 5, d, decay)
    expected = by_sqrtm(real, fake)
    assert frechet_distance(Moments.of(real), Moments.of(fake)) == pytest.approx(expected, rel=1e-7)
    assert frechet_distance_of_features(real, fake) == pytest.approx(expected, rel=1e-7)


def test_same_as_torchmetrics() -> None:
    real, fake = features(700, 192), 1.1 * features(501, 192)
    theirs = _compute_fid(real.mean(0), torch.cov(real.T), fake.mean(0), torch.cov(fake.T)).item()
    assert frechet_distance(Moments.of(real), Moments.of(fake)) == pytest.approx(theirs, rel=1e-9)


def test_same_as_torch_fidelity() -> None:
    fid = pytest.importorskip("torch_fidelity.metric_fid")
    real, fake = features(700, 192), 1.1 * features(501, 192)
    theirs = fid.fid_statistics_to_metric(
        *({"mu": x.mean(0).numpy(), "sigma": np.cov(x.numpy(), rowvar=False)} for x in (real, fake)), verbose=False
    )
    ours = frechet_distance(Moments.of(real), Moments.of(fake))
    assert ours == pytest.approx(theirs["frechet_inception_distance"], rel=1e-9)


def test_symmetric_zero_on_itself_and_blind_to_rotation() -> None:
    real, fake, q = features(300, 40), 2 * features(301, 40), rotation(40)
    distance = frechet_distance_of_features(real, fake)
    assert distance > 1
    assert frechet_distance_of_features(fake, real) == pytest.approx(distance, rel=1e-10)
    assert frechet_distance_of_features(real @ q, fake @ q) == pytest.approx(distance, rel=1e-10)
    assert 0 <= frechet_distance_of_features(real, real) < 1e-10 * torch.cov(real.T).trace()


def test_order_and_split_of_batches_do_not_matter() -> None:
    real, fake = features(997, 24), 1.2 * features(501, 24)
    whole = frechet_distance(Moments.of(real), Moments.of(fake))
    shuffled = Moments.empty(24)
    for part in real[torch.randperm(len(real))].split(101):
        shuffled.update(part)
    ranks = [Moments.of(fake[rank::2]) for rank in (0, 1)]  # 251 and 250
    assert frechet_distance(shuffled, ranks[0].merge(ranks[1])) == pytest.approx(whole, rel=1e-9)


def test_reference_gives_the_same() -> None:
    real, fake = Moments.of(features(300, 20)), Moments.of(features(300, 20))
    reference, expected = Reference(real), frechet_distance(real, fake)
    assert frechet_distance(reference, fake) == expected
    real.update(features(300, 20))  # what was referred to stays what it was
    assert frechet_distance(reference, fake) == expected


@pytest.mark.parametrize(("n", "m"), [(20, 30), (64, 64), (63, 200), (200, 10), (2, 3)])
@pytest.mark.filterwarnings("ignore:Fréchet distance of:UserWarning")
def test_fewer_samples_than_features(n: int, m: int) -> None:
    """On 64 features. From moments, eigenvalues that should be zero cost digits where the fakes are the fewer."""
    real, fake = features(n, 64), features(m, 64)
    a = (real - real.mean(0)) / math.sqrt(n - 1)
    b = (fake - fake.mean(0)) / math.sqrt(m - 1)
    nuclear = torch.linalg.matrix_norm(a @ b.T, "nuc").item()
    expected = (real.mean(0) - fake.mean(0)).square().sum().item() + a.square().sum().item() + b.square().sum().item()
    expected -= 2 * nuclear
    assert frechet_distance_of_features(real, fake) == pytest.approx(expected, rel=1e-12)
    accuracy = 1e-6 if n > m else 1e-9 if n == 63 else 1e-11  # 63 are one short of 64 features: it hangs on the LAPACK
    assert frechet_distance(Moments.of(real), Moments.of(fake)) == pytest.approx(expected, rel=accuracy)


def test_warns_where_samples_do_not_outnumber_features() -> None:
    enough, few = features(9, 8), features(8, 8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frechet_distance_of_features(enough, enough)
        frechet_distance(Moments.of(enough), Moments.of(enough))
    for real, fake in ((enough, few), (few, enough)):
        with pytest.warns(UserWarning, match="unless both numbers are above 8"):
            frechet_distance_of_features(real, fake)
        with pytest.warns(UserWarning, match="unless both numbers are above 8"):
            frechet_distance(Moments.of(real), Moments.of(fake))


def test_features_that_never_vary() -> None:
    """As of dead units: singular covariances in spite of many samples; the rest is as if they were not there."""
    real, fake = features(100, 6), 1.5 * features(100, 6)
    expected = frechet_distance_of_features(real, fake)
    dead = torch.full((100, 3), 0.25, dtype=torch.double)
    padded = torch.cat([real, dead], 1), torch.cat([fake, dead], 1)
    assert frechet_distance_of_features(*padded) == pytest.approx(expected, rel=1e-10)
    assert frechet_distance_of_features(dead, dead) == 0
    assert frechet_distance_of_features(dead, dead + 2) == pytest.approx(12)


def test_singles_and_doubles_agree() -> None:
    real, fake = features(200, 8).float(), features(200, 8).float()
    single = frechet_distance_of_features(real, fake)
    assert single == frechet_distance_of_features(real.double(), fake.double())


def test_gradients_are_dropped() -> None:
    real = torch.randn(20, 3, requires_grad=True)
    moments = Moments.of(real)
    assert not moments.scatter.requires_grad
    assert frechet_distance(moments, moments) < 1e-9


def test_refusals() -> None:
    with pytest.raises(UsageError, match="real has 3 features and fake 4"):
        frechet_distance(Moments.of(torch.randn(9, 3)), Moments.of(torch.randn(9, 4)))
    with pytest.raises(UsageError, match="real has 3 values per sample and fake 4"):
        frechet_distance_of_features(torch.randn(9, 3), torch.randn(9, 4))
    with pytest.raises(UsageError, match="fake has 1 samples: this score needs at least 2"):
        frechet_distance_of_features(torch.randn(9, 3), torch.randn(1, 3))
    with pytest.raises(UsageError, match="fake: 2 of 9 samples hold NaN or infinity"):
        frechet_distance_of_features(
            torch.randn(9, 3), torch.randn(9, 3).index_fill_(0, torch.tensor([1, 4]), math.inf)
        )
