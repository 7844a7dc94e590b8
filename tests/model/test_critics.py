"""What every critic must do, whichever its architecture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.model import dcgan, mlp, resnet, vgg

IMAGE = (2, 14, 14)
CRITICS: dict[str, Callable[[], nn.Module]] = {
    "mlp": lambda: mlp.Critic(shape=IMAGE, width=8),
    "mlp-layer": lambda: mlp.Critic(shape=IMAGE, width=8, norm="layer"),
    "mlp-spectral": lambda: mlp.Critic(shape=IMAGE, width=8, spectral_norm=True),
    "dcgan-none": lambda: dcgan.Critic(shape=(2, 28, 28), width=4, norm="none"),
    "dcgan-layer": lambda: dcgan.Critic(shape=(2, 28, 28), width=4, norm="layer"),
    "dcgan-instance": lambda: dcgan.Critic(shape=(2, 28, 28), width=4, norm="instance"),
    "dcgan-spectral": lambda: dcgan.Critic(shape=(2, 28, 28), width=4, norm="none", spectral_norm=True),
    "resnet": lambda: resnet.Critic(shape=IMAGE, width=4, max_width=4, plain=1),
    "resnet-layer": lambda: resnet.Critic(shape=IMAGE, width=4, max_width=4, plain=1, norm="layer"),
    "resnet-instance": lambda: resnet.Critic(shape=IMAGE, width=4, max_width=4, plain=1, norm="instance"),
    "vgg": lambda: vgg.Critic(shape=IMAGE, width=4),
    "vgg-average-layer": lambda: vgg.Critic(shape=IMAGE, width=4, pool="average", norm="layer"),
    "vgg-spectral": lambda: vgg.Critic(shape=IMAGE, width=4, spectral_norm=True),
    "resnet-spectral": lambda: resnet.Critic(shape=IMAGE, width=4, max_width=4, plain=1, spectral_norm=True),
}


def batch(name: str, rows: int, seed: int) -> Tensor:
    size = 28 if name.startswith("dcgan") else 14
    return torch.randn(rows, 2, size, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture(params=CRITICS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def critic(name: str) -> nn.Module:
    torch.manual_seed(1)
    network = CRITICS[name]().double()
    # Weights of 0.02 make scores too flat to compare.
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network


def test_a_score_does_not_depend_on_the_rest_of_the_batch(name: str, critic: nn.Module) -> None:
    # Spectral norm moves its vectors at each pass in training mode: a function of the weights, not of the batch.
    critic.train("spectral" not in name)
    mine, one, other = batch(name, 3, 1), batch(name, 5, 2), batch(name, 2, 3)
    alone = critic(mine)
    assert alone.std() > 1e-3
    torch.testing.assert_close(critic(torch.cat([mine, one]))[:3], alone)
    torch.testing.assert_close(critic(torch.cat([other, mine]))[2:], alone)


def test_with_batch_norm_it_does() -> None:
    torch.manual_seed(1)
    critic = dcgan.Critic(shape=(2, 28, 28), width=4, norm="batch").double()
    mine, one = batch("dcgan", 3, 1), batch("dcgan", 5, 2)
    assert not torch.allclose(critic(torch.cat([mine, one]))[:3], critic(mine))


def penalized(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    x = (0.3 * real + 0.7 * fake).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return critic(fake).mean() - critic(real).mean() + 10 * ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()


def test_the_gradient_of_a_gradient_penalty_is_the_slope_of_the_loss(name: str, critic: nn.Module) -> None:
    critic.train("spectral" not in name)
    real, fake = batch(name, 3, 1), batch(name, 3, 2)
    loss = penalized(critic, real, fake)
    parameters = list(critic.parameters())
    gradients = torch.autograd.grad(loss, parameters)
    directions = [torch.randn(p.shape, generator=torch.Generator().manual_seed(4)).double() for p in parameters]
    slope = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))

    step = 1e-7
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            torch._foreach_add_(parameters, directions, alpha=sign * step)
        values.append(penalized(critic, real, fake).item())
        with torch.no_grad():
            torch._foreach_add_(parameters, directions, alpha=-sign * step)
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(float(slope), rel=1e-4)


def test_two_forward_passes_before_one_backward(name: str, critic: nn.Module) -> None:
    critic.train()
    penalized(critic, batch(name, 2, 1), batch(name, 2, 2)).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in critic.parameters())


@pytest.mark.parametrize("norm", ["batch", "layer", "instance", "none"])
def test_channels_last_is_the_same_function(norm: str) -> None:
    torch.manual_seed(2)
    pairs = [
        (dcgan.Generator(shape=(2, 28, 28), width=4, norm=norm), dcgan.Critic(shape=(2, 28, 28), width=4, norm=norm)),
        (
            resnet.Generator(shape=(2, 28, 28), width=4, max_width=8, norm=norm),
            resnet.Critic(shape=(2, 28, 28), width=4, max_width=8, norm=norm),
        ),
    ]
    for generator, critic in pairs:
        generator.double(), critic.double()
        latent = torch.randn(3, generator.latent_dim, dtype=torch.float64)
        expected = critic(generator(latent))
        for network in (generator, critic):
            network.to(memory_format=torch.channels_last)
        torch.testing.assert_close(critic(generator(latent)), expected)
