from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.metric.functional.optimal_critic import optimal_critic
from gan_lightning.metric.functional.wasserstein import exact_w1
from gan_lightning.theory.transport import kantorovich_critic


def points(seed: int, n: int, *shape: int) -> Tensor:
    return torch.randn(n, *shape, generator=torch.Generator().manual_seed(seed))


def test_by_hand() -> None:
    """Reals at 0, fakes at 3: D falls by one a unit between them, and is flat beyond, midway between ±1."""
    critic = optimal_critic(torch.tensor([[0.0]]), torch.tensor([[3.0]]))
    scores = critic(torch.tensor([[0.0], [1.0], [3.0], [-2.0], [5.0]]))
    torch.testing.assert_close(scores - scores[2], torch.tensor([3.0, 2, 0, 3, 0], dtype=torch.float64))


def test_on_its_own_samples_it_attains_the_exact_distance() -> None:
    for shape, n, m in (((2,), 40, 40), ((1, 4, 5), 30, 50), ((3,), 300, 20)):
        real, fake = points(0, n, *shape), 0.5 * points(1, m, *shape) + 1
        critic = optimal_critic(real, fake)
        found = critic(real).mean() - critic(fake).mean()
        torch.testing.assert_close(found.item(), exact_w1(real.flatten(1), fake.flatten(1)), rtol=1e-6, atol=0)


def test_it_is_lipschitz_and_nowhere_above_the_largest_optimum() -> None:
    real, fake = points(0, 50, 3), points(1, 60, 3) + 1
    critic, anywhere = optimal_critic(real, fake), 3 * points(2, 600, 3)
    scores = critic(anywhere)
    slopes = (scores[:, None] - scores).abs() / torch.cdist(anywhere.double(), anywhere.double())
    assert slopes.nan_to_num().max() < 1 + 1e-6
    largest = kantorovich_critic(real, fake)
    for samples in (real, fake):
        torch.testing.assert_close(critic(samples), largest(samples), rtol=0, atol=1e-6)
    assert (critic(anywhere) < largest(anywhere) + 1e-6).all()
    assert (largest(anywhere) - critic(anywhere)).mean() > 0.1


def test_other_samples_of_one_distribution_are_at_zero_and_of_two_below_their_distance() -> None:
    """A shift by 1 is at W₁ = 1; the exact distance of as many samples in 20 dimensions is far above either."""
    alike, shifted = [], []
    move = torch.zeros(20)
    move[0] = 1.0
    for seed in range(8):
        real, held_out, fake, fresh = (points(4 * seed + k, 200, 20) for k in range(4))
        for values, at in ((alike, 0 * move), (shifted, move)):
            critic = optimal_critic(real, fake + at)
            values.append((critic(held_out).mean() - critic(fresh + at).mean()).item())
    assert abs(sum(alike)) / 8 < 0.05
    assert 0.1 < sum(shifted) / 8 < 1
    assert exact_w1(points(0, 200, 20), points(1, 200, 20)) > 3
