from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import gradcheck, gradgradcheck
from torch.nn.utils.parametrizations import spectral_norm, weight_norm
from torch.nn.utils.parametrize import remove_parametrizations
from torch.profiler import ProfilerActivity, profile

from gan_lightning.core.rng import StepRNG
from gan_lightning.model import dcgan, mlp, progressive, resnet
from gan_lightning.nn.fast import conv2d
from gan_lightning.nn.fast.avg_pool2d import AvgPool2d
from gan_lightning.nn.fast.conv2d import Conv2d
from gan_lightning.nn.fast.conv_transpose2d import ConvTranspose2d
from gan_lightning.nn.fast.relu import LeakyReLU, ReLU
from gan_lightning.nn.fast.swap import use_fast_layers
from gan_lightning.penalty import GradientPenalty

IMAGE = (4, 6, 16, 16)


@pytest.fixture(autouse=True)
def every_convolution_is_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("HEAVY", "FEW_CHANNELS_HEAVY"):
        monkeypatch.setattr(conv2d, limit, 0)


CRITICS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "mlp": (lambda: mlp.Critic(shape=(2,), width=32), (8, 2)),
    "dcgan": (lambda: dcgan.Critic(shape=IMAGE[1:], width=8, norm="none", init="torch"), IMAGE),
    "dcgan, layer norm": (lambda: dcgan.Critic(shape=IMAGE[1:], width=8, norm="layer", kernel=5, init="torch"), IMAGE),
    "resnet, spectral norm": (lambda: resnet.Critic(shape=IMAGE[1:], width=8, spectral_norm=True), IMAGE),
    "progressive": (lambda: progressive.Critic(shape=IMAGE[1:], base_width=64, max_width=16), IMAGE),
}


def pair(name: str) -> tuple[nn.Module, nn.Module, Tensor, Tensor]:
    make, shape = CRITICS[name]
    plain = make().eval()  # spectral norm's vectors rest
    return plain, use_fast_layers(copy.deepcopy(plain), second_order=True), torch.randn(shape), torch.randn(shape)


def gradients(critic: nn.Module, real: Tensor, fake: Tensor, *, autocast: bool = False) -> dict[str, Tensor | None]:
    """Loss and all gradients of one critic update of WGAN-GP, and of its penalty alone."""
    draw = StepRNG(torch.Generator().manual_seed(1))
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast, cache_enabled=False):
        wasserstein = critic(fake).float().mean() - critic(real).float().mean()
        penalty = GradientPenalty()(critic, real, fake, draw)
    found: dict[str, Tensor | None] = {"loss": wasserstein.detach(), "penalty": penalty.detach()}
    names, parameters = zip(*critic.named_parameters(), strict=True)
    second = torch.autograd.grad(penalty, parameters, retain_graph=True, allow_unused=True)
    found |= {f"second order, {name}": g for name, g in zip(names, second, strict=True)}
    both = torch.autograd.grad(wasserstein + penalty, parameters, allow_unused=True)
    return found | {f"both, {name}": g for name, g in zip(names, both, strict=True)}


def compare(expected: dict[str, Tensor | None], found: dict[str, Tensor | None], within: float) -> None:
    for name, value in expected.items():
        want = torch.zeros(()) if value is None else value
        have = torch.zeros_like(want) if found[name] is None else found[name]
        assert isinstance(have, Tensor)
        assert (have - want).norm() <= within * want.norm(), name


@pytest.mark.parametrize("name", CRITICS)
@pytest.mark.parametrize("autocast", [False, True])
def test_a_whole_critic_update_is_that_of_torch_s_layers(name: str, autocast: bool) -> None:
    plain, twin, real, fake = pair(name)
    # With the channels last the kernels are others; sums of another order bend a few rectifiers the other way.
    compare(
        gradients(plain, real, fake, autocast=autocast),
        gradients(twin, real, fake, autocast=autocast),
        within=1e-3,
    )


@pytest.mark.parametrize("name", CRITICS)
def test_a_whole_critic_update_in_double_precision(name: str) -> None:
    plain, twin, real, fake = pair(name)
    plain, twin, real, fake = plain.double(), twin.double(), real.double(), fake.double()
    compare(gradients(plain, real, fake), gradients(twin, real, fake), within=1e-12)


@pytest.mark.parametrize("name", ["mlp", "dcgan", "progressive"])
def test_no_parameter_gets_a_dead_gradient(name: str) -> None:
    plain, twin, real, fake = pair(name)
    expected, found = gradients(plain, real, fake), gradients(twin, real, fake)
    gone = [key for key in expected if found[key] is None]
    assert any(key.startswith("second order") for key in gone)
    assert all(expected[key] is None or not expected[key].any() for key in gone)  # type: ignore[union-attr]


def kernels(step: Callable[[], object]) -> list[str]:
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        step()
    return [event.name for event in seen.events()]


def test_no_kernel_runs_in_vain() -> None:
    # Forward go fake, real, between, and the penalty's gradient: 4 convolutions. Backward: the gradient at between, and
    # the weight's gradients of fake, real and penalty. Torch's layers take another 2.
    twin = Conv2d(6, 4, 3)
    critic = nn.Sequential(twin, LeakyReLU(0.2), nn.Flatten(), nn.Linear(4 * 14 * 14, 1))
    real, fake = torch.randn(IMAGE), torch.randn(IMAGE)

    def step() -> None:
        score = critic(fake).mean() - critic(real).mean()
        (score + GradientPenalty()(critic, real, fake)).backward()

    names = kernels(step)
    assert names.count("aten::convolution") == 4
    assert names.count("aten::convolution_backward") == 4


@pytest.mark.training
@pytest.mark.parametrize(
    "layer",
    [
        ReLU(),
        LeakyReLU(0.3),
        LeakyReLU(-0.5),
        AvgPool2d(2),
        AvgPool2d((2, 3), ceil_mode=True),
        AvgPool2d(3, stride=2, padding=1),
        Conv2d(2, 4, 3, padding=1),
        Conv2d(2, 4, (3, 2), stride=2, padding=(1, 0), bias=False),
        Conv2d(2, 4, 2, dilation=2, groups=2),
        Conv2d(2, 2, 3, padding="same"),
        Conv2d(2, 2, 3, padding=1, padding_mode="reflect"),
        Conv2d(6, 2, 3, padding=1),
        ConvTranspose2d(2, 1, 4, stride=2, padding=1),
        ConvTranspose2d(2, 3, (3, 2), stride=(2, 1), output_padding=(1, 0), dilation=(1, 2), bias=False),
        ConvTranspose2d(2, 6, 3),
        ConvTranspose2d(2, 2, 3, groups=2),
    ],
    ids=str,
)
def test_derivatives_are_those_of_the_function(layer: nn.Module) -> None:
    layer.double()
    channels = getattr(layer, "in_channels", 2)
    x = torch.randn(2, channels, 6 if channels == 2 else 3, 6 if channels == 2 else 3, dtype=torch.double)
    x.requires_grad_()
    names, parameters = [n for n, _ in layer.named_parameters()], list(layer.parameters())

    def function(x: Tensor, *parameters: Tensor) -> Tensor:
        return torch.func.functional_call(layer, dict(zip(names, parameters, strict=True)), (x,))

    plain: nn.Module = copy.deepcopy(layer)
    plain.__class__ = type(layer).__bases__[0]
    torch.testing.assert_close(layer(x), plain(x), rtol=1e-14, atol=1e-14)
    assert gradcheck(function, (x, *parameters))
    assert gradgradcheck(function, (x, *parameters))


def test_third_derivative_of_a_convolution() -> None:
    layer = Conv2d(1, 1, 2).double()
    x = torch.randn(1, 1, 3, 3, dtype=torch.double, requires_grad=True)

    def slope(x: Tensor, weight: Tensor) -> Tensor:
        y = torch.func.functional_call(layer, {"weight": weight}, (x,)).pow(3).sum()
        return torch.autograd.grad(y, x, create_graph=True)[0]

    assert gradgradcheck(slope, (x, layer.weight))


def test_edges_are_torch_s() -> None:
    x = torch.tensor([-0.0, 0.0, float("nan"), float("inf"), -float("inf"), -3.0, 3.0], requires_grad=True)
    for layer in (ReLU(), LeakyReLU(0.2)):
        plain: nn.Module = copy.deepcopy(layer)
        plain.__class__ = type(layer).__bases__[0]
        assert layer(x).tolist()[3:] == plain(x).tolist()[3:]
        assert layer(x)[2].isnan()
        (slope,) = torch.autograd.grad(layer(x)[:2].sum(), x)
        torch.testing.assert_close(slope, torch.autograd.grad(plain(x)[:2].sum(), x)[0])


def test_one_image_without_a_batch() -> None:
    layer = Conv2d(3, 4, 3)
    torch.testing.assert_close(layer(torch.ones(3, 5, 5)), layer(torch.ones(1, 3, 5, 5))[0])


def test_many_networks_at_once() -> None:
    critic = use_fast_layers(
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.LeakyReLU(0.2), nn.AvgPool2d(2), nn.Flatten()), second_order=True
    )
    weights = {name: torch.randn(5, *p.shape) for name, p in critic.named_parameters()}
    x = torch.randn(3, 1, 6, 6)
    together = torch.func.vmap(lambda w: torch.func.functional_call(critic, w, (x,)))(weights)
    for k in range(5):
        alone = torch.func.functional_call(critic, {name: w[k] for name, w in weights.items()}, (x,))
        torch.testing.assert_close(together[k], alone)


class Own(nn.ReLU):
    pass


def test_swaps_exactly_torch_s_layers_in_place() -> None:
    own, nested = Own(), nn.ModuleDict({"inner": nn.Sequential(nn.Conv2d(1, 2, 3), nn.LeakyReLU(0.1, inplace=True))})
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), own, nested, nn.ConvTranspose2d(2, 1, 3), nn.MaxPool2d(2))
    before = dict(network.named_modules())
    state = {name: value.clone() for name, value in network.state_dict().items()}
    for _ in range(2):
        assert use_fast_layers(network, second_order=True) is network
        assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
        assert network[3]["inner"][0].weight.is_contiguous(memory_format=torch.channels_last)  # type: ignore[index]
        assert all(module is before[name] for name, module in network.named_modules())
        kinds = [type(module) for module in network.modules()]
        assert kinds[1:4] == [nn.Linear, ReLU, Own]
        assert kinds[6:] == [Conv2d, LeakyReLU, ConvTranspose2d, nn.MaxPool2d]
    assert isinstance(nested["inner"][0], nn.Conv2d)  # type: ignore[index]
    assert nested["inner"][1].negative_slope == 0.1  # type: ignore[index]
    assert isinstance(use_fast_layers(nn.ReLU(), second_order=True), ReLU)  # a network of one layer


@pytest.mark.parametrize("parametrization", [spectral_norm, weight_norm])
def test_parametrized_layers_stay_parametrized(parametrization: Callable[[nn.Module], nn.Module]) -> None:
    plain = parametrization(nn.Conv2d(2, 3, 3)).eval()
    twin = use_fast_layers(copy.deepcopy(plain), second_order=True)
    x = torch.randn(2, 2, 5, 5)
    assert isinstance(twin, Conv2d)
    assert not isinstance(plain, Conv2d)
    assert list(twin.state_dict()) == list(plain.state_dict())
    torch.testing.assert_close(twin(x), plain(x))
    kind = type(twin)
    assert type(use_fast_layers(twin, second_order=True)) is kind
    assert type(remove_parametrizations(twin, "weight")) is Conv2d


def test_copies_and_pickles() -> None:
    network = use_fast_layers(nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU()), second_order=True)
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert [type(layer) for layer in other] == [Conv2d, ReLU]
        torch.testing.assert_close(other(torch.ones(1, 1, 2, 2)), network(torch.ones(1, 1, 2, 2)))


def test_networks_without_a_second_order_keep_torch_s_rectifiers() -> None:
    network = use_fast_layers(nn.Sequential(nn.Conv2d(1, 2, 3), nn.LeakyReLU(0.1), nn.ConvTranspose2d(2, 1, 3)))
    assert [type(layer) for layer in network] == [nn.Conv2d, nn.LeakyReLU, ConvTranspose2d]


@pytest.mark.parametrize(("channels", "limit"), [(2, "FEW_CHANNELS_HEAVY"), (5, "HEAVY")])
def test_light_convolutions_are_torch_s(monkeypatch: pytest.MonkeyPatch, channels: int, limit: str) -> None:
    layer = Conv2d(channels, 4, 3, stride=2, padding=1)
    x, work = torch.randn(2, channels, 8, 8), 2 * 16 * layer.weight.numel()  # at 2 · 16 positions
    monkeypatch.setattr(conv2d, limit, work)
    assert "_Convolve" in type(layer(x).grad_fn).__name__
    monkeypatch.setattr(conv2d, limit, work + 1)
    assert "_Convolve" not in type(layer(x).grad_fn).__name__
