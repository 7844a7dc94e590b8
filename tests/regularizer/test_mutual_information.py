from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.latent_codes import LatentCodes
from gan_lightning.regularizer import AuxiliaryClassifier, MutualInformation, RegularizerInputs
from tests.helper.modules import networks


class Critic(nn.Module):
    """The features that its score is computed from are the samples."""

    def __init__(self) -> None:
        super().__init__()
        self.score = nn.Linear(3, 1)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.score(x)
        return scores


def attached(**options: float) -> tuple[MutualInformation, nn.Module, nn.Module]:
    """For a category of two and a number."""
    generator, critic = nn.Sequential(LatentCodes([2], 1), nn.Linear(4, 3)), Critic()
    regularizer = MutualInformation(**options)  # type: ignore[arg-type]
    regularizer.attach(generator, critic)
    return regularizer, generator, critic


def answering(critic: nn.Module, *outputs: float) -> None:
    """Makes Q answer the same for every sample: two logits, a mean, a log standard deviation."""
    last = critic.recognizer[2]  # type: ignore[index, union-attr]
    nn.init.zeros_(last.weight)  # type: ignore[union-attr, arg-type]
    last.bias.data = torch.tensor(outputs)  # type: ignore[union-attr]


def seen(generator: nn.Module, critic: nn.Module, latent: Tensor) -> RegularizerInputs:
    fake = generator(latent)
    return RegularizerInputs(generator, critic, critic, fake, fake, None, latent)


def test_the_bound_by_hand() -> None:
    regularizer, generator, critic = attached(weight=2.0, continuous_weight=0.5)
    latent = torch.tensor([[1.0, 0.0, 0.6745, 0.0], [1.0, 0.0, -0.6745, 0.0]])  # category 0, numbers ½ and -½
    answering(critic, math.log(3.0), 0.0, 0.0, math.log(0.5))  # Q(0) = ¾, N(0, ½²)
    categorical = math.log(0.75) + math.log(2)
    continuous = -0.5 - math.log(0.5) - math.log(2 * math.pi) / 2 + math.log(2)
    term = regularizer.generator_term(seen(generator, critic, latent))
    assert term.item() == pytest.approx(-2 * categorical - 0.5 * continuous, abs=1e-4)
    assert regularizer.bound.item() == pytest.approx(categorical + continuous, abs=1e-4)
    assert regularizer.critic_term(seen(generator, critic, latent)).item() == pytest.approx(term.item())


def test_the_bound_of_sure_answers_is_the_entropy() -> None:
    """A category that is always recognized has log K nats; one that is guessed has none."""
    regularizer, generator, critic = attached()
    latent = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(5, 1)
    answering(critic, 50.0, 0.0, 0.0, 0.0)
    sure, _ = regularizer.information(seen(generator, critic, latent), generator[0].values(latent))  # type: ignore[index, operator]
    assert sure.item() == pytest.approx(math.log(2))
    answering(critic, 0.0, 0.0, 0.0, 0.0)
    guessed, _ = regularizer.information(seen(generator, critic, latent), generator[0].values(latent))  # type: ignore[index, operator]
    assert guessed.item() == pytest.approx(0.0, abs=1e-6)


def test_a_number_is_never_known_exactly() -> None:
    regularizer, generator, critic = attached()
    answering(critic, 0.0, 0.0, 0.0, -100.0)
    _, continuous = regularizer.information(
        seen(generator, critic, torch.zeros(3, 4)),
        generator[0].values(torch.zeros(3, 4)),  # type: ignore[index, operator]
    )
    assert continuous.item() == pytest.approx(3 - math.log(2 * math.pi) / 2 + math.log(2))


def test_heads_do_not_read_one_another() -> None:
    """The classifier's layer is the critic's own last one, whichever head was added before."""
    generator, critic = nn.Sequential(LatentCodes([2], 1), nn.Linear(4, 3)), Critic()
    generator.classes = 2  # type: ignore[assignment]
    heads = MutualInformation(), AuxiliaryClassifier()
    for head in heads:
        head.attach(generator, critic)
        assert head.features.layers == [critic.score]


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"container\.Sequential has none: use model=dcgan_codes for images"):
        MutualInformation().attach(*networks())
    with pytest.raises(UsageError, match="mutual_information takes the input of a linear layer"):
        MutualInformation().attach(LatentCodes([2], 1), nn.Conv2d(1, 1, 1))
    with pytest.raises(UsageError, match=r"the recognizer is a head beside .* torch\.nn\.Sequential passes samples"):
        MutualInformation().attach(LatentCodes([2], 1), networks()[1])
