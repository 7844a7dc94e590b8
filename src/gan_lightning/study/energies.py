"""Critics as energies: exp(D), normalised, against the density of the data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from gan_lightning.compare.group import Mean
from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.core.validation import Index, LargeCount, MediumCount, Positive, validate_arguments
from gan_lightning.data.gaussian_mixture import Mixture
from gan_lightning.data.grid25 import Grid25
from gan_lightning.data.ring8 import Ring8
from gan_lightning.study.figure.energies import Landscape, landscapes
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.study.tool.recipe import compose_train_config, train_one
from gan_lightning.theory import gaussian_mixture, grid

MIXTURES = {"ring8": Ring8, "grid25": Grid25}
CELLS, REACH = 161, 5.0  # of the grid along each axis; its margin around the modes, in standard deviations


class Fit(NamedTuple):
    """Nearness of exp(D) of one run, normalised on the grid, to the density p.

    Attributes:
        objective: its name.
        seed: of the run.
        divergence: KL(p ‖ exp(D)/Z).
        slope: of D over log p by least squares, weighted with p; 1 is calibrated.
        correlation: of D with log p, weighted with p.
        near: share of fakes, with the noise, within three standard deviations of a mode.
    """

    objective: str
    seed: int
    divergence: float
    slope: float
    correlation: float
    near: float


class Energies:
    """Energies -D that objectives learn on a mixture of Gaussians under noise, whose density is known.

    Dai et al. 2017 (arXiv:1702.01691) show such energies as pictures, of other data. At its equilibrium EGAN's score is
    the logarithm of the data's density up to a constant; SteinGAN's, of a generator that follows the critic exactly;
    the logit of an optimal discriminator is constant there; an energy with a margin tells only where the data are.

    Args:
        objectives: name → command-line overrides of a run.
        data: name of the mixture.
        noise: standard deviation of the noise on both reals and fakes; the density is that of the noisy data.
        steps: of each run.
        samples: generated points of a run.
        seeds: runs of each objective.
        seed: of the first run.

    Raises:
        UsageError: no objective, or invalid overrides.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        objectives: dict[str, list[str]],
        data: Literal["ring8", "grid25"] = "ring8",
        noise: Positive = 0.2,
        steps: LargeCount = 3000,
        samples: LargeCount = 2500,
        seeds: MediumCount = 10,
        seed: Index = 0,
    ) -> None:
        if not objectives:
            raise UsageError(f"study.objectives={objectives}: give one at least")
        same = (
            *(f"data={data}", f"trainer.max_steps={steps}"),
            *("augment=[instance_noise]", f"objective.augments.instance_noise.std={noise}"),
        )
        self.configs = {name: compose_train_config(*given, *same) for name, given in objectives.items()}
        self.mixture: Mixture = MIXTURES[data]().density
        self.noise, self.samples, self.seeds = noise, samples, range(seed, seed + seeds)
        self.modes, self.std = self.mixture.modes.double(), math.hypot(self.mixture.std, noise)
        reach = self.modes.abs().max().item() + REACH * self.std
        self.grid = grid(-reach, reach, CELLS, dims=2)
        self.log_p: Tensor = gaussian_mixture(self.modes, self.std).log_prob(self.grid.points)  # type: ignore[no-untyped-call]

    def run(self) -> Findings:
        """See `Study.run`."""
        real = self.noisy(self.mixture.sample(self.samples, new_rng(self.seeds[0], "real")))
        fits, drawn = [], {"the data": Landscape(self.log_p, real, "log p")}
        for name, config in progress_bar(list(self.configs.items()), "objectives"):
            for seed in self.seeds:
                fit, landscape = self.fitted(name, config, seed)
                fits.append(fit)
                drawn.setdefault(name, landscape)
        figure = landscapes(self.grid.points, drawn, self.modes)
        return Findings(_table(fits), _summary(fits), figure, _conclusions(fits))

    def fitted(self, name: str, config: Mapping[str, Any], seed: int) -> tuple[Fit, Landscape]:
        """The numbers of a run that is trained here, and what the figure shows of it."""
        module = train_one(config, seed)
        module.critic.eval()
        with torch.no_grad():
            score = module.critic(self.grid.points.flatten(0, 1).float()).double()
        log_q = (score - score.logsumexp(0) - math.log(self.grid.cell)).reshape(self.log_p.shape)
        fakes = self.noisy(module.sample(module.latent(self.samples, "energies")))
        fit = Fit(name, seed, *calibration(self.log_p, log_q, self.grid.cell), self.near(fakes))
        return fit, Landscape(log_q, fakes, f"KL {fit.divergence:.2g}, slope {fit.slope:.2f}")

    def noisy(self, points: Tensor) -> Tensor:
        """The points [N, 2] with the noise of training."""
        return points + self.noise * torch.randn(points.shape, generator=new_rng(self.seeds[0], "noise"))

    def near(self, points: Tensor) -> float:
        """The share of points [N, 2] within three standard deviations of a mode."""
        distances = torch.cdist(points.double(), self.modes).min(1).values
        return (distances < 3 * self.std).double().mean().item()


def calibration(log_p: Tensor, log_q: Tensor, cell: float) -> tuple[float, float, float]:
    """KL(p‖q), and the slope and the correlation of log q over log p, weighted with p; of densities on a grid."""
    weight = log_p.exp() * cell
    divergence = (weight * (log_p - log_q)).sum()
    x, y = (values - (weight * values).sum() / weight.sum() for values in (log_p, log_q))
    covariance, variance, of_q = ((weight * product).sum() for product in (x * y, x * x, y * y))
    return divergence.item(), (covariance / variance).item(), (covariance / (variance * of_q).sqrt()).item()


COLUMNS = {"KL(p ‖ exp D)": "nats", "slope": "", "correlation": "", "% of fakes in 3σ": ""}


def _table(fits: Sequence[Fit]) -> Table:
    columns = {"objective": "", "seed": "", **COLUMNS}
    rows: list[list[Value]] = [[*fit[:-1], 100 * fit.near] for fit in fits]
    return Table(columns, rows)


def _summary(fits: Sequence[Fit]) -> Table:
    """Means of each objective."""
    rows: list[list[Value]] = []
    for name in dict.fromkeys(fit.objective for fit in fits):
        some = [fit for fit in fits if fit.objective == name]
        numbers = [[fit.divergence, fit.slope, fit.correlation, 100 * fit.near] for fit in some]
        rows.append([name, *(Mean.over(column) for column in zip(*numbers, strict=True))])
    return Table({"": "", **COLUMNS}, rows)


def _conclusions(fits: Sequence[Fit]) -> list[str]:
    mean = {
        name: sum(fit.divergence for fit in fits if fit.objective == name) / sum(fit.objective == name for fit in fits)
        for name in dict.fromkeys(fit.objective for fit in fits)
    }
    best, worst = min(mean, key=mean.__getitem__), max(mean, key=mean.__getitem__)
    slopes = [fit.slope for fit in fits if fit.objective == best]
    return [
        f"exp(D) is nearest to the density with {best}: {mean[best]:.2g} nats on average, and D rises "
        f"{sum(slopes) / len(slopes):.2f} times as fast as log p, which is 1 for a calibrated energy.",
        f"It is farthest with {worst}: {mean[worst]:.2g} nats.",
    ]
