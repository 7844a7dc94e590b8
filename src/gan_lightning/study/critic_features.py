"""Features that a critic learns without labels, read by a linear classifier (after Radford et al. 2016)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_lightning.compare.group import Mean
from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, LargeCount, MediumCount, SmallCount, validate_arguments
from gan_lightning.data.labelled_subset import labelled_subset
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.pixels import to_float
from gan_lightning.study.figure.critic_features import FilterRow, accuracies
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.study.tool.critic_layers import first_filters, pooled_features
from gan_lightning.study.tool.probe import probe_accuracy
from gan_lightning.study.tool.recipe import compose_train_config, initial_module, train_one

PIXELS, UNTRAINED = "pixels", "untrained critic"


class Result(NamedTuple):
    """The accuracy of one linear classifier.

    Attributes:
        features: what it reads.
        labels: of each class that it learns from.
        seed: of the labels, and of the critic.
        accuracy: percent of held-out digits.
    """

    features: str
    labels: int
    seed: int
    accuracy: float


class CriticFeatures:
    """Linear classifiers of pixels, of the features of a critic before training, and of the same after it.

    Critics are trained on the bundled digits without labels. Their features are the maxima of each layer on a grid. A
    logistic regression learns from the digits that have labels, and reads the 500 held-out ones.

    Args:
        critics: name → overrides of the command line that trains it.
        steps: of each run.
        labels: numbers of labelled digits of each class.
        grid: side of the grid that features are pooled to; 4 in the paper.
        seeds: repetitions.
        seed: of the first.

    Raises:
        UsageError: there is no critic, or no number of labels.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        critics: Mapping[str, Sequence[str]],
        steps: LargeCount = 2000,
        labels: Sequence[Count] = (1, 2, 5, 10, 20, 50, 100),
        grid: SmallCount = 4,
        seeds: MediumCount = 10,
        seed: Index = 0,
    ) -> None:
        for name, given, nothing in (("critics", critics, {}), ("labels", labels, [])):
            if not given:
                raise UsageError(f"study.{name}={nothing}: give one at least")
        self.critics, self.steps, self.labels, self.grid = dict(critics), steps, sorted(set(labels)), grid
        self.seeds = range(seed, seed + seeds)

    def run(self) -> Findings:
        """See `Study.run`."""
        self.data = Mnist5k()
        self.data.setup()
        every = torch.arange(len(self.data.held_out))
        assert self.data.held_out.labels is not None
        self.test = to_float(self.data.held_out.rows[every]), self.data.held_out.labels[every]
        results, filters = [], []
        for name, overrides in progress_bar([*self.critics.items()], "critics"):
            config = compose_train_config("data=mnist5k", *overrides, f"trainer.max_steps={self.steps}")
            for seed in self.seeds:
                before, after = initial_module(config, seed).critic, train_one(config, seed).critic
                results += self.read(UNTRAINED if len(self.critics) == 1 else f"{name}, untrained", before, seed)
                results += self.read(name, after, seed)
                if seed == self.seeds[0]:
                    filters.append(FilterRow(name, first_filters(before), first_filters(after)))
        for seed in self.seeds:
            results += self.read(PIXELS, None, seed)
        figure = accuracies(_curves(results), self.labels, filters)
        return Findings(_table(results), _summary(results), figure, _conclusions(results))

    def read(self, name: str, critic: nn.Module | None, seed: int) -> list[Result]:
        """The accuracies of classifiers of a critic's features, or of pixels."""
        test = self.features(critic, self.test[0])
        found = []
        for each in self.labels:
            few, _ = labelled_subset(self.data.train, each, seed)
            rows = torch.arange(len(few))
            assert few.labels is not None
            train = self.features(critic, to_float(few.rows[rows]))
            accuracy = probe_accuracy(train, few.labels[rows], test, self.test[1], classes=10)
            found.append(Result(name, each, seed, accuracy))
        return found

    def features(self, critic: nn.Module | None, images: Tensor) -> Tensor:
        """Of images [N, C, H, W]: of a critic, or pixels, [N, features]."""
        return images.flatten(1) if critic is None else pooled_features(critic, images, self.grid)


def _curves(results: Sequence[Result]) -> dict[str, list[Mean]]:
    """Means over seeds of each kind of features, by number of labels."""
    names, numbers = (dict.fromkeys(column) for column in zip(*((r.features, r.labels) for r in results), strict=True))
    means = {
        name: [Mean.over([r.accuracy for r in results if (r.features, r.labels) == (name, n)]) for n in numbers]
        for name in names
    }
    return {name: [mean for mean in some if mean is not None] for name, some in means.items()}


def _table(results: Sequence[Result]) -> Table:
    rows: list[list[Value]] = [list(result) for result in results]
    return Table({"features": "", "labels a class": "", "seed": "", "accuracy": "%"}, rows)


def _summary(results: Sequence[Result]) -> Table:
    numbers = dict.fromkeys(result.labels for result in results)
    rows: list[list[Value]] = [[name, *means] for name, means in _curves(results).items()]
    return Table({"labels of each class": "", **{str(n): "%" for n in numbers}}, rows)


def _conclusions(results: Sequence[Result]) -> list[str]:
    curves, numbers = _curves(results), list(dict.fromkeys(result.labels for result in results))
    lines = []
    for n, found in zip(numbers, zip(*curves.values(), strict=True), strict=True):
        ranked = sorted(zip(curves, found, strict=True), key=lambda one: -one[1].value)
        (best, most), others = ranked[0], ", ".join(f"{name} {mean}" for name, mean in ranked[1:])
        lines.append(f"{n} labelled digits of each class: {best} {most}% right; {others}.")
    return lines
