"""Gradients that a generator of two Gaussians gets: of a discriminator, and of a Wasserstein critic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from gan_lightning.core.console import progress_bar
from gan_lightning.core.validation import Index, LargeCount, MediumCount, Positive, validate_arguments
from gan_lightning.loss import Minimax, Wasserstein
from gan_lightning.penalty import GradientPenalty
from gan_lightning.study.figure.clean_gradients import Curves, clean_gradients
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.study.tool.train_discriminator import train_discriminator
from gan_lightning.theory import Sampler

LOSSES = {"minimax": "log(1 - D)", "non_saturating": "-log D", "wasserstein": "Wasserstein"}
POINTS = 321  # of a curve


class Gradients(NamedTuple):
    """The gradient in x of each of the generator's losses, by one pair of critics.

    Attributes:
        source: "closed form" or "trained".
        seed: of the critics; None for closed forms.
        probability: D(x), [points].
        score: f(x) of the Wasserstein critic, [points].
        slopes: |∇| of each loss of `LOSSES`, [points] each.
    """

    source: str
    seed: int | None
    probability: Tensor
    score: Tensor
    slopes: dict[str, Tensor]


class CleanGradients:
    """Figure 2 of Arjovsky et al. 2017 (arXiv:1701.07875): two Gaussians, and what either critic says of them.

    Reals are N(0, std²), fakes N(distance, std²). The optimal discriminator is σ of a line, log p - log q, and the
    optimal critic is -x, with slope 1 everywhere. Where fakes are, D is 0 to many digits: log(1 - D) is flat. -log D is
    steep there by the same token, with a slope that has nothing to do with the distance to go.

    Args:
        distance: between the means.
        std: of both Gaussians.
        steps: updates of each trained critic.
        weight: λ of the Wasserstein critic's gradient penalty.
        seeds: critics of each kind.
        seed: the first.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        distance: Positive = 4.0,
        std: Positive = 0.5,
        steps: LargeCount = 1000,
        weight: Positive = 10.0,
        seeds: MediumCount = 10,
        seed: Index = 0,
    ) -> None:
        self.distance, self.std, self.steps, self.weight = distance, std, steps, weight
        self.seeds = range(seed, seed + seeds)
        self.x = torch.linspace(-4 * std, distance + 4 * std, POINTS, dtype=torch.float64)

    def run(self) -> Findings:
        """See `Study.run`."""
        closed = self._closed_form()
        trained = [self._trained(seed) for seed in progress_bar(self.seeds, "seeds")]
        return Findings(
            self._table([closed, *trained]),
            self._summary(closed, trained),
            self._figure(closed, trained),
            self._conclusions(closed, trained),
        )

    def _closed_form(self) -> Gradients:
        slope = -self.distance / self.std**2
        logit = slope * (self.x - self.distance / 2)
        probability = logit.sigmoid()
        slopes = {
            "minimax": probability * abs(slope),
            "non_saturating": (-logit).sigmoid() * abs(slope),
            "wasserstein": torch.ones_like(self.x),
        }
        return Gradients("closed form", None, probability, self.distance / 2 - self.x, slopes)

    def _trained(self, seed: int) -> Gradients:
        real, fake = _gaussian(0.0, self.std), _gaussian(self.distance, self.std)
        discriminator = train_discriminator(Minimax(), real, fake, steps=self.steps, seed=seed)
        penalty = GradientPenalty(self.weight)
        critic = train_discriminator(Wasserstein(), real, fake, penalty=penalty, steps=self.steps, seed=seed)
        x = self.x[:, None].requires_grad_()
        logit, score = discriminator(x), critic(x)
        logit_slope, score_slope = (torch.autograd.grad(s.sum(), x)[0].squeeze(1).abs() for s in (logit, score))
        probability = logit.detach().sigmoid()
        slopes = {
            "minimax": probability * logit_slope,
            "non_saturating": (-logit.detach()).sigmoid() * logit_slope,
            "wasserstein": score_slope,
        }
        score = score.detach()
        return Gradients("trained", seed, probability, score - score[POINTS // 2], slopes)

    def _at_fakes(self, slope: Tensor) -> Tensor:
        """Of the points within two standard deviations of the fakes' mean."""
        return slope[(self.x - self.distance).abs() <= 2 * self.std]

    def _table(self, found: Sequence[Gradients]) -> Table:
        columns = {"source": "", "seed": "", "generator loss": "", "x": "", "gradient": "in x"}
        rows: list[list[Value]] = [
            [one.source, one.seed, LOSSES[loss], x, slope]
            for one in found
            for loss, slopes in one.slopes.items()
            for x, slope in zip(self.x.tolist(), slopes.tolist(), strict=True)
        ]
        return Table(columns, rows)

    def _summary(self, closed: Gradients, trained: Sequence[Gradients]) -> Table:
        columns = {"generator loss": "", "closed form": "median at fakes", "trained": "median at fakes"}
        columns |= {"smallest": "trained, at fakes", "largest": "trained, at fakes"}
        rows: list[list[Value]] = []
        for loss, name in LOSSES.items():
            slopes = torch.cat([self._at_fakes(one.slopes[loss]) for one in trained])
            exact = self._at_fakes(closed.slopes[loss])
            rows.append([name, *(s.item() for s in (exact.median(), slopes.median(), slopes.min(), slopes.max()))])
        return Table(columns, rows)

    def _figure(self, closed: Gradients, trained: Sequence[Gradients]) -> Image:
        x = self.x.numpy()
        densities = [np.exp(-((x - mean) ** 2) / (2 * self.std**2)) for mean in (0.0, self.distance)]

        def curves(probability: Tensor, score: Tensor, slopes: Sequence[Tensor]) -> Curves:
            return Curves(probability.numpy(), score.numpy(), *(slope.numpy() for slope in slopes))

        exact = curves(closed.probability, closed.score, list(closed.slopes.values()))
        of = [torch.stack([one.slopes[loss] for one in trained]).mean(0) for loss in LOSSES]
        mean = (
            torch.stack([one.probability for one in trained]).mean(0),
            torch.stack([one.score for one in trained]).mean(0),
        )
        return clean_gradients(x, densities, exact, curves(*mean, of))

    def _conclusions(self, closed: Gradients, trained: Sequence[Gradients]) -> list[str]:
        exact = {loss: self._at_fakes(closed.slopes[loss]) for loss in LOSSES}
        found = {loss: torch.cat([self._at_fakes(one.slopes[loss]) for one in trained]) for loss in LOSSES}
        critic = found["wasserstein"]
        return [
            f"log(1 - D): half of the fakes get a gradient below {exact['minimax'].median():.2g} from the optimal "
            f"discriminator, below {found['minimax'].median():.2g} from trained ones: nothing to learn from.",
            f"-log D: {exact['non_saturating'].median():.3g} from the optimum, {found['non_saturating'].median():.3g} "
            "from trained ones: as steep as D is certain, which says nothing of the way that fakes have to go.",
            f"Wasserstein: 1 from the optimum, {critic.min():.2f} to {critic.max():.2f} from trained critics, wherever "
            "the fakes are.",
        ]


def _gaussian(mean: float, std: float) -> Sampler:
    return lambda n, rng: mean + std * torch.randn(n, 1, generator=rng, dtype=torch.float64)
