"""Networks of any layout, with buffers and random numbers of their own, and critics with several kinds of output."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.utils.data import DataLoader

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import Hinge, RelativisticPairing
from gan_lightning.nn.fast.swap import use_fast_layers
from gan_lightning.nn.scores import per_sample, scores_only
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.penalty import R1R2
from gan_lightning.penalty.base import input_gradients
from gan_lightning.regularizer import FeatureMatching
from tests.objective.test_lightning import trainer_of

LAYOUTS = {1: (nn.Conv1d, nn.ConvTranspose1d), 3: (nn.Conv3d, nn.ConvTranspose3d)}
SIZE = 16  # of series and volumes


class Generator(nn.Module):
    """With a buffer, and noise of its own."""

    latent_dim = 8

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        _, up = LAYOUTS[dimensions]
        side = (SIZE // 4,) * dimensions
        self.register_buffer("constant", torch.randn(1, 4, *side))
        self.first = nn.Linear(8, 4)
        self.layers = nn.Sequential(up(4, 4, 4, 2, 1), nn.ReLU(), up(4, 1, 4, 2, 1), nn.Tanh())

    def forward(self, latent: Tensor) -> Tensor:
        styles = self.first(latent).view(-1, 4, *[1] * (self.constant.dim() - 2))
        noise = 0.01 * torch.randn_like(self.constant) if self.training else 0.0
        samples: Tensor = self.layers(styles * (self.constant + noise))
        return samples


class Critic(nn.Module):
    """Scores as a number, a map, a vector, or with features in a dictionary."""

    def __init__(self, dimensions: int, output: str) -> None:
        super().__init__()
        convolution, _ = LAYOUTS[dimensions]
        self.first, self.last, self.output = convolution(1, 4, 4, 2, 1), convolution(4, 3, 3, 1, 1), output

    def forward(self, x: Tensor) -> Any:
        features = leaky_relu(self.first(x), 0.2)
        patches: Tensor = self.last(features)
        return {
            "number": patches.flatten(1).mean(1),
            "map": patches,
            "vector": patches.flatten(2).mean(2),
            "dictionary": {"score": patches, "features": features},
            "tuple": (patches, features),
            "other": {"features": features},
        }[self.output]


def reals(dimensions: int) -> Tensor:
    """Smooth bumps within [-1, 1], [40, 1, 16, ...]."""
    line = torch.linspace(-1, 1, SIZE)
    bumps = torch.exp(-4 * (line - torch.linspace(-0.5, 0.5, 40)[:, None]).square())
    grid = bumps if dimensions == 1 else torch.einsum("na,nb,nc->nabc", bumps, bumps, bumps)
    return grid[:, None] * 2 - 1


def weights_of(network: nn.Module) -> list[Tensor]:
    """Without biases: the gradient of a last bias is zero for losses of differences."""
    return [weight for weight in network.parameters() if weight.dim() > 1]


def trained(module: AdversarialModule, dimensions: int, steps: int = 2) -> AdversarialModule:
    torch.manual_seed(0)
    trainer_of(max_steps=steps).fit(module, DataLoader(reals(dimensions), batch_size=8, drop_last=True))  # type: ignore[arg-type]
    assert module.global_step == steps
    return module


@pytest.mark.training
@pytest.mark.filterwarnings("ignore:.*(many workers|shuffling)")
@pytest.mark.parametrize("output", ["number", "map", "vector", "dictionary"])
@pytest.mark.parametrize("dimensions", [1, 3])
def test_layouts_and_outputs_train(dimensions: int, output: str) -> None:
    for make in (
        lambda *networks: WGANGP(*networks, n_critic=2),
        lambda *networks: GAN(*networks, loss=Hinge(), penalty=R1R2(r1=1.0)),
        lambda *networks: GAN(
            *networks, loss=RelativisticPairing(), regularizers={"feature_matching": FeatureMatching(layer="last")}
        ),
    ):
        torch.manual_seed(0)
        generator, critic = Generator(dimensions), Critic(dimensions, output)
        before = [weight.clone() for weight in weights_of(critic)]
        module = trained(make(generator, critic), dimensions)
        assert all(map(torch.Tensor.isfinite, map(torch.tensor, module.step_metrics().values())))
        assert not any(torch.equal(old, new) for old, new in zip(before, weights_of(critic), strict=True))
        assert module.score(reals(dimensions)[:3]).shape == (3,)
        assert module.sample(module.latent(3, "x")).shape == (3, 1, *[SIZE] * dimensions)


@pytest.mark.filterwarnings("ignore:.*(many workers|shuffling)")
def test_losses_average_what_a_sample_has_and_penalties_sum_it() -> None:
    """A map of three equal scores: the loss of one of them, and three times its gradient."""
    number = Critic(1, "number")
    samples = reals(1)[:4]

    class Thrice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = number

        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return {"score": self.inner(x)[:, None].expand(-1, 3)}

    one, three = (GAN(Generator(1), critic, loss=Hinge(), seed=1) for critic in (number, Thrice()))
    assert torch.equal(three.scores(samples).mean(1), one.scores(samples))
    torch.testing.assert_close(
        Hinge().critic(three.scores(samples), three.scores(-samples)),
        Hinge().critic(one.scores(samples), one.scores(-samples)),
    )
    gradients = [input_gradients(module.penalty_critic(None), samples) for module in (one, three)]
    torch.testing.assert_close(3 * gradients[0], gradients[1])
    assert torch.equal(three.score(samples), one.score(samples))


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("tuple", "returns a tuple: it must return scores .*, or a dictionary with them as 'score'"),
        ("other", "returns a dictionary with 'features': it must return scores"),
    ],
)
def test_other_outputs_are_refused_before_the_first_step(output: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        trained(GAN(Generator(1), Critic(1, output)), 1)


def test_a_generator_of_other_latents_is_refused_in_a_line() -> None:
    generator = nn.Sequential(nn.ConvTranspose2d(8, 1, 16), nn.Flatten(1, 2))
    with pytest.raises(UsageError, match=r"latents of 8 numbers, a tensor \(8, 8\) .*Unflatten") as error:
        GAN(generator, Critic(1, "map"), latent_dim=8).dry_run(reals(1)[:8])
    assert "\n" not in str(error.value)


def test_per_sample() -> None:
    assert per_sample(torch.zeros(3, 1)).shape == (3, 1)
    assert torch.equal(per_sample(torch.arange(12.0).view(3, 2, 2)), torch.tensor([1.5, 5.5, 9.5]))
    assert scores_only(lambda x: {"score": x})(3) == 3


@pytest.mark.parametrize("kind", [nn.Conv1d, nn.Conv2d, nn.Conv3d])
def test_only_2d_weights_change_their_memory_format(kind: type[nn.Module]) -> None:
    layer = use_fast_layers(nn.Sequential(kind(2, 4, 3)), second_order=True)[0]
    channels_last = layer.weight.dim() == 4 and layer.weight.is_contiguous(memory_format=torch.channels_last)
    assert channels_last == (kind is nn.Conv2d)
    assert layer.weight.is_contiguous() == (kind is not nn.Conv2d)
