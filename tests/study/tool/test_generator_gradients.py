from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.loss import Minimax, Wasserstein
from gan_lightning.model.mlp import Generator
from gan_lightning.penalty import GradientPenalty
from gan_lightning.study.tool.generator_gradients import GradientCurves, gradient_curves
from gan_lightning.study.tool.train_discriminator import train_discriminator
from gan_lightning.theory import line

real_line = line(3.0)


def small() -> nn.Module:
    """A curve inside the square (-1, 1)², which the real line is far from."""
    return nn.Sequential(Generator(shape=[2], latent_dim=1, width=16, depth=2), nn.Tanh())


class Moved(nn.Module):
    """G(z) = (θ, z), whose gradient in θ is that of the critic's scores along the first axis."""

    def __init__(self, theta: float) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor(theta))

    def forward(self, z: Tensor) -> Tensor:
        return torch.cat([self.theta.expand(len(z), 1), z], dim=1)


@pytest.fixture(scope="module")
def curves() -> GradientCurves:
    torch.manual_seed(0)
    return gradient_curves(small(), 1, real_line, steps=500, every=50)


@pytest.mark.training
def test_measures_at_the_start_and_every_so_often(curves: GradientCurves) -> None:
    assert curves.steps.tolist() == list(range(0, 501, 50))
    assert set(curves.gradients) == {"minimax", "non_saturating"}
    for measured in (curves.divergence, *(x for r in curves.gradients.values() for x in r)):
        assert measured.shape == (11,)
        assert measured.dtype == torch.float64
        assert measured.isfinite().all()


def test_the_critic_approaches_its_optimum(curves: GradientCurves) -> None:
    assert curves.divergence[-1].item() == pytest.approx(math.log(2), abs=1e-3)  # disjoint supports


def test_log_one_minus_d_vanishes(curves: GradientCurves) -> None:
    norm = curves.gradients["minimax"].norm
    assert norm[-1] < norm[0] / 50
    assert (norm[2:].diff() < 0).all()


def test_minus_log_d_grows_and_so_does_its_spread(curves: GradientCurves) -> None:
    norm, spread = curves.gradients["non_saturating"]
    assert norm[-1] > 5 * norm[0]
    assert spread[-1] > 5 * spread[0]


@pytest.mark.training
def test_that_of_a_wasserstein_critic_stays() -> None:
    loss = Wasserstein()
    found = gradient_curves(
        small(),
        1,
        real_line,
        critic_loss=loss,
        penalty=GradientPenalty(10.0),
        generator_losses={"wasserstein": loss},
        steps=200,
        every=50,
    )
    norm = found.gradients["wasserstein"].norm
    assert 0.5 < norm[-1] / norm[1] < 2


def test_by_hand() -> None:
    # One parameter: the loss's slope in a score, times the score's slope along the first axis, averaged over batches.
    generator = Moved(1.0).double()
    found = gradient_curves(generator, 1, real_line, steps=1, every=1, batches=2, batch=8, seed=3)

    def fake(n: int, rng: torch.Generator) -> Tensor:
        return generator(torch.randn(n, 1, generator=rng, dtype=torch.float64)).detach()

    critic = train_discriminator(Minimax(), real_line, fake, steps=1, seed=3)
    z = torch.randn(16, 1, generator=new_rng(3, "theory", "judged latents"), dtype=torch.float64)
    points = generator(z).detach().requires_grad_()
    scores = critic(points)
    (slopes,) = torch.autograd.grad(scores.sum(), points)
    for name, in_score in {"minimax": -scores.sigmoid(), "non_saturating": -(-scores).sigmoid()}.items():
        batches = (in_score * slopes[:, 0]).detach().reshape(2, 8).mean(1)
        assert found.gradients[name].norm[1].item() == pytest.approx(batches.mean().abs().item(), rel=1e-9)
        assert found.gradients[name].spread[1].item() == pytest.approx(batches.std(correction=0).item(), rel=1e-9)


def test_leaves_the_generator_and_depends_on_the_seed() -> None:
    generator = small()
    before = [w.clone() for w in generator.parameters()]
    first, again, other = (gradient_curves(generator, 1, real_line, steps=2, every=1, seed=s) for s in (0, 0, 1))
    assert all(w.equal(b) and w.grad is None for w, b in zip(generator.parameters(), before, strict=True))
    assert first.gradients["minimax"].norm.equal(again.gradients["minimax"].norm)
    assert not first.gradients["minimax"].norm.equal(other.gradients["minimax"].norm)


def test_errors() -> None:
    with pytest.raises(UsageError, match="gradient_curves: every=0"):
        gradient_curves(small(), 1, real_line, every=0)
