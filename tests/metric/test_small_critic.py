from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.small_critic import SmallCritic, as_input, critic_network, describe_network


def points(seed: int, n: int = 1000, at: float = 0.0) -> Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed)) + torch.tensor([at, 0.0])


def batches_of(real: Tensor) -> Callable[[int], Tensor]:
    return lambda step: real[(torch.arange(32) + 32 * step) % len(real)]


@pytest.mark.parametrize(
    ("shape", "network"),
    [
        ((2,), "hidden layers 128-128-128"),
        ((7, 3), "hidden layers 128-128-128"),
        ((3, 4, 4), "hidden layers 128-128-128"),
        ((2, 3, 4, 5), "hidden layers 128-128-128"),
        ((1, 32, 32), "hidden layers 128-128-128"),
        ((3, 28, 28), "convolutions 8-16-32"),
        ((200, 4, 4), "hidden layers 128-128-128"),
        ((4, 9, 33), "convolutions 8-16-32-64"),
    ],
)
def test_the_network_follows_the_shape(shape: tuple[int, ...], network: str) -> None:
    assert describe_network(shape) == network
    assert critic_network(shape)(torch.randn(5, *shape)).shape == (5,)


def test_large_images_are_shrunk_and_large_others_refused() -> None:
    image = torch.zeros(1, 3, 128, 32, dtype=torch.uint8)
    image[0, :, :2] = 255  # two rows of white become one
    small = as_input(image)
    assert small.shape == (1, 3, 64, 32)
    assert (small[0, 0, 0, 0], small[0, 0, 1, 0]) == (1, -1)
    with pytest.raises(UsageError, match="at most 65,536 numbers"):
        critic_network((70_000,))


@pytest.mark.training
def test_the_distance_is_in_units_of_the_data() -> None:
    """Two clouds, one moved by 3, are 3 apart; ten times as large, 30; and a cloud is not apart from itself."""
    for scale in (1, 10):
        critic = SmallCritic((2,))
        critic.train(batches_of(scale * points(0)), scale * points(1, at=3), 300)
        assert critic.distance(scale * points(2), scale * points(3, at=3)) == pytest.approx(3 * scale, rel=0.1)
    same = SmallCritic((2,))
    same.train(batches_of(points(0)), points(1), 100)
    assert abs(same.distance(points(2), points(3))) < 0.15


@pytest.mark.parametrize("shape", [(1, 8, 8), (6,)])
def test_it_goes_on_from_its_state_as_if_it_had_not_stopped(shape: tuple[int, ...]) -> None:
    def critic(seed: int = 0) -> SmallCritic:
        return SmallCritic(shape, seed=seed)

    real, fake = (torch.randn(40, *shape, generator=torch.Generator().manual_seed(k)) for k in (0, 1))
    whole, broken, again = critic(), critic(), critic()
    again.load_state_dict(critic().state_dict())  # before the first update, too
    whole.train(batches_of(real), fake, 7)
    again.train(batches_of(real), fake, 4)
    broken.load_state_dict(again.state_dict())
    broken.train(batches_of(real), fake, 3)
    assert broken.steps == whole.steps == 7
    assert broken.distance(real, fake) == whole.distance(real, fake)
    other = critic(seed=1)
    other.train(batches_of(real), fake, 7)
    assert other.distance(real, fake) != whole.distance(real, fake)


def test_points_are_scored_by_averaged_weights() -> None:
    critic = SmallCritic((2,))
    weights, averages = [], []
    for _ in range(3):
        critic.train(batches_of(points(0)), points(1, at=1), 1)
        state = critic.state_dict()
        weights.append(state["weights"]["1.weight"])
        averages.append(state["averages"]["1.weight"])
    assert torch.equal(averages[0], weights[0])
    for k in (1, 2):
        torch.testing.assert_close(averages[k], 0.99 * averages[k - 1] + 0.01 * weights[k])
    image = SmallCritic((1, 8, 8))
    image.train(lambda step: torch.zeros(4, 1, 8, 8), torch.ones(9, 1, 8, 8), 3)
    assert all(map(torch.equal, *(image.state_dict()[part].values() for part in ("weights", "averages"))))


def test_the_global_rng_is_left_alone_and_gradients_need_no_permission() -> None:
    before = torch.get_rng_state()
    with torch.inference_mode():
        fake = points(1)
        critic = SmallCritic((2,))
        critic.train(batches_of(points(0)), fake, 2)
        inside = critic.distance(points(0), fake)
    assert torch.equal(torch.get_rng_state(), before)
    critic = SmallCritic((2,))
    critic.train(batches_of(points(0)), points(1), 2)
    assert critic.distance(points(0), points(1)) == inside
