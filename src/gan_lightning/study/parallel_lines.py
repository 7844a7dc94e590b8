"""Two parallel lines: values and slopes of distances, in closed form and by trained critics."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import NamedTuple

import numpy as np
import torch
from PIL.Image import Image

from gan_lightning.compare.group import Mean
from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Index, LargeCount, MediumCount, Positive, validate_arguments
from gan_lightning.loss import Loss, Minimax, Wasserstein
from gan_lightning.penalty import GradientPenalty, NoPenalty, Penalty, WeightClipping
from gan_lightning.study.figure.parallel_lines import Dots, distances
from gan_lightning.study.tool.base import Findings, Table, Value, over_seeds
from gan_lightning.study.tool.critic_evaluation import empirical_distance, max_gradient_norm
from gan_lightning.study.tool.train_discriminator import train_discriminator
from gan_lightning.theory import line, parallel_lines


class Measurement(NamedTuple):
    """The distance of lines at θ, as one trained critic reports it.

    Attributes:
        critic: its name.
        theta: θ.
        seed: of its weights and samples.
        value: the divergence estimate of its scores.
        slope: the generator's gradient in θ.
        max_gradient_norm: the largest ‖∇D‖ between the lines.
    """

    critic: str
    theta: float
    seed: int
    value: float
    slope: float
    max_gradient_norm: float


class ParallelLines:
    """Example 1 of Arjovsky et al. 2017 (arXiv:1701.07875), with trained critics beside the closed forms.

    Real points are (0, h), fake ones (θ, h). For each θ a discriminator and two Wasserstein critics, one clipped and
    one penalised, are trained from scratch. The paper shows the closed forms of JSD and W (its figure 1).

    Args:
        thetas: positions of the fake line, none of them 0.
        steps: updates of each critic.
        clip: c of the clipped critic.
        weight: λ of the penalised critic.
        seeds: critics of each kind at each θ.
        seed: the first.

    Raises:
        UsageError: a θ is 0, where the lines coincide and no distance has a slope.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        thetas: tuple[float, ...] = (-1.0, -0.5, -0.25, 0.25, 0.5, 1.0),
        steps: LargeCount = 300,
        clip: Positive = 0.1,
        weight: Positive = 10.0,
        seeds: MediumCount = 10,
        seed: Index = 0,
    ) -> None:
        if 0 in thetas or not thetas:
            raise UsageError(f"study.thetas={list(thetas)}: give positions other than 0, where no distance has a slope")
        self.thetas, self.steps, self.seeds = tuple(thetas), steps, range(seed, seed + seeds)
        self.critics: dict[str, tuple[Loss, Penalty]] = {
            "discriminator": (Minimax(), NoPenalty()),
            "clipped critic": (Wasserstein(), WeightClipping(clip)),
            "penalised critic": (Wasserstein(), GradientPenalty(weight)),
        }

    def run(self) -> Findings:
        """See `Study.run`."""
        measured = [
            self._measure(name, theta, seed)
            for seed in progress_bar(self.seeds, "seeds")
            for theta in self.thetas
            for name in self.critics
        ]
        return Findings(
            _table(self.thetas, measured), _summary(measured), _figure(self.thetas, measured), _conclusions(measured)
        )

    def _measure(self, name: str, theta: float, seed: int) -> Measurement:
        loss, penalty = self.critics[name]
        critic = train_discriminator(
            loss, line(0.0), line(theta), penalty=penalty, steps=self.steps, batch=128, seed=seed
        )
        found = empirical_distance(critic, loss, theta)
        between = torch.cartesian_prod(*[torch.linspace(0, 1, 21, dtype=torch.float64)] * 2) * torch.tensor([theta, 1])
        return Measurement(
            name, theta, seed, found.value.item(), found.slope.item(), max_gradient_norm(critic, between)
        )


def _table(thetas: Sequence[float], measured: Sequence[Measurement]) -> Table:
    closed: list[list[Value]] = []
    for theta in thetas:
        lines = parallel_lines(theta)
        for name, distance in (("KL", lines.kl), ("JSD", lines.jensen_shannon), ("W", lines.wasserstein)):
            value, slope = distance.value.item(), distance.slope.item()
            closed.append([f"{name} in closed form", theta, None, value, None if slope != slope else slope, None])
    columns = {"source": "", "theta": "", "seed": "", "value": "nats; W: length", "slope in theta": "", "steepest": ""}
    trained: list[list[Value]] = [list(one) for one in measured]
    return Table(columns, closed + trained)


def mean_over(measured: Sequence[Measurement], critic: str, distance: float, quantity: str) -> Mean:
    """Mean over seeds and both sides, at this distance; slopes are positive towards larger distances."""
    found = [s for s in measured if s.critic == critic and abs(s.theta) == distance]
    numbers = {
        "value": [s.value for s in found],
        "slope": [s.slope * (1 if s.theta > 0 else -1) for s in found],
        "value/K": [s.value / s.max_gradient_norm for s in found],
    }
    mean = Mean.over(numbers[quantity])
    assert mean is not None
    return mean


def _figure(thetas: Sequence[float], measured: Sequence[Measurement]) -> Image:
    def dots(critic: str, per_slope: bool = False) -> Dots:
        of = [[s for s in measured if s.critic == critic and s.theta == theta] for theta in thetas]
        unit = [[s.max_gradient_norm if per_slope else 1.0 for s in some] for some in of]
        value = [[s.value / k for s, k in zip(*both, strict=True)] for both in zip(of, unit, strict=True)]
        slope = [[s.slope / k for s, k in zip(*both, strict=True)] for both in zip(of, unit, strict=True)]
        return Dots(*over_seeds(value), *over_seeds(slope))

    estimators = {
        "critic with a gradient penalty": dots("penalised critic"),
        "clipped critic, divided by its steepest slope": dots("clipped critic", per_slope=True),
    }
    return distances(np.array(thetas), ("discriminator", dots("discriminator")), estimators)


def _summary(measured: Sequence[Measurement]) -> Table:
    gaps = sorted({abs(s.theta) for s in measured})
    rows: list[list[Value]] = [
        ["KL", "value", *[float("inf")] * len(gaps)],
        ["JSD", "value", *[log(2)] * len(gaps)],
        ["discriminator", "value", *(mean_over(measured, "discriminator", a, "value") for a in gaps)],
        ["", "slope", *(mean_over(measured, "discriminator", a, "slope") for a in gaps)],
        ["W", "value", *gaps],
    ]
    for critic in ("penalised critic", "clipped critic"):
        rows += [
            [critic, "value", *(mean_over(measured, critic, a, "value") for a in gaps)],
            ["", "slope", *(mean_over(measured, critic, a, "slope") for a in gaps)],
            ["", "value / steepest", *(mean_over(measured, critic, a, "value/K") for a in gaps)],
        ]
    return Table({"": "", " ": "", **{f"|θ| = {a:g}": "" for a in gaps}}, rows)


def _conclusions(measured: Sequence[Measurement]) -> list[str]:
    gaps = sorted({abs(s.theta) for s in measured})
    near, far = gaps[0], gaps[-1]
    of = {name: [s for s in measured if s.critic == name] for name in ("discriminator", "penalised critic")}
    flattest = max(abs(s.slope) for s in of["discriminator"])
    off = max(abs(s.value / abs(s.theta) - 1) for s in of["penalised critic"])
    slopes = [s.slope * (1 if s.theta > 0 else -1) for s in of["penalised critic"]]
    values = [s.value for s in of["discriminator"]]
    steep = [s.max_gradient_norm for s in measured if s.critic == "clipped critic"]
    return [
        f"KL is ∞ and JSD is log 2 = {log(2):.4f} at every distance: neither distinguishes {near:g} from {far:g}.",
        f"Trained discriminators report {min(values):.4f} to {max(values):.4f}, and a slope of at most "
        f"{flattest:.2g}: the generator gets no gradient.",
        f"W is the distance itself. Penalised critics report it within {off:.1%}, with slopes from "
        f"{min(slopes):.2f} to {max(slopes):.2f}, where the distance has 1.",
        f"Clipped critics report K times as much, with K from {min(steep):.2g} to {max(steep):.2g}: the right "
        "direction, in another unit.",
    ]
