"""The pair that grows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from gan_lightning.core.errors import UsageError
from gan_lightning.model.progressive import Critic, Generator
from gan_lightning.nn.equalized import EqualizedConv2d, EqualizedLinear
from gan_lightning.nn.fade import fade
from gan_lightning.nn.minibatch_stddev import MinibatchStddev
from gan_lightning.nn.pixel_norm import PixelNorm

SHAPE = (3, 32, 32)  # levels 0 to 3
LEVELS = range(4)

RESIZE = " (data=array has no such key: resize the array)"


def pair(**arguments: Any) -> tuple[Generator, Critic]:
    """Up to 8 features, in double precision, with biases that are not zero."""
    generator = Generator(shape=SHAPE, latent_dim=6, base_width=64, max_width=8, **arguments).double()
    critic = Critic(shape=SHAPE, base_width=64, max_width=8, **arguments).double()
    for network in (generator, critic):
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                nn.init.normal_(parameter)
    return generator, critic


def latents(rows: int = 4) -> Tensor:
    return torch.randn(rows, 6, dtype=torch.double)


def images(level: int, rows: int = 4) -> Tensor:
    return torch.randn(rows, 3, 4 << level, 4 << level, dtype=torch.double)


def doubled(image: Tensor) -> Tensor:
    return image.repeat_interleave(2, -1).repeat_interleave(2, -2)


def halved(image: Tensor) -> Tensor:
    return (image[..., ::2, ::2] + image[..., ::2, 1::2] + image[..., 1::2, ::2] + image[..., 1::2, 1::2]) / 4


def parameters(*parts: nn.Module) -> int:
    return sum(p.numel() for part in parts for p in part.parameters())


# ---- the paper's table 2 --------------------------------------------------------------------------------------------

WIDTHS = [512, 512, 512, 512, 256, 128, 64, 32, 16]


@pytest.fixture(scope="module")
def at_1024() -> tuple[Generator, Critic]:
    with torch.device("meta"):
        return Generator(shape=(3, 1024, 1024)), Critic(shape=(3, 1024, 1024))


def convs(part: nn.Module) -> list[tuple[int, int]]:
    return [(m.in_channels, m.out_channels) for m in part.modules() if isinstance(m, nn.Conv2d)]


def test_widths_at_1024(at_1024: tuple[Generator, Critic]) -> None:
    generator, critic = at_1024
    assert [convs(block) for block in generator.blocks] == [
        [(512, 512)],
        *([(below, width), (width, width)] for below, width in pairwise(WIDTHS)),
    ]
    assert [convs(block) for block in critic.blocks] == [
        [(513, 512)],
        *([(width, width), (width, below)] for below, width in pairwise(WIDTHS)),
    ]
    assert [convs(layer) for layer in generator.to_rgb] == [[(width, 3)] for width in WIDTHS]
    assert [convs(layer) for layer in critic.from_rgb] == [[(3, width)] for width in WIDTHS]
    assert generator.latent_dim == 512


def test_parameters_at_1024(at_1024: tuple[Generator, Critic]) -> None:
    """Rows of the table in its rounding: 4.2M + 2.4M at 4 px, 2 · 2.4M, …, 4.6k + 2.3k, 51; 23.1M in all."""
    generator, critic = at_1024
    same, mixed = 512 * 512 * 9 + 512, [(2 * w * w * 9 + w, w * w * 9 + w) for w in (256, 128, 64, 32, 16)]
    rows = [512 * 512 * 16 + 512 + same, *[2 * same] * 3, *map(sum, mixed)]
    assert [parameters(block) for block in generator.blocks] == rows
    assert parameters(generator.to_rgb[-1]) == 51
    # The critic's blocks have the biases of both widths, and what the deviation's channel and the score need.
    rows = [rows[0] + 512 * 9 + 513, *rows[1:4], *(row + w for row, w in zip(rows[4:], WIDTHS[4:], strict=True))]
    assert [parameters(block) for block in critic.blocks] == rows
    assert parameters(critic.from_rgb[-1]) == 64
    grown = parameters(generator.blocks, generator.to_rgb[-1]), parameters(critic.blocks, critic.from_rgb[-1])
    assert grown == (23_071_507, 23_077_137)
    assert (parameters(generator), parameters(critic)) == (23_079_115, 23_087_249)


def test_the_table_row_by_row() -> None:
    generator, critic = Generator(shape=(3, 8, 8)), Critic(shape=(3, 8, 8))
    kinds = [type(m) for block in generator.blocks for m in block]
    feature = [EqualizedConv2d, nn.LeakyReLU, PixelNorm]
    assert [kinds[0], *kinds[2:]] == [PixelNorm, *feature[1:], *feature, nn.Upsample, *feature, *feature]
    kinds = [type(m) for block in reversed(critic.blocks) for m in block]
    feature = [EqualizedConv2d, nn.LeakyReLU]
    score = [nn.Flatten, EqualizedLinear, nn.LeakyReLU, EqualizedLinear]
    assert kinds == [*feature, *feature, nn.AvgPool2d, MinibatchStddev, *feature, *score]
    assert [m.scale for m in (generator.to_rgb[0], critic.blocks[0][-1])] == pytest.approx([512**-0.5] * 2)
    assert critic.from_rgb[0][0].scale == pytest.approx((2 / 3) ** 0.5)


def test_the_first_layer_is_a_convolution_over_a_latent_of_one_pixel() -> None:
    project = Generator(shape=(3, 8, 8), latent_dim=5, max_width=7).blocks[0][1]
    latent = torch.randn(2, 5)
    project.bias.data.normal_()
    conv = EqualizedConv2d(5, 7, 4, padding=3)
    conv.weight.data = project.linear.weight.view(7, 4, 4, 5).permute(0, 3, 1, 2).flip(2, 3)
    conv.bias.data = project.bias.flatten()
    torch.testing.assert_close(project(latent), conv(latent[..., None, None]))


# ---- growing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_sizes_of_each_level(level: int) -> None:
    generator, critic = pair()
    fake = generator(latents(), level)
    assert fake.shape == (4, 3, 4 << level, 4 << level)
    assert critic(fake, level).shape == (4,)


def test_without_a_level_it_is_the_grown_network() -> None:
    generator, critic = pair()
    latent = latents()
    assert generator.last_level == critic.last_level == 3
    assert generator(latent).equal(generator(latent, 3, 1.0))
    assert critic(images(3)).shape == (4,)


@pytest.mark.parametrize("level", LEVELS[1:])
def test_the_generator_mixes_its_two_images(level: int) -> None:
    generator, _ = pair()
    latent = latents()
    old, new = doubled(generator(latent, level - 1)), generator(latent, level)
    assert (old - new).abs().mean() > 0.1
    assert generator(latent, level, 0.0).equal(old)
    torch.testing.assert_close(generator(latent, level, 0.5), (old + new) / 2)
    torch.testing.assert_close(generator(latent, level, 0.3), 0.7 * old + 0.3 * new)
    assert generator(latent, level, 1.0).equal(new)


@pytest.mark.parametrize("level", LEVELS[1:])
def test_the_critic_mixes_the_features_of_its_two_images(level: int) -> None:
    _, critic = pair()
    x = images(level)
    old = critic.from_rgb[level - 1](halved(x))
    new = critic.blocks[level](critic.from_rgb[level](x))
    assert (old - new).abs().mean() > 0.1

    def rest(features: Tensor) -> Tensor:
        for block in critic.blocks[:level][::-1]:
            features = block(features)
        return features.squeeze(1)

    assert critic(x, level, 0.0).equal(critic(halved(x), level - 1))
    torch.testing.assert_close(critic(x, level, 0.5), rest((old + new) / 2))
    torch.testing.assert_close(critic(x, level, 0.3), rest(0.7 * old + 0.3 * new))
    torch.testing.assert_close(critic(x, level, 1.0), rest(new))


def test_features_from_an_image_are_rectified() -> None:
    _, critic = pair()
    layer, x = critic.from_rgb[0], images(0)
    expected = torch.einsum("oc,bchw->bohw", layer[0].weight[..., 0, 0], x) * (2 / 3) ** 0.5
    torch.testing.assert_close(layer(x), leaky_relu(expected + layer[0].bias.view(-1, 1, 1), 0.2))


def test_reals_are_faded_by_hand() -> None:
    real = torch.zeros(1, 1, 8, 8)
    real[0, 0, :2, :2] = torch.tensor([[8.0, 4], [4, 0]])
    assert fade(real, 1, 1.0) is real
    assert fade(real, 1, 0.0)[0, 0, :3, :3].tolist() == [[4, 4, 0], [4, 4, 0], [0, 0, 0]]
    assert fade(real, 1, 0.5)[0, 0, :3, :3].tolist() == [[6, 4, 0], [4, 2, 0], [0, 0, 0]]
    assert fade(real, 0)[0, 0].tolist() == [[4, 0, 0, 0], *[[0] * 4] * 3]
    assert fade(real, 0, 0.5).equal(fade(real, 0))  # nothing lies below


@pytest.mark.parametrize("level", LEVELS[1:])
def test_reals_are_mixed_as_the_generators_images(level: int) -> None:
    real = images(3)
    new = fade(real, level)
    torch.testing.assert_close(new, real.unflatten(-1, (4 << level, -1)).unflatten(-3, (4 << level, -1)).mean((-1, -3)))
    torch.testing.assert_close(fade(real, level, 0.0), doubled(fade(real, level - 1)))
    torch.testing.assert_close(fade(real, level, 0.5), (doubled(halved(new)) + new) / 2)


def test_a_critic_of_means_sees_the_same_mean_through_a_fade() -> None:
    real = images(3)
    for level in LEVELS:
        for alpha in (0.0, 0.3, 1.0):
            torch.testing.assert_close(fade(real, level, alpha).mean((2, 3)), real.mean((2, 3)))


@pytest.mark.parametrize(("alpha", "below"), [(1.0, False), (0.5, True), (0.0, True)])
def test_only_the_levels_in_use_get_gradients_and_optimizer_memory(alpha: float, below: bool) -> None:
    for network, rgb, x in zip(pair(), ("to_rgb", "from_rgb"), (latents(), images(1)), strict=True):
        optimizer = torch.optim.Adam(network.parameters())
        network(x, 1, alpha).square().sum().backward()
        optimizer.step()
        used = ("blocks.0.", "blocks.1.", f"{rgb}.1.", *([f"{rgb}.0."] if below else []))
        for name, parameter in network.named_parameters():
            assert (parameter.grad is not None) == name.startswith(used)
            assert (parameter in optimizer.state) == name.startswith(used)


def test_the_lower_levels_are_the_smaller_networks() -> None:
    generator, critic = pair()
    smaller: list[nn.Module] = [
        Generator(shape=(3, 16, 16), latent_dim=6, base_width=64, max_width=8).double(),
        Critic(shape=(3, 16, 16), base_width=64, max_width=8).double(),
    ]
    for small, large, x in zip(smaller, (generator, critic), (latents(), images(2)), strict=True):
        small.load_state_dict({key: large.state_dict()[key] for key in small.state_dict()})
        assert small(x, alpha=0.4).equal(large(x, 2, 0.4))


# ---- what holds the training --------------------------------------------------------------------------------------


def second_moments(network: nn.Module, kind: type[nn.Module]) -> list[Tensor]:
    found: list[Tensor] = []
    for layer in network.modules():
        if isinstance(layer, kind):
            layer.register_forward_hook(lambda m, x, y: found.append(y.square().mean()))
    return found


@pytest.mark.training
@torch.no_grad()
def test_activations_of_unit_size_through_nine_levels() -> None:
    shape, widths = (3, 1024, 1024), {"base_width": 4096, "max_width": 128}
    generator = Generator(shape=shape, **widths)
    normalized = second_moments(generator, PixelNorm)
    rectified = second_moments(generator, nn.LeakyReLU)
    generator(torch.randn(1, 512))
    torch.testing.assert_close(torch.stack(normalized), torch.ones(19), rtol=1e-3, atol=0)
    # He keeps 1.04 of a unit, less what padding takes from small images; narrow layers scatter. The first layer counts
    # 16 taps of which one is there.
    first, *others = torch.stack(rectified).tolist()
    assert first == pytest.approx(1.04 / 16, rel=0.2)
    assert all(0.5 < moment < 2 for moment in others)
    assert torch.tensor(others).log().mean().exp().item() == pytest.approx(1, abs=0.15)

    critic = Critic(shape=shape, **widths)
    rectified = second_moments(critic, nn.LeakyReLU)
    # Images of one color: of others, means over 2×2 take away what varies.
    critic(torch.randn(1, 3, 1, 1).expand(1, *shape))
    moments = torch.stack(rectified)
    assert len(moments) == 1 + 2 * 9
    assert (moments / moments[0]).log2().abs().max() < 3  # with ordinary N(0, 1) weights it grows 2^80 times


def test_latents_count_by_direction_only() -> None:
    generator, _ = pair()
    latent = latents()
    torch.testing.assert_close(generator(3 * latent), generator(latent))


def test_without_pixel_norm_the_latents_are_still_scaled() -> None:
    generator = Generator(shape=SHAPE, pixel_norm=False)
    assert [i for i, m in enumerate(generator.blocks[0]) if isinstance(m, PixelNorm)] == [0]
    assert not any(isinstance(m, PixelNorm) for block in generator.blocks[1:] for m in block)


@pytest.mark.parametrize("network", [Generator, Critic])
def test_without_equalized_learning_rate_it_is_the_same_function_at_first(network: type[nn.Module]) -> None:
    torch.manual_seed(1)
    ordinary = network(shape=SHAPE, max_width=16, equalized=False)
    torch.manual_seed(1)
    equalized = network(shape=SHAPE, max_width=16)
    x = torch.randn(4, 512) if network is Generator else torch.randn(4, *SHAPE)
    torch.testing.assert_close(ordinary(x, 3, 0.5), equalized(x, 3, 0.5))
    assert all(m.scale == 1 for m in ordinary.modules() if isinstance(m, (EqualizedConv2d, EqualizedLinear)))


def test_minibatch_deviation_is_what_couples_samples() -> None:
    for group, coupled in ((4, True), (None, False)):
        critic = Critic(shape=SHAPE, base_width=64, max_width=8, group=group).double()
        x = images(3)
        assert critic(x)[:2].allclose(critic(x[:2])) is not coupled


def test_two_shares_of_a_batch_get_the_scores_of_the_whole() -> None:
    _, critic = pair()
    x = images(2, rows=8)
    whole = critic(x, 2, 0.7)
    for share in range(2):
        torch.testing.assert_close(critic(x[share::2], 2, 0.7), whole[share::2])


@pytest.mark.parametrize(("level", "alpha"), [(0, 1.0), (1, 1.0), (1, 0.3)])
def test_second_derivatives_in_the_images(level: int, alpha: float) -> None:
    critic = Critic(shape=(1, 8, 8), base_width=8).double()
    x = torch.randn(5, 1, 4 << level, 4 << level, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: critic(x, level, alpha), x, fast_mode=True)


def test_the_gradient_of_a_gradient_penalty_is_the_slope_of_the_loss() -> None:
    _, critic = pair()
    x = images(2)
    used = ("blocks.0.", "blocks.1.", "blocks.2.", "from_rgb.1.", "from_rgb.2.")
    weights = [p for name, p in critic.named_parameters() if name.startswith(used)]
    directions = [torch.randn_like(p) for p in weights]

    def penalized() -> Tensor:
        at = x.clone().requires_grad_()
        scores = critic(at, 2, 0.5)
        (gradient,) = torch.autograd.grad(scores.sum(), at, create_graph=True)
        return scores.mean() + 10 * (gradient.flatten(1).norm(dim=1) - 1).square().mean()

    gradients = torch.autograd.grad(penalized(), weights)
    slope = sum((g * d).sum().item() for g, d in zip(gradients, directions, strict=True))
    values, step = [], 1e-7
    for move in (step, -2 * step):
        with torch.no_grad():
            torch._foreach_add_(weights, directions, alpha=move)
        values.append(penalized().item())
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(slope, rel=1e-4)


def test_channels_last_is_the_same_function() -> None:
    generator, critic = pair()
    latent = latents()
    expected = critic(generator(latent, 2, 0.5), 2, 0.5)
    for network in (generator, critic):
        network.to(memory_format=torch.channels_last)
    torch.testing.assert_close(critic(generator(latent, 2, 0.5), 2, 0.5), expected)


# ---- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", [Generator, Critic])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"shape": (2,)},
            "progressive draws images of (channels, height, width), the data are points of 2 numbers: use model=mlp",
        ),
        (
            {"shape": (1, 30, 30)},
            "progressive: 30 px is not base·2^n with base 4…7; use data.size=32 or 28" + RESIZE,
        ),
        (
            {"shape": (3, 64, 50)},
            "progressive: 64 × 50 px do not fit: the shorter side must be base·2^n with base 4…7, the longer one a "
            "multiple of the same 2^n; use data.size=[72,56] or [64,48]" + RESIZE,
        ),
        (
            {"shape": (3, 4, 4)},
            "progressive: 4 px is not base·2^n with base 4…7; use data.size=8" + RESIZE,
        ),
        ({"shape": (3, 64, 64), "base_width": 31}, "progressive: base_width=31 leaves no features at 64 px: use 32"),
    ],
)
def test_refuses_other_data(network: type[nn.Module], arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        network(**arguments)
    assert str(refusal.value).removesuffix(" or more") == message


def test_refuses_other_levels() -> None:
    generator, critic = pair()
    for level in (-1, 4):
        message = f"^level={level}: this network has the levels 0 to 3, of 4 to 32 px$"
        with pytest.raises(UsageError, match=message):
            generator(latents(), level)
        with pytest.raises(UsageError, match=message):
            critic(images(3), level)
    with pytest.raises(UsageError, match=r"^progressive.Critic takes 8 px at level 1, not 32 px: use fade\("):
        critic(images(3), 1)
    with pytest.raises(UsageError, match=r"^level 2 is of 16 px, the images are of 8 px$"):
        fade(images(1), 2)
