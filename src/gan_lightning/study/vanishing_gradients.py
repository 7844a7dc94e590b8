"""The generator's gradient while its critic approaches the optimum."""

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
from gan_lightning.core.validation import Index, LargeCount, MediumCount, Positive, validate_arguments
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.pixels import to_float
from gan_lightning.loss import Wasserstein
from gan_lightning.model.mlp import Critic, Generator
from gan_lightning.nn.latent_prior import LatentPriorName
from gan_lightning.objective.gan import GAN
from gan_lightning.penalty import GradientPenalty
from gan_lightning.study.figure.vanishing_gradients import StageGradients, gradients
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.study.tool.fit import seeded_init, train
from gan_lightning.study.tool.generator_gradients import GradientCurves, gradient_curves

LOSSES = {"minimax": "log(1 - D)", "non_saturating": "-log D", "wasserstein": "Wasserstein"}


class GradientCurve(NamedTuple):
    """The gradient of one generator under one loss, over the critic's training.

    Attributes:
        loss: of the generator, a key of `LOSSES`.
        stage: training steps of the generator.
        seed: of the GAN and the critic.
        steps: critic updates, [times].
        divergence: the critic loss's divergence estimate, [times].
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
    """Figures 2 and 3 of Arjovsky & Bottou 2017 (arXiv:1701.04862), and the same for a Wasserstein critic.

    A GAN is trained for a while; then its generator is fixed, a new critic is trained, and the gradient that the
    generator would receive is measured. The paper has a DCGAN after 1, 10 and 25 epochs of faces; here it is an MLP on
    small digits after some steps of `GAN`, repeated over seeds.

    Args:
        stages: training steps after which the generator is fixed.
        steps: updates of the new critic.
        every: updates between two measurements.
        size: height and width of the digits.
        width: units of a hidden layer of the GAN.
        latent_dim: dimensions of a latent.
        latent_prior: distribution of a latent, see `nn.latent_prior`.
        weight: λ of the Wasserstein critic's gradient penalty.
        seeds: repetitions.
        seed: of the first.

    Raises:
        UsageError: there is no stage, or fewer than two measurements.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        stages: tuple[LargeCount, ...] = (50, 250, 1000),
        steps: LargeCount = 200,
        every: LargeCount = 20,
        size: MediumCount = 14,
        width: MediumCount = 128,
        latent_dim: MediumCount = 32,
        latent_prior: LatentPriorName = "normal",
        weight: Positive = 10.0,
        seeds: MediumCount = 10,
        seed: Index = 0,
    ) -> None:
        if not stages or steps < 2 * every:
            raise UsageError(
                "study: give one or more stages, such as study.stages=[100], and steps for two measurements"
            )
        self.stages, self.steps, self.every = sorted(set(stages)), steps, every
        self.latent_dim, self.latent_prior = latent_dim, latent_prior
        self.size, self.width, self.weight, self.seeds = size, width, weight, range(seed, seed + seeds)

    def run(self) -> Findings:
        """See `Study.run`."""
        data = Mnist5k(size=self.size, batch_size=64)
        data.setup()
        curves = [curve for seed in progress_bar(self.seeds, "seeds") for curve in self._measure(data, seed)]
        by_loss = {
            name: [_stage_gradients(stage, _of(curves, loss, stage)) for stage in self.stages]
            for loss, name in LOSSES.items()
        }
        return Findings(_table(curves), _summary(curves), gradients(by_loss), _conclusions(curves))

    def _measure(self, data: Mnist5k, seed: int) -> list[GradientCurve]:
        table, _ = data.load()
        rows = to_float(table.rows[torch.arange(len(table.rows))], torch.float64)

        def real(n: int, rng: torch.Generator) -> Tensor:
            return rows[torch.randint(len(rows), (n,), generator=rng)]

        found = []
        for stage, generator in self._generators(data, seed).items():
            measure = partial(
                gradient_curves, generator, self.latent_dim, real, steps=self.steps, every=self.every, seed=seed
            )
            loss, penalty = Wasserstein(), GradientPenalty(self.weight)
            discriminator = measure()
            wasserstein = measure(critic_loss=loss, generator_losses={"wasserstein": loss}, penalty=penalty)
            found += [one for curves in (discriminator, wasserstein) for one in _by_loss(curves, stage, seed)]
        return found

    def _generators(self, data: Mnist5k, seed: int) -> dict[int, nn.Module]:
        def networks() -> GAN:
            latents: Any = {"latent_dim": self.latent_dim, "latent_prior": self.latent_prior}
            generator = Generator(shape=data.shape, **latents, width=self.width, depth=2)
            return GAN(generator, Critic(shape=data.shape, width=self.width, depth=2), seed=seed)

        snapshots = _GeneratorSnapshots(self.stages)
        train(seeded_init(seed, networks), data, self.stages[-1], snapshots)
        return snapshots.generators


class _GeneratorSnapshots(Callback):
    """Copies of the generator after given training steps."""

    def __init__(self, steps: Sequence[int]) -> None:
        self.steps, self.generators = steps, dict[int, nn.Module]()

    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, *_: Any) -> None:
        if trainer.global_step in self.steps:
            self.generators[trainer.global_step] = deepcopy(as_adversarial(module).generator).requires_grad_()


def _by_loss(curves: GradientCurves, stage: int, seed: int) -> list[GradientCurve]:
    return [
        GradientCurve(loss, stage, seed, curves.steps, curves.divergence, *gradient)
        for loss, gradient in curves.gradients.items()
    ]


def _of(found: Sequence[GradientCurve], loss: str, stage: int) -> list[GradientCurve]:
    return [one for one in found if one.loss == loss and one.stage == stage]


def _stage_gradients(stage: int, some: Sequence[GradientCurve]) -> StageGradients:
    norm, spread = (torch.stack([getattr(one, quantity) for one in some]).numpy() for quantity in ("norm", "spread"))
    return StageGradients(f"after {stage:,} steps", some[0].steps.numpy(), norm, spread)


def _table(found: Sequence[GradientCurve]) -> Table:
    columns = {"generator loss": "", "stage": "steps", "seed": "", "critic step": ""}
    columns |= {"gradient norm": "", "spread of single batches": "", "divergence proven": "nats; W: length"}
    rows: list[list[Value]] = [
        [LOSSES[one.loss], one.stage, one.seed, *(number.item() for number in numbers)]
        for one in found
        for numbers in zip(one.steps, one.norm, one.spread, one.divergence, strict=True)
    ]
    return Table(columns, rows)


def geometric_mean(some: Sequence[GradientCurve], quantity: str, at: int) -> float:
    """Over seeds, of one quantity at one measurement."""
    values = [max(getattr(one, quantity)[at].item(), 1e-300) for one in some]
    return float(np.exp(np.mean(np.log(values))))


def change(some: Sequence[GradientCurve], quantity: str = "norm") -> float:
    """Factor from the first measurement after the start to the last."""
    return geometric_mean(some, quantity, -1) / geometric_mean(some, quantity, 1)


def _summary(found: Sequence[GradientCurve]) -> Table:
    steps = found[0].steps.tolist()
    columns = {"generator loss": "", "trained": "steps"}
    columns |= {f"norm at {steps[at]}": "critic steps" for at in (0, 1, -1)}
    columns |= {"norm changes": f"factor, from {steps[1]} on", "spread changes": f"factor, from {steps[1]} on"}
    kinds = sorted(dict.fromkeys((list(LOSSES).index(one.loss), one.stage) for one in found))
    rows: list[list[Value]] = []
    for loss, stage in kinds:
        some = _of(found, list(LOSSES)[loss], stage)
        norms = [geometric_mean(some, "norm", at) for at in (0, 1, -1)]
        rows.append([list(LOSSES.values())[loss], stage, *norms, change(some), change(some, "spread")])
    return Table(columns, rows)


def describe_change(factors: Sequence[float]) -> str:
    """A verb for a norm that is multiplied by these factors."""
    if max(factors) < 0.1:
        return "vanishes"
    return "shrinks" if max(factors) < 1 else "grows" if min(factors) > 1 else "neither grows nor shrinks everywhere"


def _conclusions(found: Sequence[GradientCurve]) -> list[str]:
    stages = sorted({one.stage for one in found})
    steps = found[0].steps.tolist()

    def factors(loss: str, quantity: str = "norm") -> list[float]:
        some = [_of(found, loss, stage) for stage in stages]
        return [geometric_mean(one, quantity, -1) / geometric_mean(one, quantity, 0) for one in some]

    def joined(ratios: Sequence[float]) -> str:
        return ", ".join(f"{ratio:.2g}" for ratio in ratios)

    divergence = min(one.divergence[-1].item() for one in found if one.loss == "minimax")
    minimax, non_saturating, spread = factors("minimax"), factors("non_saturating"), factors("non_saturating", "spread")
    later = [change(_of(found, "wasserstein", stage)) for stage in stages]
    return [
        f"Generators after {', '.join(f'{stage:,}' for stage in stages)} steps; every discriminator separates their "
        f"fakes from the data: it estimates JSD at {divergence:.3f} nats or more, of log 2 = 0.693.",
        f"log(1 - D): from step {steps[0]} to {steps[-1]} the gradient {describe_change(minimax)}: it is multiplied by "
        f"{joined(minimax)}.",
        f"-log D: it {describe_change(non_saturating)}, by {joined(non_saturating)}; the spread of single batches "
        f"{describe_change(spread)}, by {joined(spread)}.",
        f"Wasserstein: from step {steps[1]} on it changes by factors of {min(later):.2f} to {max(later):.2f} only.",
    ]
