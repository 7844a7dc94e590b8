"""Models of binary images: probabilities that sum to one, bounds below the truth, and what training changes."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.core.rng import new_rng
from gan_lightning.nn.encoder import Encoder
from gan_lightning.study.generative_model import vae
from gan_lightning.study.generative_model.base import GenerativeModel, log_bernoulli
from gan_lightning.study.generative_model.pixel_cnn import CausalNetwork, MaskedConv2d, PixelCNN
from gan_lightning.study.generative_model.pixel_gan_autoencoder import PixelGANAutoencoder
from gan_lightning.study.generative_model.rbm import RBM
from gan_lightning.study.generative_model.vae import VAE, PixelVAE

ALL = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4))).view(16, 1, 2, 2)  # images of two by two pixels
PATTERNS = torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]], [[[1.0, 0.0], [1.0, 0.0]]]])  # two of them


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def total(model: GenerativeModel) -> float:
    log_p = model.log_likelihood(ALL, new_rng("likelihood"))
    assert log_p is not None
    return log_p.exp().sum().item()


def test_the_partition_function_is_the_sum_of_all_states() -> None:
    model = RBM(2, hidden=3)
    model.weight.data.normal_()
    model.visible.data.normal_()
    model.hidden.data.normal_()
    exact = (-model.free_energy(ALL.flatten(1))).logsumexp(0).item()
    hidden = torch.tensor(list(itertools.product([0.0, 1.0], repeat=3)))
    energies = ALL.flatten(1) @ model.weight.T @ hidden.T + (ALL.flatten(1) @ model.visible)[:, None]
    assert exact == pytest.approx((energies + hidden @ model.hidden).flatten().logsumexp(0).item(), rel=1e-5)
    assert model.log_partition(new_rng("annealing")) == pytest.approx(exact, abs=0.05)


def test_gibbs_chains_have_the_probabilities_of_the_model() -> None:
    model = RBM(2, hidden=3)
    model.weight.data.normal_()
    chains = model.gibbs(torch.zeros(20_000, 4), 30, new_rng("gibbs"))
    found = torch.bincount((chains @ torch.tensor([8.0, 4.0, 2.0, 1.0])).long(), minlength=16) / 20_000
    expected = (-model.free_energy(ALL.flatten(1))).softmax(0)
    torch.testing.assert_close(found, expected, rtol=0, atol=0.015)


def test_a_pixel_sees_those_before_it_and_no_other() -> None:
    network = CausalNetwork(5, width=16, blocks=2)
    nn.init.normal_(network.place)
    x = torch.rand(1, 1, 5, 5, requires_grad=True)
    logits = network(x)
    for pixel in range(25):
        (slope,) = torch.autograd.grad(logits.flatten()[pixel], x, retain_graph=True)
        assert not slope.flatten()[pixel:].any()
    assert slope.flatten()[23] != 0  # that of the last pixel, in the one to its left
    assert slope.flatten()[19] != 0  # and in the one above


def test_the_masks() -> None:
    first = MaskedConv2d(1, 1, 3, padding=1, sees_itself=False)
    later = MaskedConv2d(1, 1, 3, padding=1, sees_itself=True)
    assert first.mask.tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    assert later.mask.tolist() == [[1, 1, 1], [1, 1, 0], [0, 0, 0]]


def test_rows_above_need_no_rows_below() -> None:
    network = CausalNetwork(6, width=4, blocks=2, code=3)
    nn.init.normal_(network.place)
    x, code = torch.rand(2, 1, 6, 6), torch.randn(2, 3)
    torch.testing.assert_close(network(x[:, :, :3], code), network(x, code)[:, :, :3])


def test_probabilities_of_a_pixel_cnn_sum_to_one() -> None:
    model = PixelCNN(2, width=8, blocks=1)
    nn.init.normal_(model.network.place)
    assert total(model) == pytest.approx(1, rel=1e-5)
    drawn = model.sample(20_000, new_rng("samples"))
    found = torch.bincount((drawn.flatten(1) @ torch.tensor([8.0, 4.0, 2.0, 1.0])).long(), minlength=16) / 20_000
    log_p = model.log_likelihood(ALL, new_rng("likelihood"))
    torch.testing.assert_close(found, log_p.exp(), rtol=0, atol=0.015)
    assert model.passes() == 4


@pytest.mark.parametrize("kind", [VAE, PixelVAE])
def test_the_bound_is_near_the_likelihood_and_nearer_by_more_draws(
    kind: type[VAE], monkeypatch: pytest.MonkeyPatch
) -> None:
    """log p(x) of a latent of one number, by a sum over a fine grid of latents."""
    model = kind(2, latent_dim=1)
    model.encoder = Encoder(nn.Flatten(), 4, 1)
    for layer, bias in ((model.encoder.mean, 0.2), (model.encoder.log_std, 0.3)):  # near the prior
        nn.init.zeros_(layer.weight)
        nn.init.constant_(layer.bias, bias)
    step = 0.01
    grid = torch.arange(-6, 6, step)
    prior = -(grid.square()) / 2 - math.log(2 * math.pi) / 2
    exact = torch.stack(
        [(log_bernoulli(x.expand(len(grid), 1, 2, 2), _logits(model, x, grid)) + prior).logsumexp(0) for x in ALL]
    ) + math.log(step)
    assert exact.exp().sum().item() == pytest.approx(1, rel=1e-4)
    bound = torch.stack([model.log_likelihood(ALL, new_rng("bound", i)) for i in range(20)])
    torch.testing.assert_close(bound.mean(0), exact, rtol=0, atol=0.03)
    monkeypatch.setattr(vae, "DRAWS", 1)
    of_one = torch.stack([model.log_likelihood(ALL, new_rng("one", i)) for i in range(200)]).mean(0)
    assert of_one.mean() < bound.mean()


def _logits(model: VAE, x: Tensor, latents: Tensor) -> Tensor:
    with torch.no_grad():
        return model.logits(x.expand(len(latents), 1, 2, 2), latents[:, None])


@pytest.mark.training
@pytest.mark.parametrize("kind", [RBM, PixelCNN, VAE, PixelVAE])
def test_training_finds_two_patterns(kind: type[GenerativeModel]) -> None:
    model = kind(2)  # type: ignore[call-arg]
    model.fit(PATTERNS, steps=3000 if kind is RBM else 300, batch=32, seed=0)
    log_p = model.log_likelihood(PATTERNS, new_rng("likelihood"))
    assert log_p is not None
    assert log_p.exp().sum().item() > 0.8  # of independent pixels: an eighth
    drawn = model.sample(200, new_rng("samples"))
    hits = (drawn[:, None] == PATTERNS[None]).flatten(2).all(2).any(1)
    assert hits.double().mean() > 0.75


@pytest.mark.training
def test_the_critic_makes_codes_normal_and_decoding_them_gives_the_patterns() -> None:
    model = PixelGANAutoencoder(2, latent_dim=2)
    before = [value.clone() for value in model.critic.parameters()]
    model.fit(PATTERNS, steps=400, batch=32, seed=0)
    assert any(not torch.equal(a, b) for a, b in zip(before, model.critic.parameters(), strict=True))
    codes = model.codes(PATTERNS)
    assert (codes[0] - codes[1]).norm() > 0.3
    assert codes.norm(dim=1).max() < 4
    assert model.log_likelihood(PATTERNS, new_rng("likelihood")) is None
    drawn = model.sample(200, new_rng("samples"))
    hits = (drawn[:, None] == PATTERNS[None]).flatten(2).all(2).any(1)
    assert hits.double().mean() > 0.9


@pytest.mark.training
def test_equal_seeds_give_equal_models() -> None:
    def trained() -> dict[str, Tensor]:
        torch.manual_seed(1)
        model = PixelVAE(4, latent_dim=2)
        model.fit(torch.rand(20, 1, 4, 4, generator=new_rng("images")).round(), steps=3, batch=4, seed=5)
        return model.state_dict()

    one, other = trained(), trained()
    assert all(torch.equal(one[key], other[key]) for key in one)
