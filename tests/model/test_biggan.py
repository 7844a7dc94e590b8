"""BigGAN's pair."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from gan_lightning.core.errors import UsageError
from gan_lightning.model import biggan
from gan_lightning.nn.self_attention import SelfAttention


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def pair(size: int, **arguments: object) -> tuple[biggan.Generator, biggan.Critic]:
    """Without storage and first weights: only shapes and numbers of parameters are looked at."""
    classes = {"classes": arguments["classes"]} if "classes" in arguments else {}
    for_generator, for_critic = ({"condition": "norm"}, {"condition": "projection"}) if classes else ({}, {})
    shared = {"init": "torch", "spectral_norm": False} | arguments
    with torch.device("meta"):
        shape = (3, size, size)
        return biggan.Generator(shape=shape, **for_generator, **shared), biggan.Critic(
            shape=shape, **for_critic, **shared
        )


def test_published_numbers_of_parameters_at_128_px() -> None:
    generator, critic = pair(128, classes=1000)
    # As counted by the test of google/compare_gan's resnet_biggan: 70,433,988 and 87,982,370. Its generator has a bias
    # before the second norm of each block, which batch norm cancels.
    assert parameters(generator) == 70_433_988 - 96 * (16 + 8 + 4 + 2 + 1)
    assert parameters(critic) == 87_982_370
    # The paper's table 1 has 158.3 million in all.
    assert (parameters(generator) + parameters(critic)) / 1e6 == pytest.approx(158.4, abs=0.05)
    assert generator.latent_dim == 120
    assert generator.project[0].in_features == 20


@pytest.mark.parametrize(
    ("size", "generator", "critic", "latent_dim"),
    [
        (28, [4, 4, 4], [4, 4, 4], 60),
        (32, [4, 4, 4, 4], [4, 4, 4, 4], 80),
        (64, [16, 16, 8, 4, 2], [1, 2, 4, 8, 16], 100),
        (128, [16, 16, 8, 4, 2, 1], [1, 2, 4, 8, 16, 16], 120),
        (256, [16, 16, 8, 8, 4, 2, 1], [1, 2, 4, 8, 8, 16, 16], 140),
        (512, [16, 16, 8, 8, 4, 2, 1, 1], [1, 1, 2, 4, 8, 8, 16, 16], 160),
    ],
)
def test_widths_of_the_tables(size: int, generator: list[int], critic: list[int], latent_dim: int) -> None:
    made = pair(size, width=8)
    assert made[0].latent_dim == latent_dim
    first = made[0].project[0].out_features // (size >> len(generator) - 1) ** 2
    blocks = [next(m for m in b.modules() if hasattr(m, "residual")) for b in made[0].blocks]
    assert [first] + [b.residual[-1].out_channels for b in blocks] == [8 * k for k in generator]
    judging = [b for b in made[1].blocks if hasattr(b, "residual")]
    filters = [[m.out_channels for m in b.residual if isinstance(m, nn.Conv2d)] for b in judging]
    assert filters == [[8 * k, 8 * k] for k in critic]  # the first convolution as wide as the second


@pytest.mark.parametrize("size", [8, 14, 20, 28, 32, 48, 64, 80, 128])
def test_any_size(size: int) -> None:
    generator, critic = pair(size, width=8, classes=3)
    label = torch.empty(2, dtype=torch.int64, device="meta")
    fake = generator(torch.empty(2, generator.latent_dim, device="meta"), label)
    assert fake.shape == (2, 3, size, size)
    assert critic(fake, label).shape == (2,)


@pytest.mark.parametrize(("size", "attention", "at"), [(128, None, 64), (160, None, 40), (32, 16, 16), (64, 32, 32)])
def test_where_features_attend(size: int, attention: int | None, at: int) -> None:
    seen: list[tuple[int, ...]] = []
    generator, critic = pair(size, width=8, attention=attention)
    for network in (generator, critic):
        for m in network.modules():
            if isinstance(m, SelfAttention):
                m.register_forward_hook(lambda _, inputs, __: seen.append(tuple(inputs[0].shape[2:])))
    critic(generator(torch.empty(1, generator.latent_dim, device="meta")))
    assert seen == [(at, at), (at, at)]
    for network in pair(32, width=8):
        assert not any(isinstance(m, SelfAttention) for m in network.modules())


def of_parts(generator: biggan.Generator, latent: Tensor, label: Tensor | None) -> list[Tensor]:
    """Input of the first layer and conditions of the blocks."""
    parts: list[Tensor] = []
    hooks = [generator.project.register_forward_hook(lambda _, inputs, __: parts.append(inputs[0]))]
    hooks += [block.register_forward_hook(lambda _, inputs, __: parts.append(inputs[1])) for block in generator.blocks]
    generator(latent, label)
    for hook in hooks:
        hook.remove()
    return parts


def test_each_layer_gets_its_chunk_of_the_latent_and_blocks_the_shared_embedding() -> None:
    generator = biggan.Generator(shape=(1, 32, 32), latent_dim=8, width=2, condition="norm", classes=3)
    latent, label = torch.arange(16.0).view(2, 8), torch.tensor([2, 0])
    first, *others = of_parts(generator, latent, label)
    assert torch.equal(first, latent[:, :2])
    shared = generator.entrance.embedding.weight[label]
    assert shared.shape == (2, 128)
    for k, condition in enumerate(others, start=1):
        assert torch.equal(condition, torch.cat([shared, latent[:, 2 * k : 2 * k + 2]], dim=1))

    alone = biggan.Generator(shape=(1, 32, 32), latent_dim=8, width=2)
    for k, condition in enumerate(of_parts(alone, latent, None)):
        assert torch.equal(condition, latent[:, 2 * k : 2 * k + 2])


def test_spectral_norm_and_orthonormal_weights() -> None:
    torch.manual_seed(0)
    arguments = {"shape": (1, 32, 32), "width": 8, "attention": 16, "classes": 3}
    generator = biggan.Generator(condition="norm", **arguments)
    critic = biggan.Critic(condition="projection", **arguments)
    for network in (generator, critic):
        for layer in network.modules():
            if isinstance(layer, (nn.Linear, nn.Conv2d)):
                assert is_parametrized(layer, "weight")
                values = torch.linalg.svdvals(layer.weight.flatten(1))
                assert values.tolist() == pytest.approx([1.0] * len(values), abs=1e-4)
    assert not is_parametrized(generator.entrance.embedding)
    assert is_parametrized(critic.score.embedding, "weight")
    rows = generator.entrance.embedding.weight
    torch.testing.assert_close(rows @ rows.T, torch.eye(3), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("network", "arguments", "message"),
    [
        (
            biggan.Generator,
            {"shape": (1, 32, 32), "latent_dim": 50},
            "biggan.Generator: latent_dim=50 does not divide into 4 chunks, one for the first layer and for each of 3 "
            "blocks: use latent_dim=52 or null",
        ),
        (
            biggan.Generator,
            {"shape": (1, 32, 32), "attention": 64},
            "biggan.Generator: attention=64, but its maps have 8, 16, 32 px: choose one of these, or 0 for none",
        ),
        (
            biggan.Critic,
            {"shape": (1, 28, 28), "attention": 7},
            "biggan.Critic: attention=7, but its maps have 14 px: choose one of these, or 0 for none",
        ),
        (
            biggan.Critic,
            {"shape": (3, 1024, 1024)},
            "biggan draws images up to 512 px of base 4: use a smaller data.size",
        ),
        (
            biggan.Generator,
            {"shape": (1, 32, 32), "condition": "concatenation", "classes": 3},
            "Generator: condition='concatenation' must be 'none' or 'norm'",
        ),
    ],
)
def test_refusals(network: type[nn.Module], arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        network(**arguments)
    assert str(refusal.value) == message
