from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur

from gan_lightning.core.errors import UsageError
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.pixels import fit_to_shape
from gan_lightning.extractor import Digits, digits
from gan_lightning.extractor.train_digits import augment, train
from gan_lightning.metric.functional import Moments, Reference, frechet_distance, inception_score, kid

N = 1000


@pytest.fixture(scope="module")
def data() -> Mnist5k:
    data = Mnist5k()
    data.setup()
    return data


@pytest.fixture(scope="module")
def extract() -> Digits:
    return Digits()


@pytest.fixture(scope="module")
def halves(data: Mnist5k) -> tuple[Tensor, Tensor, Tensor]:
    """Images, images, and the labels of the latter."""
    order = torch.randperm(4500, generator=torch.Generator().manual_seed(1))
    return data.train.rows[order[:N]], data.train.rows[order[N : 2 * N]], data.train.labels[order[N : 2 * N]]


def test_reads_held_out_digits(data: Mnist5k, extract: Digits) -> None:
    probabilities = extract(data.held_out.rows).probabilities
    assert (probabilities.argmax(1) == data.held_out.labels).double().mean() >= 0.985
    # what the probabilities say of the true class is worth something, too
    assert probabilities.gather(1, data.held_out.labels[:, None]).log().mean() > -0.06
    assert inception_score(probabilities, splits=1).mean > 9.5  # of at most 10


@pytest.mark.training
def test_reads_digits_of_other_sizes_and_colors(data: Mnist5k, extract: Digits) -> None:
    features = extract(data.held_out.rows).features
    torch.testing.assert_close(extract(data.held_out.rows.expand(-1, 3, -1, -1)).features, features, atol=1e-3, rtol=0)
    larger = extract(fit_to_shape(data.held_out.rows, (3, 64, 64))).probabilities
    assert (larger.argmax(1) == data.held_out.labels).double().mean() >= 0.985


@pytest.mark.training
def test_an_images_features_do_not_depend_on_its_neighbors(data: Mnist5k, extract: Digits) -> None:
    images = data.train.rows[:301]  # no multiple of the batch
    whole = extract(images).features
    order = torch.randperm(301)
    assert torch.equal(extract(images[order]).features, whole[order])
    shares = torch.empty_like(whole)
    for rank in range(2):
        shares[rank::2] = extract(images[rank::2]).features
    assert torch.equal(shares, whole)


def test_features_are_well_conditioned(data: Mnist5k, extract: Digits) -> None:
    features = extract(data.held_out.rows).features
    assert features.shape == (500, extract.features) == (500, 64)
    variances = torch.linalg.eigvalsh(Moments.of(features).covariance)
    assert variances[-1] / variances[0] < 1e5


def rising(distances: list[float]) -> bool:
    """Each at least a tenth of the first, the floor, above the one before, and the last far above the floor."""
    return all(b - a > 0.1 * distances[0] for a, b in pairwise(distances)) and distances[-1] > 5 * distances[0]


@pytest.mark.training
def test_distance_rises_with_the_damage(halves: tuple[Tensor, Tensor, Tensor], extract: Digits) -> None:
    real, images, labels = halves
    reference, same = Reference(Moments.of(extract(real).features)), extract(images).features

    def distances(fakes: list[Tensor]) -> list[float]:
        return [frechet_distance(reference, Moments.of(fake)) for fake in [same, *fakes]]

    assert 0 < distances([])[0] < 2
    assert rising(distances([extract(gaussian_blur(images, [9, 9], [s, s])).features for s in (0.5, 1.0, 2.0)]))
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(2))
    noisy = [(images + s * noise).round().clamp(0, 255).byte() for s in (8, 24, 64)]
    assert rising(distances([extract(fake).features for fake in noisy]))
    assert rising(distances([same[labels >= k] for k in (1, 2, 3, 4)]))  # classes dropped
    assert rising(distances([same[torch.arange(N) % k] for k in (300, 100, 30)]))  # images repeated


@pytest.mark.training
def test_kernel_distance_of_halves_is_zero_in_the_mean(halves: tuple[Tensor, Tensor, Tensor], extract: Digits) -> None:
    real, images, labels = halves
    features = extract(real).features
    chance = torch.Generator().manual_seed(0)
    order = torch.randperm(len(features), generator=chance)
    half = len(features) // 2
    floor = kid(features[order[:half]], features[order[half : 2 * half]], chance, 20, 400)
    worse = kid(features, extract(images[labels >= 3]).features, chance, 20, 400)
    assert abs(floor.mean) < 2 * floor.std
    assert worse.mean > 10 * floor.std


def test_building_draws_no_random_numbers() -> None:
    before = torch.get_rng_state()
    Digits()
    assert torch.equal(torch.get_rng_state(), before)


def test_provenance(extract: Digits) -> None:
    assert (extract.name, extract.weights) == ("digits", digits.SHA256[:8])
    assert extract.score_name("classifier_score") == "classifier_score/digits"


def test_refuses_other_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits, "SHA256", "0" * 64)
    with pytest.raises(UsageError, match=r"digits.pt, have SHA-256 [0-9a-f]{8}… instead of 00000000…"):
        Digits()


def test_augmentation_moves_digits_a_little(data: Mnist5k) -> None:
    images = data.train.rows[:200].float()
    moved = augment(images, torch.Generator().manual_seed(0))
    position = torch.arange(28.0)

    def center(x: Tensor) -> Tensor:
        return (x.sum((1, 2)) * position).sum(1) / x.sum((1, 2, 3))

    shifts = center(moved) - center(images)
    assert 1.5 < shifts.abs().max() < 4
    assert abs(shifts.mean()) < 0.3
    assert moved.sum() / images.sum() == pytest.approx(1, abs=0.05)


@pytest.mark.training
def test_training_repeats_and_draws_from_nobody(data: Mnist5k) -> None:
    images, labels = data.train.rows[:500], data.train.labels[:500]
    before = torch.get_rng_state()
    first, again = (train(images, labels, epochs=1).state_dict() for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(first.values(), again.values(), strict=True))
