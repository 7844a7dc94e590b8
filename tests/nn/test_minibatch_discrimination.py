from __future__ import annotations

from math import exp

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.model import dcgan, mlp
from gan_lightning.nn.minibatch_discrimination import MinibatchDiscrimination
from gan_lightning.objective.gan import GAN


def test_closeness_by_hand() -> None:
    layer = MinibatchDiscrimination(features=2, kernels=2, dims=1)
    layer.project.weight.data = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]])
    y = layer(x)
    assert torch.equal(y[:, :2], x)
    # first numbers apart: 1, 0, 1; second ones, doubled: 0, 6, 6
    expected = [[exp(-1) + 1, 1 + exp(-6)], [exp(-1) + exp(-1), 1 + exp(-6)], [1 + exp(-1), 2 * exp(-6)]]
    torch.testing.assert_close(y[:, 2:], torch.tensor(expected))


def test_kernels_take_the_sum_of_their_dims() -> None:
    layer = MinibatchDiscrimination(features=2, kernels=1, dims=2)
    layer.project.weight.data = torch.eye(2)
    y = layer(torch.tensor([[0.0, 0.0], [1.0, 2.0]]))
    torch.testing.assert_close(y[:, 2], torch.full((2,), exp(-3)))


def test_shares_of_a_batch_see_what_the_whole_sees() -> None:
    layer, x = MinibatchDiscrimination(4, group=4), torch.randn(16, 4)
    whole = layer(x)
    for rank in range(2):
        torch.testing.assert_close(layer(x[rank::2]), whole[rank::2])
    torch.testing.assert_close(layer(x[:3])[0, 4:], layer(x[:3].flip(0))[2, 4:])


@pytest.mark.parametrize("kind", ["stddev", "discrimination"])
def test_critics_with_minibatch_layers(kind: str) -> None:
    torch.manual_seed(0)
    points = mlp.Critic(shape=(2,), minibatch=kind)  # type: ignore[arg-type]
    images = dcgan.Critic(shape=(1, 32, 32), norm="none", minibatch=kind)  # type: ignore[arg-type]
    for critic, shape in ((points, (2,)), (images, (1, 32, 32))):
        varied = torch.randn(8, *shape)
        alike = varied[:1].expand(8, *shape)
        assert not torch.allclose(critic(varied)[0], critic(alike)[0])
        assert critic(varied).shape == (8,)


def test_refuses_groups_that_devices_would_cut() -> None:
    module = GAN(mlp.Generator(shape=(2,)), mlp.Critic(shape=(2,), minibatch="discrimination"))
    module.check_batch_divisible(64, 2)
    with pytest.raises(UsageError, match=r"data.batch_size=32 is 1 group\(s\) of 32 samples for 2 device"):
        module.check_batch_divisible(32, 2)
