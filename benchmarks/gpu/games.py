"""The games that are timed on a GPU, each ours and written by hand, and the ways in which they are played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from benchmarks.step import CASES, LARGE, Case, Loop, Numbers, single
from gan_lightning.loss import Hinge
from gan_lightning.model import biggan, dcgan
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.optimizer import Adam

Networks = tuple[nn.Module, nn.Module]
Precision = Literal["fp32", "tf32", "bf16", "fp16"]
LIGHTNING: dict[Precision, Any] = {"fp32": "32-true", "tf32": "32-true", "bf16": "bf16-mixed", "fp16": "16-mixed"}
CRITIC_UPDATES = 2  # of BigGAN


class HingeLoop(Loop):
    """The hinge loss in plain PyTorch, two critic updates a step, as BigGAN is trained."""

    def step(self) -> list[Tensor]:
        """The critic's losses and the generator's."""
        losses = []
        for _ in range(CRITIC_UPDATES):
            real, latent, _ = next(self.numbers)
            self.critic_optimizer.zero_grad(set_to_none=True)
            with self.autocast():
                with torch.no_grad():
                    fake = single(self.generator(latent))
                loss = relu(1 - single(self.critic(real))).mean() + relu(1 + single(self.critic(fake))).mean()
            losses.append(loss.detach())
            torch.autograd.backward(loss)
            self.critic_optimizer.step()
        self.generator_optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            loss = -single(self.critic(self.generator(next(self.numbers).latent))).mean()
        torch.autograd.backward(loss)
        self.generator_optimizer.step()
        return [*losses, loss.detach()]


class Game(NamedTuple):
    """A game: its networks and samples, our module, and the loop that a user writes."""

    case: Case
    module: Callable[[Case, Networks], AdversarialModule]
    loop: type[Loop]

    def ours(self, networks: Networks) -> AdversarialModule:
        """The module of copies of the networks."""
        return self.module(self.case, deepcopy(networks))

    def plain(self, networks: Networks, numbers: Iterator[Numbers], device: str, precision: Precision) -> Loop:
        """The loop of copies of the networks."""
        return self.loop(*deepcopy(networks), numbers, self.case.weight, device, LIGHTNING[precision], best=False)


def wgan_gp(case: Case, networks: Networks) -> AdversarialModule:
    """WGAN-GP, five critic updates."""
    return WGANGP(*networks, gp_weight=case.weight)


def hinge(case: Case, networks: Networks) -> AdversarialModule:
    """The hinge loss, two critic updates."""
    adam = Adam(1e-4, (0.0, 0.9))
    return GAN(*networks, loss=Hinge(), n_critic=CRITIC_UPDATES, critic_optimizer=adam, generator_optimizer=adam)


def _biggan(width: int) -> Callable[[tuple[int, ...]], Networks]:
    return lambda shape: (biggan.Generator(shape=shape, width=width), biggan.Critic(shape=shape, width=width))


def _small_dcgan(shape: tuple[int, ...]) -> Networks:
    return dcgan.Generator(shape=shape, width=8), dcgan.Critic(shape=shape, width=8, norm="none")


def games(tiny: bool) -> tuple[Game, ...]:
    """All of them, those first that matter most; tiny ones for a CPU."""
    if tiny:
        images = Case("small DCGAN 16 px", (1, 16, 16), 8, _small_dcgan, 1)
        return (
            Game(images, wgan_gp, Loop),
            Game(Case("small BigGAN 32 px", (3, 32, 32), 4, _biggan(4), 1), hinge, HingeLoop),
        )
    found = {case.name: Game(case, wgan_gp, Loop) for case in (*CASES, *LARGE)}
    order = (
        *("DCGAN 32 px, 3 channels", "DCGAN 64 px, 3 channels", "default digits, 28 px", "ResNet 32 px"),
        *("DCGAN 128 px, 3 channels", "progressive 32 px", "MLP 3x128"),
    )
    return (
        *(found[name] for name in order),
        Game(Case("BigGAN small, 32 px", (3, 32, 32), 64, _biggan(32), 1), hinge, HingeLoop),
    )


class Way(NamedTuple):
    """How a game is played.

    Attributes:
        name: plain loop; eager, ours; data on GPU, ours with its samples there; compile, graph.
        precision: of products and convolutions.
    """

    name: str
    precision: Precision


WAYS = (
    *(Way("plain loop", precision) for precision in ("fp32", "tf32", "bf16")),
    *(Way("eager", precision) for precision in ("fp32", "tf32", "bf16", "fp16")),
    Way("data on GPU", "tf32"),
    Way("compile", "tf32"),
    Way("graph", "tf32"),
)


def use_tf32(wanted: bool) -> None:
    """Lets a GPU round the factors of products and convolutions in single precision to ten bits, or not.

    Torch's defaults are in between: convolutions do, products do not.
    """
    torch.set_float32_matmul_precision("high" if wanted else "highest")
    torch.backends.cudnn.allow_tf32 = wanted
