"""Who covers the modes of 2-D toys, who makes good samples, and what critics of them look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from torch import Tensor, nn

from gan_lightning.compare.group import Mean
from gan_lightning.config.validate import instantiate
from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.gaussian_mixture import Mixture
from gan_lightning.data.stream import SampleSource
from gan_lightning.metric.base import Metric
from gan_lightning.metric.evaluator import Evaluator
from gan_lightning.study.figure.toys import Cell, samples, surfaces
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.study.tool.critic_surfaces import DENSITIES, critics
from gan_lightning.study.tool.recipe import compose_train_config, train_ensemble, with_objective

REAL = "real samples"
Name = Literal["ring8", "grid25", "swiss_roll"]


class Toy(NamedTuple):
    """Data by their name: where they are drawn from, and what scores generated ones."""

    name: str
    source: SampleSource
    judge: Evaluator


class Run(NamedTuple):
    """What became of one run; modes and quality are None where the data have no modes."""

    objective: str
    data: str
    seed: int
    modes: float | None
    high_quality: float | None
    w1: float
    points: Tensor


class Toys:
    """Mixtures of eight and of 25 Gaussians and a Swiss roll, played by many objectives.

    The mixtures and their scores are those of Lin et al. 2018 (arXiv:1712.04086, section 4.1). All play with the
    recipe's networks, data and batches, with rates that fall to zero, and for as many turns of either player: a game of
    five critic turns has a third of the recipe's steps. Samples are the averaged generators'.

    Args:
        objectives: what the command line of each would say of its objective, by its name; nothing for the recipe's own.
        data: which toys.
        steps: of the recipe; None is as many as its experiment says.
        samples: of each game, that scores are of; the paper's 2,500.
        critic_steps: of each critic whose surface is shown.
        seeds: runs of each game.
        seed: the first.

    Raises:
        UsageError: no game or no data; or a game that no command line could mean.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        objectives: dict[str, list[str]],
        data: list[Name],
        steps: Count | None = None,
        samples: Count = 2500,
        critic_steps: Count = 1000,
        seeds: Count = 10,
        seed: Index = 0,
    ) -> None:
        if not objectives or not data:
            raise UsageError(f"study.objectives={objectives}, study.data={data}: give one of each at least")
        self.data: list[str] = [*data]
        self.samples, self.critic_steps, self.seeds = samples, critic_steps, range(seed, seed + seeds)
        length = [] if steps is None else [f"trainer.max_steps={steps}"]
        self.recipes = {name: compose_train_config(f"experiment={name}", *length) for name in self.data}
        decaying = ["data=ring8", "model=mlp", "schedule@objective.schedule=linear_decay"]
        composed = {
            name: compose_train_config(*decaying, *given)["objective"] if given else None
            for name, given in objectives.items()
        }
        self.plays = {
            (game, name): with_objective(self.recipes[name], objective) if objective else self.recipes[name]
            for name in self.data
            for game, objective in composed.items()
        }

    def run(self) -> Findings:
        """See `Study`."""
        toys = {name: self.toy(name) for name in self.data}
        runs = [run for game, name in progress_bar(list(self.plays), "games") for run in self.runs(game, toys[name])]
        runs += [run for toy in toys.values() for run in self.real_runs(toy)]
        return self.findings(toys, runs, critics(self.data, self.critic_steps, self.seeds[0]))

    def toy(self, name: str) -> Toy:
        """Data by their name."""
        config = self.recipes[name]
        data: AdversarialDataModule = instantiate(config["data"])
        data.setup("fit")
        metric: Metric = instantiate(config["metric"])
        return Toy(name, data.train, Evaluator(metric, data, n_fake=self.samples, full=True))

    def runs(self, game: str, toy: Toy) -> list[Run]:
        """All seeds of a game, scored."""
        modules = train_ensemble(self.plays[game, toy.name], self.seeds)
        points = [module.sample(module.latent(self.samples, "toys")) for module in modules]
        return [_scored(game, toy, seed, made) for seed, made in zip(self.seeds, points, strict=True)]

    def real_runs(self, toy: Toy) -> list[Run]:
        """Real samples in place of generated ones."""
        return [_scored(REAL, toy, seed, toy.source.batch(seed, 0, self.samples)) for seed in self.seeds]

    def findings(
        self, toys: Mapping[str, Toy], runs: Sequence[Run], shaped: Mapping[tuple[str, str], nn.Module]
    ) -> Findings:
        """What all of them together say; samples are shown of the first seed."""
        cells = {(run.objective, run.data): Cell(run.points, _words(run)) for run in reversed(runs)}
        games = dict.fromkeys(game for game, _ in self.plays)
        shown = {(game, name): cells[game, name] for name in toys for game in games}
        pure = {name: DENSITIES[name].batch(self.seeds[0], 0, 1000) for name in toys}
        real = {name: toy.source.batch(self.seeds[0], 0, 1000) for name, toy in toys.items()}
        return Findings(
            _table(runs), _summary(runs), samples(real, shown), _reading(runs), {"surfaces": surfaces(pure, shaped)}
        )


def _scored(game: str, toy: Toy, seed: int, points: Tensor) -> Run:
    scores = {score.name: score.value for score in toy.judge(_same, points.__getitem__).scores}
    return Run(game, toy.name, seed, scores.get("modes"), scores.get("high_quality"), scores["w1"], points)


def _same(points: Tensor) -> Tensor:
    return points


def _words(run: Run) -> str:
    if run.modes is None or run.high_quality is None:
        return f"W₁ {run.w1:.3f}"
    return f"{run.modes:.0f} modes, {run.high_quality:.1%} in 3σ"


def _table(runs: Sequence[Run]) -> Table:
    columns = {"objective": "", "data": "", "seed": "", "modes": "", "high_quality": "", "w1": ""}
    rows: list[list[Value]] = [list(one[:-1]) for one in runs]
    return Table(columns, rows)


def _summary(runs: Sequence[Run]) -> Table:
    """Means of each game."""
    columns = {"": ""}
    rows: dict[str, list[Value]] = {game: [game] for game in dict.fromkeys(run.objective for run in runs)}
    for name in dict.fromkeys(run.data for run in runs):
        mixture = DENSITIES[name]
        if isinstance(mixture, Mixture):
            columns |= {f"{name} ": f"modes of {len(mixture.modes)}", f"{name}  ": "% in 3σ"}  # names that look alike
        columns |= {name: "W₁"}
        for game, row in rows.items():
            some = [run for run in runs if (run.objective, run.data) == (game, name)]
            if isinstance(mixture, Mixture):
                row.append(Mean.over([run.modes for run in some if run.modes is not None]))
                row.append(Mean.over([100 * run.high_quality for run in some if run.high_quality is not None]))
            row.append(Mean.over([run.w1 for run in some]))
    return Table(columns, list(rows.values()))


def _reading(runs: Sequence[Run]) -> list[str]:
    lines = []
    for name in dict.fromkeys(run.data for run in runs):
        games = dict.fromkeys(run.objective for run in runs if run.data == name)
        of = {game: [run for run in runs if (run.objective, run.data) == (game, name)] for game in games}
        real = [run.w1 for run in of.pop(REAL)]
        best = min(of, key=lambda game: sum(run.w1 for run in of[game]))
        near = [run.w1 for run in of[best]]
        line = (
            f"{name}: nearest to the data is {best}, at a W₁ of {Mean.over(near)}, {max(near):.3g} in the worst seed; "
            f"real samples are at {Mean.over(real)}, {max(real):.3g} in the worst draw"
        )
        mixture = DENSITIES[name]
        if isinstance(mixture, Mixture):
            k = len(mixture.modes)
            full = [game for game, some in of.items() if all(run.modes == k for run in some)]
            line += f"; all {k} modes in every seed: {', '.join(full) or 'none'}"
        lines.append(line + ".")
    return lines
