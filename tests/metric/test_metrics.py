"""The metrics that a generator is scored by: what they see, what they say."""

from __future__ import annotations

import math

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.pixels import to_float
from gan_lightning.data.ring8 import Ring8
from gan_lightning.data.swiss_roll import SwissRoll
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.metric.base import LABEL
from gan_lightning.metric.features import Features
from gan_lightning.metric.points import Points
from gan_lightning.metric.stacked import StackedMnistModes
from tests.helper.planned_metric import MeanLevels

RING = Ring8()
RING.setup()


def named(scores: list) -> dict[str, float]:  # type: ignore[type-arg]
    return {score.name: score.value for score in scores}


def test_points_on_the_modes() -> None:
    metric = Points()
    metric.check(RING)
    modes = RING.density.modes.repeat(4, 1)
    scores = named(metric.scores({"points": modes}, {"points": modes}, seed=0, full=True))
    assert scores == {"w1": 0, "modes": 8, "high_quality": 1, "reverse_kl": pytest.approx(0, abs=1e-12)}
    # all of the mass moves from eight modes to the first: the mean distance from it
    one = {"points": RING.density.modes[:1].repeat(32, 1)}
    scores = named(metric.scores({"points": modes}, one, seed=0, full=True))
    distance = sum(2 * math.sin(math.pi * k / 8) for k in range(8)) / 8
    assert scores == {
        "w1": pytest.approx(distance, rel=1e-6),
        "modes": 1,
        "high_quality": 1,
        "reverse_kl": pytest.approx(math.log(8)),
    }
    assert metric.collapse({"points": modes}, one) == "all its samples are nearest to one of the 8 modes"
    assert metric.collapse({"points": modes}, {"points": modes}) is None


def test_points_without_modes_have_a_distance_only() -> None:
    roll = SwissRoll()
    roll.setup()
    metric = Points()
    metric.check(roll)
    x = roll.density.sample(50, torch.Generator())
    assert named(metric.scores({"points": x}, {"points": x + 0.3}, seed=0, full=False)) == {
        "w1": pytest.approx(0.3 * math.sqrt(2), rel=1e-5)
    }
    assert metric.collapse({"points": x}, {"points": 0.05 * x}) is not None


@pytest.mark.training
def test_features_of_shifted_images() -> None:
    """Brighter by five levels: the Gaussians of four features are shifted by (5, 5, 5, 5), and by nothing else."""
    metric = Features(extractor=MeanLevels())
    levels = torch.randint(0, 240, (1200, 1, 4, 4), dtype=torch.uint8)
    real, fake = metric.extract(levels), metric.extract(to_float(levels + 5))
    scores = {score.name: score for score in metric.scores(real, fake, seed=0, full=True)}
    assert scores["frechet/means"].value == pytest.approx(4 * 5**2, rel=1e-9)
    assert set(scores) == {
        *("frechet/means", "classifier_score/means", "precision/means", "recall/means"),
        *("kid/means", "density/means", "coverage/means", "repeat_rate"),
    }
    assert {name for name, score in scores.items() if score.better == "lower"} == {
        *("frechet/means", "kid/means", "repeat_rate"),
    }
    assert {name for name, score in scores.items() if not score.n_real} == {"classifier_score/means", "repeat_rate"}
    assert scores["kid/means"].std is not None
    quick = metric.scores(real, fake, seed=0, full=False)
    assert [score.name for score in quick] == [
        *("frechet/means", "classifier_score/means", "precision/means", "recall/means", "repeat_rate"),
    ]
    assert all(score.value == scores[score.name].value for score in quick)
    assert metric.scores(real, real, seed=0, full=False)[0].value == pytest.approx(0, abs=1e-9)


def test_a_hundred_images_again_and_again_are_a_collapse() -> None:
    metric = Features(extractor=MeanLevels())
    levels = torch.randint(0, 256, (100, 1, 4, 4), dtype=torch.uint8)
    real = metric.extract(torch.randint(0, 256, (300, 1, 4, 4), dtype=torch.uint8))
    assert (
        metric.collapse(real, metric.extract(levels.repeat(3, 1, 1, 1))) == "67% of its samples repeat an earlier one"
    )
    assert metric.collapse(real, metric.extract(levels)) is None
    alike = (levels.double() / 64 + 100).to(torch.uint8)  # they differ by four levels at the most
    said = metric.collapse(real, metric.extract(alike.unique(dim=0)))
    assert said is not None
    assert "as much as the reals, in features of means" in said


def test_stacks_are_read_colour_by_colour() -> None:
    metric = StackedMnistModes(extractor=MeanLevels())
    numbers = torch.arange(1000)
    digits = torch.stack([numbers // 100, numbers // 10 % 10, numbers % 10], 1)
    images = (digits * 20).to(torch.uint8)[:, :, None, None].expand(-1, -1, 4, 4)
    seen = metric.extract(to_float(images.clone()))
    assert torch.equal(seen["classes"], numbers)
    assert named(metric.scores({}, seen, seed=0, full=True)) == {
        "modes": 1000,
        "reverse_kl": pytest.approx(0, abs=1e-9),
        "repeat_rate": 0,
    }
    assert metric.collapse({}, seen) is None
    few = {name: rows[:2] for name, rows in seen.items()}
    assert metric.collapse({}, few) == "its samples show 2 of 1,000 modes"
    with pytest.raises(UsageError, match="classifies digits, which means does not"):
        StackedMnistModes(extractor=MeanLevels(classes=7)).extract(images)


def test_data_of_another_kind_are_refused() -> None:
    digits = Mnist5k()
    for metric, data, says in (
        (Features(extractor=MeanLevels()), RING, "metric=points"),
        (Points(), digits, "metric=points scores points, and these"),
        (StackedMnistModes(extractor=MeanLevels()), digits, "three stacked digits"),
    ):
        with pytest.raises(UsageError, match=says):
            metric.check(data)


def test_points_of_the_modes_that_were_asked_for() -> None:
    metric = Points()
    metric.check(RING)
    modes = RING.density.modes
    asked = {"points": modes, LABEL: torch.tensor([0, 1, 2, 3, 4, 5, 7, 6])}
    assert named(metric.scores({"points": modes}, asked, seed=0, full=False))["accuracy"] == 0.75


def test_images_of_the_classes_that_were_asked_for() -> None:
    """Two classes a unit apart, fakes with their means exchanged: together they are the reals, each by itself not."""
    metric = Features(extractor=MeanLevels())
    spread = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    label = torch.arange(40) % 2
    sure = torch.tensor([[0.9, 0.1], [0.2, 0.8]])
    real = {"features": spread + label[:, None], "probabilities": sure[label], LABEL: label}
    right = named(metric.scores(real, real, seed=0, full=False))
    assert right["accuracy/means"] == 1
    assert right["intra_class_frechet/means"] == pytest.approx(0, abs=1e-6)
    exchanged = named(metric.scores(real, {**real, LABEL: 1 - label}, seed=0, full=False))
    assert exchanged["frechet/means"] == pytest.approx(0, abs=1e-6)
    assert exchanged["accuracy/means"] == 0
    means = [real["features"][label == k].mean(0) for k in (0, 1)]
    shift = (means[0] - means[1]).square().sum().item()
    assert exchanged["intra_class_frechet/means"] > shift  # the distance of the means, and of the spreads
    blind = named(metric.scores({**real, "probabilities": sure[1 - label]}, real, seed=0, full=False))
    assert "accuracy/means" not in blind  # a classifier of something else
    assert "intra_class_frechet/means" in blind
    without = {name: seen for name, seen in real.items() if name != LABEL}
    assert (
        not {"accuracy/means", "intra_class_frechet/means"}
        & named(metric.scores(real, without, seed=0, full=False)).keys()
    )


def test_points_of_any_dimension_are_scored_exactly() -> None:
    real = torch.randn(60, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    data = TensorData(real, held_out=0.5)
    data.setup()
    metric = Points()
    metric.check(data)
    shift = torch.tensor([3.0, 0, -4.0, 0, 0])
    held_out = data.held_out.rows[torch.arange(len(data.held_out))]
    stats = [metric.extract(rows) for rows in (held_out, held_out + shift)]
    (score,) = metric.scores(*stats, seed=0, full=True)
    assert score.value == pytest.approx(5.0, rel=1e-6)  # a translation moves every point by its length
