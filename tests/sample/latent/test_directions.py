from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.sample.latent.directions import first_layer, linear_probe, principal_components, sefa


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def planted() -> Tensor:
    """A unit vector of latent space, and a second one orthogonal to it."""
    return torch.linalg.qr(torch.randn(6, 2, generator=rng(), dtype=torch.float64)).Q.T


def layer_of(planted: Tensor) -> nn.Linear:
    """A layer that stretches the first planted direction most, then the second."""
    layer = nn.Linear(6, 20).double()
    turned = torch.linalg.qr(torch.randn(20, 6, generator=rng(1), dtype=torch.float64)).Q
    basis = torch.linalg.qr(torch.cat([planted.T, torch.randn(6, 4, generator=rng(2), dtype=torch.float64)], 1)).Q
    with torch.no_grad():
        layer.weight.copy_(turned @ torch.diag(torch.tensor([5.0, 3, 1, 0.9, 0.8, 0.7]).double()) @ basis.T)
    return layer


def cosine(found: Tensor, planted: Tensor) -> float:
    return float((found @ planted).abs())


def test_sefa_finds_the_planted_directions(planted: Tensor) -> None:
    found = sefa(layer_of(planted).weight, 6, 3)
    assert found.shape == (3, 6)
    for k in (0, 1):
        assert cosine(found[k], planted[k]) == pytest.approx(1, abs=1e-9)
    assert torch.equal(found, sefa(-layer_of(planted).weight, 6, 3))  # the sign is settled


def test_sefa_of_a_layer_with_classes_and_of_a_chunk(planted: Tensor) -> None:
    weight = layer_of(planted).weight
    with_classes = torch.cat([weight, 100 * torch.randn(20, 3, generator=rng(), dtype=torch.float64)], 1)
    torch.testing.assert_close(sefa(with_classes, 6, 2), sefa(weight, 6, 2))
    chunk = sefa(weight, 9, 2)
    torch.testing.assert_close(chunk[:, :6], sefa(weight, 6, 2))
    assert not chunk[:, 6:].any()


def test_principal_components_find_the_planted_directions(planted: Tensor) -> None:
    latents = torch.randn(20_000, 6, generator=rng(3), dtype=torch.float64)
    found = principal_components(layer_of(planted)(latents), latents, 2)
    for k in (0, 1):
        assert cosine(found[k], planted[k]) > 0.999


def test_a_probe_finds_the_planted_classes(planted: Tensor) -> None:
    latents = torch.randn(5_000, 6, generator=rng(3), dtype=torch.float64)
    labels = (latents @ planted[0] > 0).long()
    found = linear_probe(latents, labels, 3)
    assert float(found[1] @ planted[0]) > 0.99
    assert float(found[0] @ planted[0]) < -0.99
    assert not found[2].any()  # a class that no sample has


def test_the_first_layer() -> None:
    network = nn.Sequential(nn.Embedding(3, 4), nn.Sequential(nn.Linear(4, 5)), nn.Linear(5, 6))
    assert first_layer(network) is network[1][0]
    with pytest.raises(UsageError, match="no linear layer"):
        first_layer(nn.Conv2d(1, 1, 1))
