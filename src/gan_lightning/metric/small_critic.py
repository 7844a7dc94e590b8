"""A small critic outside of the game: trained to tell real samples from others, then asked how far apart they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, derive_seed, new_rng
from gan_lightning.data.pixels import to_float
from gan_lightning.model.mlp import mlp_layers
from gan_lightning.nn.fast.swap import use_fast_layers
from gan_lightning.nn.norm import image_norm
from gan_lightning.penalty.base import input_gradients
from gan_lightning.penalty.gradient_penalty import GradientPenalty

LEARNING_RATE, BETAS, GP_WEIGHT = 1e-3, (0.0, 0.9), 10.0
MAX_PIXELS = 64  # larger images are shrunk to this height and width
MAX_NUMBERS = 2**16  # of a sample that is no image
SMALL = 2**10  # numbers of an image up to which hidden layers follow scores better than convolutions, in less time
WIDTH, MAX_WIDTH, HIDDEN, DEPTH = 8, 64, 128, 3
SLOPES = 256  # points that the slope is averaged over
MOMENTS = {"first_moments": "exp_avg", "second_moments": "exp_avg_sq"}  # in the state; Adam's names


def as_input(samples: Tensor) -> Tensor:
    """Samples as the critic takes them, in single precision; images of more than 64 px are shrunk by area."""
    found = to_float(samples, torch.float32).detach().float()
    if found.dim() == 4 and max(found.shape[2:]) > MAX_PIXELS:
        height, width = (min(size, MAX_PIXELS) for size in found.shape[2:])
        found = adaptive_avg_pool2d(found, (height, width))
    return found


def critic_network(shape: Sequence[int]) -> nn.Module:
    """Samples [B, *shape] → scores [B].

    Images of more than 1,024 numbers: 5×5 convolutions of stride 2 down to 4 px, 8 channels that double up to 64, layer
    norm. All else: three hidden layers of 128 on flattened samples, without a norm, which would take the scale away
    that distances between points are made of; the last layer is zero at first.

    Raises:
        UsageError: samples that are no images and hold more than 65,536 numbers.
    """
    if len(shape) == 3 and prod(shape) > SMALL and max(shape[1:]) >= 8:
        return nn.Sequential(*_convolutions(*shape), nn.Flatten(0))
    if prod(shape) > MAX_NUMBERS:
        raise UsageError(
            f"the independent critic takes images, and other samples of at most {MAX_NUMBERS:,} numbers; these are "
            f"{list(shape)}: use metric=none"
        )
    hidden = mlp_layers(prod(shape), 1, width=HIDDEN, depth=DEPTH, norm="none", init="he")
    last = hidden[-1]
    assert isinstance(last, nn.Linear)
    nn.init.zeros_(last.weight)
    return nn.Sequential(nn.Flatten(), *hidden, nn.Flatten(0))


class Settings(NamedTuple):
    """How critics of samples of a kind are trained.

    Attributes:
        batch: reals of an update, and as many fakes.
        decay: of the averaged weights that score; 0: the weights score as they are.
        begins_anew: True for critics of images, which during a training run begin anew at each scoring.
    """

    batch: int
    decay: float
    begins_anew: bool


IMAGES = Settings(batch=32, decay=0.0, begins_anew=True)
OTHERS = Settings(batch=256, decay=0.99, begins_anew=False)  # whose differences are finer


def settings_of(shape: Sequence[int]) -> Settings:
    """The settings for samples of this shape; images have three sides, [channels, height, width]."""
    return IMAGES if len(shape) == 3 else OTHERS


def describe_network(shape: Sequence[int]) -> str:
    """The network in one phrase, for the provenance."""
    layers = [layer for layer in critic_network(shape).modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    kind = "convolutions" if isinstance(layers[0], nn.Conv2d) else "hidden layers"
    return f"{kind} {'-'.join(str(layer.weight.shape[0]) for layer in layers[:-1])}"


class SmallCritic:
    """A critic with its optimizer: WGAN-GP's critic (Gulrajani et al. 2017), without a generator that answers it.

    Everything is a function of the seed and of the samples: initial weights, batches, interpolations. Torch's global
    rng is left alone. Samples that are no images are scored by averaged weights: the last updates move a critic as much
    as what they tell apart.

    Args:
        shape: of one sample, as `as_input` gives it.
        seed: of everything random.
        device: that it is trained on.

    Attributes:
        steps: critic updates so far.
    """

    def __init__(self, shape: Sequence[int], *, seed: int = 0, device: torch.device | str = "cpu") -> None:
        self.seed, self.device, self.steps = seed, torch.device(device), 0
        self._penalty = GradientPenalty(GP_WEIGHT)
        with torch.inference_mode(False), torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(derive_seed(seed, "small critic"))
            network = critic_network(shape).to(torch.float32)
            self.network = use_fast_layers(network, second_order=True).to(self.device)
            self._optimizer = torch.optim.Adam(self.network.parameters(), LEARNING_RATE, BETAS)
            average = get_ema_multi_avg_fn(settings_of(shape).decay)  # type: ignore[no-untyped-call]
            self._averaged = AveragedModel(self.network, multi_avg_fn=average)

    def train(self, real: Callable[[int], Tensor], fake: Tensor, steps: int) -> None:
        """Updates the critic on batches of reals and as many of these fakes.

        Args:
            real: number of an update → its batch of reals, [batch, *shape].
            fake: [n, *shape].
            steps: critic updates.
        """
        with torch.inference_mode(False), torch.enable_grad():
            for _ in range(steps):
                reals = self._here(real(self.steps))
                rows = torch.randint(len(fake), (len(reals),), generator=new_rng(self.seed, "fake", self.steps))
                fakes = self._here(fake[rows])
                scores = self.network(torch.cat([reals, fakes]))
                real_score, fake_score = scores[: len(reals)], scores[len(reals) :]
                rng = StepRNG(new_rng(self.seed, "penalty", self.steps, device=self.device))
                penalty = self._penalty(self.network, reals, fakes, rng)
                assert penalty is not None
                self._optimizer.zero_grad(set_to_none=True)
                (fake_score.mean() - real_score.mean() + penalty).backward()
                self._optimizer.step()
                self._averaged.update_parameters(self.network)
                self.steps += 1

    def distance(self, real: Tensor, fake: Tensor) -> float:
        """E D(real) - E D(fake), divided by D's slope, in units of the samples.

        The slope is the root mean square of ‖∇D‖ between reals and fakes: D over it has slope one there, as the dual of
        the Wasserstein-1 distance asks for, however long the critic was trained.

        Args:
            real: [N, *shape], not trained on.
            fake: [M, *shape], likewise.
        """
        with torch.inference_mode(False), torch.enable_grad():
            n = min(len(real), len(fake), SLOPES)
            epsilon = torch.rand(n, *[1] * (real.dim() - 1), generator=new_rng(self.seed, "slope"))
            between = self._here(torch.lerp(fake[:n].cpu(), real[:n].cpu(), epsilon))
            slope = input_gradients(self._averaged, between).detach().double().square().sum(1).mean().sqrt()
        with torch.no_grad():
            means = [
                torch.cat([self._averaged(self._here(part)) for part in torch.split(rows, SLOPES)]).double().mean()
                for rows in (real, fake)
            ]
        return ((means[0] - means[1]) / slope).item()

    def state_dict(self) -> dict[str, Any]:
        """Weights, the optimizer's moments, and the number of updates: tensors on the CPU."""
        weights = dict(self.network.named_parameters())
        moments = {
            part: {name: self._optimizer.state.get(weight, {}).get(key) for name, weight in weights.items()}
            for part, key in MOMENTS.items()
        }
        state: dict[str, Any] = {
            "steps": self.steps,
            "weights": {n: w.detach().cpu().clone() for n, w in weights.items()},
            "averages": {n: w.detach().cpu().clone() for n, w in self._averaged.module.named_parameters()},
        }
        for part, found in moments.items():
            state[part] = {
                name: torch.zeros_like(weights[name].detach(), device="cpu") if one is None else one.cpu().clone()
                for name, one in found.items()
            }
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`: it goes on as if it had never stopped."""
        self.steps = state["steps"]
        with torch.no_grad():
            for name, weight in self.network.named_parameters():
                weight.copy_(state["weights"][name])
                moments = {key: torch.zeros_like(weight).copy_(state[part][name]) for part, key in MOMENTS.items()}
                self._optimizer.state[weight] = {"step": torch.tensor(float(self.steps)), **moments}
            for name, weight in self._averaged.module.named_parameters():
                weight.copy_(state["averages"][name])
            self._averaged.n_averaged.fill_(self.steps)

    def _here(self, samples: Tensor) -> Tensor:
        samples = samples.clone() if samples.is_inference() else samples
        return samples.to(self.device)


def _convolutions(channels: int, *size: int) -> list[nn.Module]:
    layers: list[nn.Module] = []
    width = WIDTH
    while max(size) > 4:
        layers.append(nn.Conv2d(channels, width, 5, stride=2, padding=2))
        layers += [image_norm("layer", width)] if len(layers) > 1 else []
        layers.append(nn.LeakyReLU(0.2))
        channels, width, size = width, min(2 * width, MAX_WIDTH), tuple((n + 1) // 2 for n in size)
    return [*layers, nn.Flatten(), nn.Linear(channels * prod(size), 1)]
