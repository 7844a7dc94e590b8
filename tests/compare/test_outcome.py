from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from gan_lightning.compare.outcome import outcome, outcome_of_run
from gan_lightning.compare.run import Run
from gan_lightning.data.mnist5k import Mnist5k, read_digits
from gan_lightning.data.pixels import fit_to_shape
from gan_lightning.extractor.digits import Digits
from gan_lightning.metric.evaluator import Evaluator
from gan_lightning.metric.features import Features
from gan_lightning.metric.score import Score


def scores(real_vs_real: float | None = None, **values: float) -> dict[str, Score]:
    return {
        f"{name}/digits": Score(f"{name}/digits", value, real_vs_real=real_vs_real, step=300)
        for name, value in values.items()
    }


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"density": 0.25, "coverage": 0.13}, "success"),
        ({"density": 0.25, "coverage": 0.12}, "collapse"),
        ({"density": 0.24, "coverage": 0.9}, "failure"),
        ({"density": 1.2, "coverage": 0.51}, "success"),
        ({"density": 1.2, "coverage": 0.49}, "collapse"),
        ({"density": 0.1, "coverage": 0.01}, "failure"),
        ({"density": 1.0, "coverage": 0.9, "repeat_rate": 0.51}, "collapse"),
        ({"density": 1.0, "coverage": 0.9, "repeat_rate": 0.5}, "success"),
        ({"density": float("nan"), "coverage": 0.9}, "failure"),
        ({"density": 1.0, "recall": 0.9}, "not scored"),
        ({}, "not scored"),
    ],
)
def test_by_the_rule(values: dict[str, float], word: str) -> None:
    assert outcome(scores(**values)).word == word


def test_what_real_samples_get_is_the_measure() -> None:
    assert outcome(scores(density=0.2, coverage=0.1)).word == "failure"
    assert outcome(scores(density=0.2, coverage=0.1, real_vs_real=0.2)).word == "success"
    assert outcome(scores(density=0.4, coverage=0.1, real_vs_real=0.2)).why == "density 2.00, coverage 0.50"


def test_runs_that_did_not_end() -> None:
    def word(trouble: str = "", last: float = 300.0) -> str:
        rows = [{"step": last}]
        return outcome_of_run(Run(Path(), {}, rows, scores(density=1.0, coverage=1.0), trouble)).word

    assert word() == "success"
    assert word("failed: critic_loss is not finite (step 7 of 300)") == "failure"
    assert word("not finished (step 7 of 300)") == word("stopped: by a signal (step 7 of 300)") == "not finished"
    assert word(last=400.0) == "failure"  # there was no score of the last samples


@pytest.fixture(scope="module")
def evaluator(tmp_path_factory: pytest.TempPathFactory) -> Evaluator:
    data = Mnist5k(size=32)
    data.setup("fit")
    return Evaluator(Features(extractor=Digits()), data, n_fake=500, full=True, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def digits() -> tuple[Tensor, Tensor]:
    images, labels = read_digits()
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    return fit_to_shape(images, (1, 32, 32))[order].float() / 127.5 - 1, labels[order]


def found(evaluator: Evaluator, samples: Tensor) -> str:
    stats = evaluator.metric.extract(samples[:500])
    scores = evaluator.metric.scores(evaluator.real, stats, seed=0, full=True)
    return outcome({score.name: score for score in scores}).word


@pytest.mark.training
def test_calibration(evaluator: Evaluator, digits: tuple[Tensor, Tensor]) -> None:
    images, labels = digits
    noise = torch.rand(500, 1, 32, 32, generator=torch.Generator().manual_seed(1))
    blank = torch.ones(500, 1, 32, 32)
    assert found(evaluator, images) == "success"
    assert found(evaluator, images[labels < 7]) == "success"
    assert found(evaluator, (images[:500] + 0.6 * (noise - 0.5)).clamp(-1, 1)) == "success"
    assert found(evaluator, images[labels == 1]) == "collapse"
    assert found(evaluator, images[labels < 3]) == "collapse"
    assert found(evaluator, images[:50].repeat(10, 1, 1, 1)) == "collapse"
    for broken in (noise * 2 - 1, blank, -blank, 0 * blank, images.mean(0) + noise / 10):
        assert found(evaluator, broken) == "failure"
