"""Two parallel lines that never meet: what each distance says, and what it tells a generator."""

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
from gan_lightning.core.validation import Count, Index, Positive, validate_arguments
from gan_lightning.loss import Loss, Minimax, Wasserstein
from gan_lightning.penalty import GradientPenalty, NoPenalty, Penalty, WeightClipping
from gan_lightning.study.figure.parallel_lines import Dots, distances
from gan_lightning.study.tool.base import Findings, Table, Value, over_seeds
from gan_lightning.study.tool.critic_evaluation import empirical_distance, max_gradient_norm
from gan_lightning.study.tool.train_discriminator import train_discriminator
from gan_lightning.theory import line, parallel_lines


class Seen(NamedTuple):
    """What one trained critic reports of lines at θ.

    Attributes:
        critic: which.
        theta: θ.
        seed: of its weights and samples.
        value: the divergence that its scores prove.
        slope: the generator's gradient in θ.
        steepest: ‖∇D‖ at its largest between the lines.
    """

    critic: str
    theta: float
    seed: int
    value: float
    slope: float
    steepest: float


class ParallelLines:
    """Example 1 of Arjovsky et al. 2017 (arXiv:1701.07875), with trained critics beside the closed forms.

    Real points are (0, h), fake ones (θ, h). For each θ a discriminator and two Wasserstein critics, one clipped and
    one penalised, are trained from the start. The paper shows the closed forms of JSD and W (its figure 1).

    Args:
        thetas: places of the fake line, none of them 0.
        steps: of each critic.
        clip: c of the clipped critic.
        weight: λ of the penalised one.
        seeds: critics of each kind at each θ.
        seed: the first.

    Raises:
        UsageError: a θ of 0, where the lines are one and no distance has a slope.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        thetas: tuple[float, ...] = (-1.0, -0.5, -0.25, 0.25, 0.5, 1.0),
        steps: Count = 300,
        clip: Positive = 0.1,
        weight: Positive = 10.0,
        seeds: Count = 10,
        seed: Index = 0,
    ) -> None:
        if 0 in thetas or not thetas:
            raise UsageError(f"study.thetas={list(thetas)}: give places other than 0, where no distance has a slope")
        self.thetas, self.steps, self.seeds = tuple(thetas), steps, range(seed, seed + seeds)
        self.critics: dict[str, tuple[Loss, Penalty]] = {
            "discriminator": (Minimax(), NoPenalty()),
            "clipped critic": (Wasserstein(), WeightClipping(clip)),
            "penalised critic": (Wasserstein(), GradientPenalty(weight)),
        }

    def run(self) -> Findings:
        """See `Study`."""
        seen = [
            self._seen(name, theta, seed)
            for seed in progress_bar(self.seeds, "seeds")
            for theta in self.thetas
            for name in self.critics
        ]
        return Findings(_table(self.thetas, seen), _summary(seen), _picture(self.thetas, seen), _reading(seen))

    def _seen(self, name: str, theta: float, seed: int) -> Seen:
        loss, penalty = self.critics[name]
        critic = train_discriminator(
            loss, line(0.0), line(theta), penalty=penalty, steps=self.steps, batch=128, seed=seed
        )
        sees = empirical_distance(critic, loss, theta)
        between = torch.cartesian_prod(*[torch.linspace(0, 1, 21, dtype=torch.float64)] * 2) * torch.tensor([theta, 1])
        return Seen(name, theta, seed, sees.value.item(), sees.slope.item(), max_gradient_norm(critic, between))


def _table(thetas: Sequence[float], seen: Sequence[Seen]) -> Table:
    closed: list[list[Value]] = []
    for theta in thetas:
        lines = parallel_lines(theta)
        for name, distance in (("KL", lines.kl), ("JSD", lines.jensen_shannon), ("W", lines.wasserstein)):
            value, slope = distance.value.item(), distance.slope.item()
            closed.append([f"{name} in closed form", theta, None, value, None if slope != slope else slope, None])
    columns = {"source": "", "theta": "", "seed": "", "value": "nats; W: length", "slope in theta": "", "steepest": ""}
    trained: list[list[Value]] = [list(one) for one in seen]
    return Table(columns, closed + trained)


def mean(seen: Sequence[Seen], critic: str, apart: float, of: str) -> Mean:
    """Over seeds and both sides, at lines so far apart; slopes count towards larger distances."""
    found = [s for s in seen if s.critic == critic and abs(s.theta) == apart]
    numbers = {
        "value": [s.value for s in found],
        "slope": [s.slope * (1 if s.theta > 0 else -1) for s in found],
        "value/K": [s.value / s.steepest for s in found],
    }
    among = Mean.over(numbers[of])
    assert among is not None
    return among


def _picture(thetas: Sequence[float], seen: Sequence[Seen]) -> Image:
    def dots(critic: str, per_steepest: bool = False) -> Dots:
        of = [[s for s in seen if s.critic == critic and s.theta == theta] for theta in thetas]
        unit = [[s.steepest if per_steepest else 1.0 for s in some] for some in of]
        value = [[s.value / k for s, k in zip(*both, strict=True)] for both in zip(of, unit, strict=True)]
        slope = [[s.slope / k for s, k in zip(*both, strict=True)] for both in zip(of, unit, strict=True)]
        return Dots(*over_seeds(value), *over_seeds(slope))

    sighted = {
        "critic with a gradient penalty": dots("penalised critic"),
        "clipped critic, divided by its steepest slope": dots("clipped critic", per_steepest=True),
    }
    return distances(np.array(thetas), ("discriminator", dots("discriminator")), sighted)


def _summary(seen: Sequence[Seen]) -> Table:
    apart = sorted({abs(s.theta) for s in seen})
    rows: list[list[Value]] = [
        ["KL", "value", *[float("inf")] * len(apart)],
        ["JSD", "value", *[log(2)] * len(apart)],
        ["discriminator", "value", *(mean(seen, "discriminator", a, "value") for a in apart)],
        ["", "slope", *(mean(seen, "discriminator", a, "slope") for a in apart)],
        ["W", "value", *apart],
    ]
    for critic in ("penalised critic", "clipped critic"):
        rows += [
            [critic, "value", *(mean(seen, critic, a, "value") for a in apart)],
            ["", "slope", *(mean(seen, critic, a, "slope") for a in apart)],
            ["", "value / steepest", *(mean(seen, critic, a, "value/K") for a in apart)],
        ]
    return Table({"": "", " ": "", **{f"|θ| = {a:g}": "" for a in apart}}, rows)


def _reading(seen: Sequence[Seen]) -> list[str]:
    apart = sorted({abs(s.theta) for s in seen})
    near, far = apart[0], apart[-1]
    of = {name: [s for s in seen if s.critic == name] for name in ("discriminator", "penalised critic")}
    flattest = max(abs(s.slope) for s in of["discriminator"])
    off = max(abs(s.value / abs(s.theta) - 1) for s in of["penalised critic"])
    slopes = [s.slope * (1 if s.theta > 0 else -1) for s in of["penalised critic"]]
    proven = [s.value for s in of["discriminator"]]
    steep = [s.steepest for s in seen if s.critic == "clipped critic"]
    return [
        f"KL is ∞ and JSD is log 2 = {log(2):.4f} at every distance: neither says that {near:g} is less than {far:g}.",
        f"Trained discriminators prove {min(proven):.4f} to {max(proven):.4f}, and hand down a slope of at most "
        f"{flattest:.2g}: the generator stands still.",
        f"W is the distance itself. Penalised critics find it within {off:.1%} and hand down slopes from "
        f"{min(slopes):.2f} to {max(slopes):.2f}, where the distance has 1.",
        f"Clipped critics find K times as much, with K from {min(steep):.2g} to {max(steep):.2g}: the right way, "
        "in a unit of their own.",
    ]
