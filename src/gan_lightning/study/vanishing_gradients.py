"""What reaches the generator while its critic becomes perfect."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn

from gan_lightning.callback.due import as_adversarial
from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, Positive, validate_arguments
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.pixels import to_float
from gan_lightning.loss import Wasserstein
from gan_lightning.model.mlp import Critic, Generator
from gan_lightning.objective.gan import GAN
from gan_lightning.penalty import GradientPenalty
from gan_lightning.study.figure.vanishing_gradients import Course, courses
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.study.tool.fit import seeded_init, train
from gan_lightning.study.tool.generator_gradients import GradientCurves, gradient_curves

LATENT = 32
LOSSES = {"minimax": "log(1 - D)", "non_saturating": "-log D", "wasserstein": "Wasserstein"}


class Reached(NamedTuple):
    """The gradient that one generator gets from one critic, over the critic's steps.

    Attributes:
        loss: of the generator, as `LOSSES` has it.
        stage: steps that the generator was trained.
        seed: of the game and the critic.
        steps: of the critic, [times].
        divergence: that its scores prove, [times].
        norm: of the mean gradient, [times].
        spread: of the gradients of single batches around it, [times].
    """

    loss: str
    stage: int
    seed: int
    steps: Tensor
    divergence: Tensor
    norm: Tensor
    spread: Tensor


class VanishingGradients:
    """Figures 2 and 3 of Arjovsky & Bottou 2017 (arXiv:1701.04862), and the same of a Wasserstein critic.

    A GAN is trained for a while; then its generator stands still, a fresh critic learns, and the gradient that the
    generator would get is measured. The paper has a DCGAN after 1, 10 and 25 epochs of faces; here it is a perceptron
    on small digits after so many steps of a whole game (`GAN`), repeated over seeds.

    Args:
        stages: steps after which the generator stands still.
        steps: of a fresh critic.
        every: steps from one measurement to the next.
        size: height and width of the digits.
        width: units of a hidden layer in the game.
        weight: λ of the Wasserstein critic's gradient penalty.
        seeds: games.
        seed: the first.

    Raises:
        UsageError: there is no stage.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        stages: tuple[Count, ...] = (50, 250, 1000),
        steps: Count = 200,
        every: Count = 20,
        size: Count = 14,
        width: Count = 128,
        weight: Positive = 10.0,
        seeds: Count = 10,
        seed: Index = 0,
    ) -> None:
        if not stages or steps < 2 * every:
            raise UsageError("study: give a stage or more, such as study.stages=[100], and steps for two measurements")
        self.stages, self.steps, self.every = sorted(set(stages)), steps, every
        self.size, self.width, self.weight, self.seeds = size, width, weight, range(seed, seed + seeds)

    def run(self) -> Findings:
        """See `Study`."""
        data = Mnist5k(size=self.size, batch_size=64)
        data.setup()
        found = [one for seed in progress_bar(self.seeds, "seeds") for one in self._of_seed(data, seed)]
        drawn = {
            name: [_course(stage, _of(found, loss, stage)) for stage in self.stages] for loss, name in LOSSES.items()
        }
        return Findings(_table(found), _summary(found), courses(drawn), _reading(found))

    def _of_seed(self, data: Mnist5k, seed: int) -> list[Reached]:
        table, _ = data.load()
        rows = to_float(table.rows[torch.arange(len(table.rows))], torch.float64)

        def real(n: int, source: torch.Generator) -> Tensor:
            return rows[torch.randint(len(rows), (n,), generator=source)]

        found = []
        for stage, generator in self._generators(data, seed).items():
            measured = partial(gradient_curves, generator, LATENT, real, steps=self.steps, every=self.every, seed=seed)
            loss, penalty = Wasserstein(), GradientPenalty(self.weight)
            classified = measured()
            judged = measured(critic_loss=loss, generator_losses={"wasserstein": loss}, penalty=penalty)
            found += [one for curves in (classified, judged) for one in _reached(curves, stage, seed)]
        return found

    def _generators(self, data: Mnist5k, seed: int) -> dict[int, nn.Module]:
        def networks() -> GAN:
            generator = Generator(shape=data.shape, latent_dim=LATENT, width=self.width, depth=2)
            return GAN(generator, Critic(shape=data.shape, width=self.width, depth=2), seed=seed)

        kept = _Kept(self.stages)
        train(seeded_init(seed, networks), data, self.stages[-1], kept)
        return kept.generators


class _Kept(Callback):
    """Copies of the generator after some steps."""

    def __init__(self, steps: Sequence[int]) -> None:
        self.steps, self.generators = steps, dict[int, nn.Module]()

    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, *_: Any) -> None:
        if trainer.global_step in self.steps:
            self.generators[trainer.global_step] = deepcopy(as_adversarial(module).generator).requires_grad_()


def _reached(curves: GradientCurves, stage: int, seed: int) -> list[Reached]:
    return [
        Reached(loss, stage, seed, curves.steps, curves.divergence, *reaching)
        for loss, reaching in curves.gradients.items()
    ]


def _of(found: Sequence[Reached], loss: str, stage: int) -> list[Reached]:
    return [one for one in found if one.loss == loss and one.stage == stage]


def _course(stage: int, some: Sequence[Reached]) -> Course:
    norm, spread = (torch.stack([getattr(one, of) for one in some]).numpy() for of in ("norm", "spread"))
    return Course(f"after {stage:,} steps", some[0].steps.numpy(), norm, spread)


def _table(found: Sequence[Reached]) -> Table:
    columns = {"generator loss": "", "stage": "steps", "seed": "", "critic step": ""}
    columns |= {"gradient norm": "", "spread of single batches": "", "divergence proven": "nats; W: length"}
    rows: list[list[Value]] = [
        [LOSSES[one.loss], one.stage, one.seed, *(number.item() for number in numbers)]
        for one in found
        for numbers in zip(one.steps, one.norm, one.spread, one.divergence, strict=True)
    ]
    return Table(columns, rows)


def middle(some: Sequence[Reached], of: str, at: int) -> float:
    """The geometric mean over seeds at one time."""
    values = [max(getattr(one, of)[at].item(), 1e-300) for one in some]
    return float(np.exp(np.mean(np.log(values))))


def change(some: Sequence[Reached], of: str = "norm") -> float:
    """From the first measurement after the start to the last: a factor."""
    return middle(some, of, -1) / middle(some, of, 1)


def _summary(found: Sequence[Reached]) -> Table:
    steps = found[0].steps.tolist()
    columns = {"generator loss": "", "trained": "steps"}
    columns |= {f"norm at {steps[at]}": "critic steps" for at in (0, 1, -1)}
    columns |= {"norm changes": f"factor, from {steps[1]} on", "spread changes": f"factor, from {steps[1]} on"}
    kinds = sorted(dict.fromkeys((list(LOSSES).index(one.loss), one.stage) for one in found))
    rows: list[list[Value]] = []
    for loss, stage in kinds:
        some = _of(found, list(LOSSES)[loss], stage)
        norms = [middle(some, "norm", at) for at in (0, 1, -1)]
        rows.append([list(LOSSES.values())[loss], stage, *norms, change(some), change(some, "spread")])
    return Table(columns, rows)


def way(factors: Sequence[float]) -> str:
    """What a norm does that is multiplied by these."""
    if max(factors) < 0.1:
        return "vanishes"
    return "shrinks" if max(factors) < 1 else "grows" if min(factors) > 1 else "neither grows nor shrinks everywhere"


def _reading(found: Sequence[Reached]) -> list[str]:
    stages = sorted({one.stage for one in found})
    steps = found[0].steps.tolist()

    def factors(loss: str, of: str = "norm") -> list[float]:
        some = [_of(found, loss, stage) for stage in stages]
        return [middle(one, of, -1) / middle(one, of, 0) for one in some]

    def told(ratios: Sequence[float]) -> str:
        return ", ".join(f"{ratio:.2g}" for ratio in ratios)

    proven = min(one.divergence[-1].item() for one in found if one.loss == "minimax")
    fading, growing, scatter = factors("minimax"), factors("non_saturating"), factors("non_saturating", "spread")
    later = [change(_of(found, "wasserstein", stage)) for stage in stages]
    return [
        f"Generators after {', '.join(f'{stage:,}' for stage in stages)} steps; every discriminator tells their fakes "
        f"from reals: it proves {proven:.3f} nats or more of log 2 = 0.693.",
        f"log(1 - D): from step {steps[0]} to {steps[-1]} the gradient {way(fading)}: it is multiplied by "
        f"{told(fading)}.",
        f"-log D: it {way(growing)}, by {told(growing)}; what single batches differ by {way(scatter)}, by "
        f"{told(scatter)}.",
        f"Wasserstein: from step {steps[1]} on it changes by factors of {min(later):.2f} to {max(later):.2f} only.",
    ]
