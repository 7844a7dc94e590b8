"""Objectives compared on 2-D toy data: modes covered, sample quality, W₁, and value surfaces of critics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from torch import Tensor, nn

from gan_lightning.compare.group import Mean
from gan_lightning.config.validate import instantiate
from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Index, LargeCount, MediumCount, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.gaussian_mixture import Mixture
from gan_lightning.data.sample_source import SampleSource
from gan_lightning.metric.base import Metric
from gan_lightning.metric.evaluator import Evaluator
from gan_lightning.study.figure.toys import Cell, samples, surfaces
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.study.tool.critic_surfaces import DENSITIES, critics
from gan_lightning.study.tool.recipe import compose_train_config, train_ensemble, with_objective

REAL = "real samples"
Name = Literal["ring8", "grid25", "swiss_roll"]


class Toy(NamedTuple):
    """A toy data set with its evaluator."""

    name: str
    source: SampleSource
    evaluator: Evaluator


class Run(NamedTuple):
    """Scores of one run; `modes` and `high_quality` are None for data without modes."""

    objective: str
    data: str
    seed: int
    modes: float | None
    high_quality: float | None
    w1: float
    points: Tensor


class Toys:
    """Many objectives on mixtures of 8 and 25 Gaussians and on a Swiss roll.

    The mixtures and their scores are those of Lin et al. 2018 (arXiv:1712.04086, section 4.1). All use the
    recipe's networks, data and batches, learning rates that decay to zero, and the same total of critic and generator
    updates: with five critic updates a step there are a third of the recipe's steps. Samples are the averaged
    generators'.

    Args:
        objectives: name → command-line overrides of the objective; none for the recipe's own.
        data: names of toy data sets.
        steps: of the recipe; None: as in its experiment.
        samples: generated samples for the scores of a run; 2,500 in the paper.
        critic_steps: updates of each critic whose surface is shown.
        seeds: runs of each objective.
        seed: of the first run.

    Raises:
        UsageError: no objective, no data, or invalid overrides.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        objectives: dict[str, list[str]],
        data: list[Name],
        steps: LargeCount | None = None,
        samples: LargeCount = 2500,
        critic_steps: LargeCount = 1000,
        seeds: MediumCount = 10,
        seed: Index = 0,
    ) -> None:
        if not objectives or not data:
            raise UsageError(f"study.objectives={objectives}, study.data={data}: give one of each at least")
        self.data: list[str] = [*data]
        self.samples, self.critic_steps, self.seeds = samples, critic_steps, range(seed, seed + seeds)
        length = [] if steps is None else [f"trainer.max_steps={steps}"]
        self.recipes = {name: compose_train_config(f"experiment={name}", *length) for name in self.data}
        linear_decay = ["data=ring8", "model=mlp", "schedule@objective.schedule=linear_decay"]
        composed = {
            name: compose_train_config(*linear_decay, *given)["objective"] if given else None
            for name, given in objectives.items()
        }
        self.configs = {
            (objective, name): with_objective(self.recipes[name], config) if config else self.recipes[name]
            for name in self.data
            for objective, config in composed.items()
        }

    def run(self) -> Findings:
        """See `Study.run`."""
        toys = {name: self.toy(name) for name in self.data}
        runs = [
            run
            for objective, name in progress_bar(list(self.configs), "objectives")
            for run in self.runs(objective, toys[name])
        ]
        runs += [run for toy in toys.values() for run in self.real_runs(toy)]
        return self.findings(toys, runs, critics(self.data, self.critic_steps, self.seeds[0]))

    def toy(self, name: str) -> Toy:
        """The data set of this name."""
        config = self.recipes[name]
        data: AdversarialDataModule = instantiate(config["data"])
        data.setup("fit")
        metric: Metric = instantiate(config["metric"])
        return Toy(name, data.train, Evaluator(metric, data, n_fake=self.samples, full=True))

    def runs(self, objective: str, toy: Toy) -> list[Run]:
        """Scored runs of all seeds."""
        modules = train_ensemble(self.configs[objective, toy.name], self.seeds)
        points = [module.sample(module.latent(self.samples, "toys")) for module in modules]
        return [_scored(objective, toy, seed, made) for seed, made in zip(self.seeds, points, strict=True)]

    def real_runs(self, toy: Toy) -> list[Run]:
        """Scores of real samples in place of generated ones."""
        return [_scored(REAL, toy, seed, toy.source.batch(seed, 0, self.samples)) for seed in self.seeds]

    def findings(
        self, toys: Mapping[str, Toy], runs: Sequence[Run], trained: Mapping[tuple[str, str], nn.Module]
    ) -> Findings:
        """Tables, figures and conclusions; the figure shows samples of the first seed."""
        cells = {(run.objective, run.data): Cell(run.points, _caption(run)) for run in reversed(runs)}
        objectives = dict.fromkeys(objective for objective, _ in self.configs)
        shown = {(objective, name): cells[objective, name] for name in toys for objective in objectives}
        pure = {name: DENSITIES[name].batch(self.seeds[0], 0, 1000) for name in toys}
        real = {name: toy.source.batch(self.seeds[0], 0, 1000) for name, toy in toys.items()}
        return Findings(
            _table(runs),
            _summary(runs),
            samples(real, shown),
            _conclusions(runs),
            {"surfaces": surfaces(pure, trained)},
        )


def _scored(objective: str, toy: Toy, seed: int, points: Tensor) -> Run:
    scores = {score.name: score.value for score in toy.evaluator(_identity, points.__getitem__).scores}
    return Run(objective, toy.name, seed, scores.get("modes"), scores.get("high_quality"), scores["w1"], points)


def _identity(points: Tensor) -> Tensor:
    return points


def _caption(run: Run) -> str:
    if run.modes is None or run.high_quality is None:
        return f"W₁ {run.w1:.3f}"
    return f"{run.modes:.0f} modes, {run.high_quality:.1%} in 3σ"


def _table(runs: Sequence[Run]) -> Table:
    columns = {"objective": "", "data": "", "seed": "", "modes": "", "high_quality": "", "w1": ""}
    rows: list[list[Value]] = [list(one[:-1]) for one in runs]
    return Table(columns, rows)


def _summary(runs: Sequence[Run]) -> Table:
    """Means of each objective."""
    columns = {"": ""}
    rows: dict[str, list[Value]] = {
        objective: [objective] for objective in dict.fromkeys(run.objective for run in runs)
    }
    for name in dict.fromkeys(run.data for run in runs):
        mixture = DENSITIES[name]
        if isinstance(mixture, Mixture):
            columns |= {
                f"{name} ": f"modes of {len(mixture.modes)}",
                f"{name}  ": "% in 3σ",
            }  # distinct keys that look the same
        columns |= {name: "W₁"}
        for objective, row in rows.items():
            some = [run for run in runs if (run.objective, run.data) == (objective, name)]
            if isinstance(mixture, Mixture):
                row.append(Mean.over([run.modes for run in some if run.modes is not None]))
                row.append(Mean.over([100 * run.high_quality for run in some if run.high_quality is not None]))
            row.append(Mean.over([run.w1 for run in some]))
    return Table(columns, list(rows.values()))


def _conclusions(runs: Sequence[Run]) -> list[str]:
    lines = []
    for name in dict.fromkeys(run.data for run in runs):
        objectives = dict.fromkeys(run.objective for run in runs if run.data == name)
        of = {
            objective: [run for run in runs if (run.objective, run.data) == (objective, name)]
            for objective in objectives
        }
        real = [run.w1 for run in of.pop(REAL)]
        best = min(of, key=lambda objective: sum(run.w1 for run in of[objective]))
        near = [run.w1 for run in of[best]]
        line = (
            f"{name}: {best} is nearest to the data, at a W₁ of {Mean.over(near)}, {max(near):.3g} in the worst seed; "
            f"real samples are at {Mean.over(real)}, {max(real):.3g} in the worst draw"
        )
        mixture = DENSITIES[name]
        if isinstance(mixture, Mixture):
            k = len(mixture.modes)
            full = [objective for objective, some in of.items() if all(run.modes == k for run in some)]
            line += f"; all {k} modes in every seed: {', '.join(full) or 'none'}"
        lines.append(line + ".")
    return lines
