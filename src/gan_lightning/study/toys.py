"""Who covers the modes of 2-D toys, who makes good samples, and what critics of them look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Literal, NamedTuple

from torch import Tensor, nn

from gan_lightning.comparison.group import Mean
from gan_lightning.data.mixture import Mixture
from gan_lightning.data.module import AdversarialData
from gan_lightning.metric.judge import Judge
from gan_lightning.metric.metric import Metric
from gan_lightning.runtime.check import Count, Index, checked
from gan_lightning.runtime.config import build
from gan_lightning.runtime.console import tracked
from gan_lightning.runtime.refusal import Refusal
from gan_lightning.study.recipe import composed, fitted, instead
from gan_lightning.study.study import Findings, Table, Value
from gan_lightning.study.surfaces import DENSITIES, critics
from gan_lightning.view.toys import Cell, samples, surfaces

Name = Literal["ring8", "grid25", "swiss_roll"]
RECIPES = {"ring8": "ring8", "grid25": "grid25", "swiss_roll": "ring8"}  # whose experiment a data set is played with


class Toy(NamedTuple):
    """Data by their name: real points of them, and what scores generated ones."""

    name: str
    real: Tensor
    judge: Judge


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
    five critic turns has a third of the recipe's rounds. Samples are the averaged generators'.

    Args:
        games: what the command line of each would say of its objective, by its name; nothing for the recipe's own.
        data: which toys.
        rounds: of the recipe; None is as many as its experiment says.
        samples: of each game, that scores are of; the paper's 2,500.
        steps: of each critic whose surface is shown.
        seeds: runs of each game.
        seed: the first.

    Raises:
        Refusal: no game or no data; or a game that no command line could mean.
    """

    @checked
    def __init__(
        self,
        *,
        games: dict[str, list[str]],
        data: list[Name],
        rounds: Count | None = None,
        samples: Count = 2500,
        steps: Count = 1000,
        seeds: Count = 10,
        seed: Index = 0,
    ) -> None:
        if not games or not data:
            raise Refusal(f"study.games={games}, study.data={data}: give one of each at least")
        self.data: list[str] = [*data]
        self.samples, self.steps, self.seeds = samples, steps, range(seed, seed + seeds)
        length = [] if rounds is None else [f"trainer.max_steps={rounds}"]
        self.recipes = {name: composed(f"experiment={RECIPES[name]}", f"data={name}", *length) for name in self.data}
        decaying = ["data=ring8", "model=mlp", "schedule@objective.schedule=linear_decay"]
        objectives = {game: given and composed(*decaying, *given)["objective"] for game, given in games.items()}
        self.plays = {
            (game, name): instead(self.recipes[name], objective) if objective else self.recipes[name]
            for name in self.data
            for game, objective in objectives.items()
        }

    def run(self) -> Findings:
        """See `Study`."""
        toys = {name: self.toy(name) for name in self.data}
        runs = [run for game, name in tracked(list(self.plays), "games") for run in self.runs(game, toys[name])]
        return self.findings(toys, runs, critics(self.data, self.steps, self.seeds[0]))

    def toy(self, name: str) -> Toy:
        """Data by their name."""
        config = self.recipes[name]
        data: AdversarialData = build(config["data"])
        data.setup("fit")
        metric: Metric = build(config["metric"])
        return Toy(name, data.train.turn(self.seeds[0], 0, 1000), Judge(metric, data, n_fake=self.samples, full=True))

    def runs(self, game: str, toy: Toy) -> list[Run]:
        """All seeds of a game, scored."""
        found = []
        for seed, module in zip(self.seeds, fitted(self.plays[game, toy.name], self.seeds), strict=True):
            points = module.sample(module.latent(self.samples, "toys"))
            scores = {score.name: score.value for score in toy.judge(_same, points.__getitem__).scores}
            found.append(
                Run(game, toy.name, seed, scores.get("modes"), scores.get("high_quality"), scores["w1"], points)
            )
        return found

    def findings(
        self, toys: Mapping[str, Toy], runs: Sequence[Run], shaped: Mapping[tuple[str, str], nn.Module]
    ) -> Findings:
        """What all of them together say; samples are shown of the first seed."""
        cells = {(run.objective, run.data): Cell(run.points, _words(run)) for run in reversed(runs)}
        games = dict.fromkeys(game for game, _ in self.plays)
        shown = {(game, name): cells[game, name] for name in toys for game in games}
        pure = {name: DENSITIES[name].turn(self.seeds[0], 0, 1000) for name in toys}
        floors = {name: toy.judge.floor["w1"] for name, toy in toys.items()}
        return Findings(
            _table(runs),
            _summary(runs, floors),
            samples({name: toy.real for name, toy in toys.items()}, shown),
            _reading(runs, floors),
            {"surfaces": surfaces(pure, shaped)},
        )


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


def _summary(runs: Sequence[Run], floors: Mapping[str, float]) -> Table:
    """Means of each game, and below them what real samples get."""
    columns = {"": ""}
    rows: dict[str, list[Value]] = {game: [game] for game in dict.fromkeys(one.objective for one in runs)}
    real: list[Value] = ["real samples"]
    for name, floor in floors.items():
        some = {game: [one for one in runs if (one.objective, one.data) == (game, name)] for game in rows}
        mixture = DENSITIES[name]
        if isinstance(mixture, Mixture):
            columns |= {f"{name} modes": f"of {len(mixture.modes)}", f"{name} in 3σ": "%"}
            real += [float(len(mixture.modes)), 100 * (1 - exp(-9 / 2))]
        columns |= {f"{name} W₁": ""}
        real.append(floor)
        for game, row in rows.items():
            if isinstance(mixture, Mixture):
                row.append(Mean.over([one.modes for one in some[game] if one.modes is not None]))
                row.append(Mean.over([100 * one.high_quality for one in some[game] if one.high_quality is not None]))
            row.append(Mean.over([one.w1 for one in some[game]]))
    return Table(columns, [*rows.values(), real])


def _reading(runs: Sequence[Run], floors: Mapping[str, float]) -> list[str]:
    lines = []
    for name, floor in floors.items():
        here = [one for one in runs if one.data == name]
        of = {game: [one for one in here if one.objective == game] for game in dict.fromkeys(s.objective for s in here)}
        best = min(of, key=lambda game: sum(one.w1 for one in of[game]))
        worst = max(one.w1 for one in of[best])
        line = f"{name}: nearest to the data is {best}, its worst W₁ {worst / floor:.2f} times that of real samples"
        mixture = DENSITIES[name]
        if isinstance(mixture, Mixture):
            k = len(mixture.modes)
            full = {game: sum(one.modes == k for one in some) for game, some in of.items()}
            line += f"; all {k} modes in all seeds: {', '.join(g for g in of if full[g] == len(of[g])) or 'none'}"
        lines.append(line + ".")
    return lines
