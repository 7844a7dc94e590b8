"""Conditional layers, by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model.dcgan import Critic, Generator
from gan_lightning.nn.conditional_layer import ConditionalNorm, ConditionalSequential
from gan_lightning.nn.conditioning import LabelPlane, LatentConditioning, Projection, output_head
from gan_lightning.nn.norm import conditional_norm, needs_bias_before
from gan_lightning.nn.spectral import add_spectral_norm

LABEL = torch.tensor([2, 0])


def test_gain_and_offset_follow_from_the_condition() -> None:
    norm = ConditionalNorm(nn.Identity(), 2, 3)
    norm.gain.weight.data = torch.tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])
    norm.offset.weight.data = torch.tensor([[0.0, 0.0, 5.0], [1.0, 0.0, 0.0]])
    condition = torch.tensor([[1.0, 0.0, 1.0]])  # gains 1 + (4, 0), offsets (5, 1)
    x = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    assert norm(x, condition).flatten().tolist() == [10, 15, 4, 5]


@pytest.mark.parametrize("name", ["batch", "layer", "instance"])
def test_a_condition_of_zero_leaves_the_bare_norm(name: str) -> None:
    x = torch.randn(4, 3, 5, 5, generator=torch.Generator().manual_seed(0)) * 3 + 1
    norm = conditional_norm(name, 3, condition_dim=2)  # type: ignore[arg-type]
    assert isinstance(norm, ConditionalNorm)
    assert not list(norm.norm.parameters())
    torch.testing.assert_close(norm(x, torch.zeros(4, 2)), conditional_norm(name, 3)(x))  # type: ignore[arg-type]
    assert needs_bias_before(norm) == (name == "layer")


def test_latents_and_classes_enter() -> None:
    latent = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    joined = LatentConditioning("concatenation", 3, 2, norms=False)
    assert (joined.classes, joined.inputs, joined.condition_dim) == (3, 5, 0)
    assert joined(latent, LABEL)[0].tolist() == [[1, 2, 0, 0, 1], [3, 4, 1, 0, 0]]
    embedded = LatentConditioning("norm", 3, 2, norms=True)
    assert (embedded.inputs, embedded.condition_dim) == (2, 128)
    start, condition = embedded(latent, LABEL)
    assert start is latent
    assert torch.equal(condition, embedded.embedding.weight[[2, 0]])
    untold = LatentConditioning("none", 3, 2, norms=True)
    assert (untold.classes, untold.inputs, list(untold.parameters())) == (0, 2, [])
    assert untold(latent, None) == (latent, None)


def test_projection_by_hand() -> None:
    score = nn.Linear(2, 1)
    score.weight.data, score.bias.data = torch.tensor([[1.0, 1.0]]), torch.tensor([0.5])
    layer = Projection(score, 2, 3)
    layer.embedding.weight.data = torch.tensor([[1.0, 0.0], [9.0, 9.0], [0.0, -2.0]])
    h = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert layer(h, LABEL).tolist() == [[3.5 - 4], [7.5 + 3]]
    assert output_head(score, "none", 2, 3) is score
    equalized = Projection(score, 4, 3, equalized=True)
    assert equalized.scale == 0.5  # 1 / √4, and N(0, 1) weights


def test_a_picture_of_the_class_is_another_channel() -> None:
    layer = LabelPlane(3, (2, 2))
    x = torch.randn(2, 3, 2, 2)
    joined = layer(x, LABEL)
    assert torch.equal(joined[:, :3], x)
    assert torch.equal(joined[:, 3].flatten(1), layer.pictures.weight[LABEL])


def test_only_conditional_layers_get_the_condition() -> None:
    conditional = ConditionalSequential(
        nn.Linear(2, 2), ConditionalSequential(ConditionalNorm(nn.BatchNorm1d(2, affine=False), 2, 4)), nn.ReLU()
    )
    assert conditional(torch.randn(3, 2), torch.randn(3, 4)).shape == (3, 2)
    assert list(conditional.state_dict()) == [
        "0.weight",
        "0.bias",
        *(f"1.0.{k}" for k in conditional[1][0].state_dict()),
    ]


def test_the_embedding_of_a_projection_is_normalized() -> None:
    critic = add_spectral_norm(output_head(nn.Linear(4, 1), "projection", 4, 3))
    critic.train()
    for _ in range(50):
        critic(torch.ones(1, 4), torch.tensor([0]))
    assert torch.linalg.matrix_norm(critic.embedding.weight, 2).item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("condition", ["concatenation", "norm"])
def test_a_class_changes_what_a_generator_makes(condition: str) -> None:
    torch.manual_seed(0)
    generator = Generator(shape=(1, 8, 8), latent_dim=4, width=4, condition=condition, classes=3, init="torch").eval()  # type: ignore[arg-type]
    assert generator.classes == 3
    latent = torch.randn(1, 4).repeat(3, 1)
    one, other, again = generator(latent, label=torch.tensor([0, 1, 0]))
    torch.testing.assert_close(one, again)
    assert (one - other).abs().max() > 1e-4


@pytest.mark.parametrize("condition", ["concatenation", "projection"])
def test_a_class_changes_what_a_critic_says(condition: str) -> None:
    torch.manual_seed(0)
    critic = Critic(shape=(1, 8, 8), width=4, norm="none", condition=condition, classes=3, init="torch")  # type: ignore[arg-type]
    one, other, again = critic(torch.randn(1, 1, 8, 8).repeat(3, 1, 1, 1), label=torch.tensor([0, 1, 0]))
    assert one == again
    assert one != other


def test_virtual_batch_norm_has_references_of_all_classes() -> None:
    generator = Generator(
        shape=(1, 8, 8), latent_dim=4, width=4, norm="virtual", reference=4, condition="concatenation", classes=3
    )
    latent = torch.randn(2, 4)
    first, second = generator(latent, label=LABEL)
    torch.testing.assert_close(generator(latent[:1], label=LABEL[:1])[0], first)
    torch.testing.assert_close(generator(latent[1:], label=LABEL[1:])[0], second)


def test_refusals() -> None:
    with pytest.raises(UsageError, match="these data have none: use labelled data"):
        LatentConditioning("concatenation", 0, 4, norms=True)
    with pytest.raises(UsageError, match=r"this generator has no norm: use condition\.generator=conc"):
        Generator(shape=(1, 8, 8), norm="none", condition="norm", classes=3)
