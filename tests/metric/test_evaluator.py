from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.metric.evaluator import Evaluator, normalization
from gan_lightning.metric.features import Features
from gan_lightning.metric.points import Points
from tests.helper.planned_metric import MeanLevels, Planned
from tests.metric.test_metrics import RING, named


@pytest.fixture(scope="module")
def digits() -> Mnist5k:
    data = Mnist5k()
    data.setup()
    return data


def images(latents: Tensor) -> Tensor:
    return latents.view(-1, 1, 4, 4).tanh()


LATENTS = torch.randn(101, 16, generator=torch.Generator().manual_seed(0))


@pytest.mark.training
def test_the_batch_makes_no_difference_and_each_fake_counts_once(digits: Mnist5k, tmp_path: Path) -> None:
    found = []
    for batch in (7, 64, 1000):
        sizes = set()

        def sample(latents: Tensor, sizes: set[int] = sizes) -> Tensor:
            sizes.add(len(latents))
            return images(latents)

        evaluator = Evaluator(
            Features(extractor=MeanLevels()), digits, n_fake=101, full=True, batch=batch, cache=tmp_path
        )
        found.append(named(evaluator(sample, LATENTS.__getitem__).scores))
        assert sizes == {batch}  # always whole batches
    assert found[0] == found[1] == found[2]
    metric = Features(extractor=MeanLevels())
    real = metric.extract(digits.held_out.rows[torch.arange(500)])
    direct = named(metric.scores(real, metric.extract(images(LATENTS)), seed=0, full=True))
    assert found[0] == pytest.approx(
        {**direct, "kid/means": found[0]["kid/means"]}, rel=1e-9
    )  # subsets of another order


def test_reals_are_extracted_once(digits: Mnist5k, tmp_path: Path) -> None:
    found = []
    for extracted in (500 + 60, 0):
        extractor = MeanLevels()
        evaluator = Evaluator(Features(extractor=extractor), digits, n_fake=60, cache=tmp_path)
        assert extractor.images == extracted
        found.append(evaluator.real_vs_real)
    assert found[0] == found[1]
    for file in tmp_path.iterdir():
        file.write_bytes(b"damaged")
    assert Evaluator(Features(extractor=extractor), digits, n_fake=60, cache=tmp_path).real_vs_real == found[0]
    assert extractor.images == 560


@pytest.mark.training
def test_real_vs_real_is_what_reals_score_in_place_of_fakes(digits: Mnist5k, tmp_path: Path) -> None:
    evaluator = Evaluator(Features(extractor=MeanLevels()), digits, n_fake=4500, cache=tmp_path)
    rows = digits.train.rows
    order = torch.randperm(4500)
    fakes = Evaluator(Features(extractor=MeanLevels()), digits, n_fake=4500, cache=tmp_path)
    scores = named(fakes(lambda numbers: rows[order[numbers]], lambda numbers: numbers).scores)
    assert evaluator.real_vs_real.keys() == scores.keys()
    for name in scores.keys() - {"classifier_score/means"}:  # the mean over four parts, which are others in this order
        assert scores[name] == pytest.approx(evaluator.real_vs_real[name], rel=1e-9)
    assert Evaluator(Features(extractor=MeanLevels()), digits, n_fake=4501, cache=tmp_path).real_vs_real == {}


def test_broken_fakes_have_no_score() -> None:
    evaluator = Evaluator(Planned(1.0, n_fake_training=9), RING, n_fake=9)

    def sample(numbers: Tensor) -> Tensor:
        points = torch.zeros(len(numbers), 2)
        points[numbers == 8] = float("nan")
        points[numbers == 1, 1] = float("inf")
        return points

    assert evaluator(sample, lambda numbers: numbers) == ([], 2, None)
    assert not Evaluator(Points(), RING, n_fake=8)(sample, lambda numbers: numbers % 1).nonfinite


def test_provenance_says_how_a_score_was_made(digits: Mnist5k, tmp_path: Path) -> None:
    evaluator = Evaluator(Features(extractor=MeanLevels()), digits, n_fake=101, n_real=50, seed=3, cache=tmp_path)
    frechet, *_, repeats = evaluator(images, LATENTS.__getitem__).scores
    provenance = evaluator.provenance(frechet, ema=True, normalization="running").to_dict()
    assert provenance.pop("data").startswith("mnist5k ")
    assert provenance == {
        "split": "held_out",
        "extractor": "means",
        "weights": "00000000",
        "resize": "none",
        "quantized": True,
        "n_real": 50,
        "n_fake": 101,
        "ema": True,
        "normalization": "running",
        "seed": 3,
        "truncation": None,
        "standing": 0,
    }
    truncated = evaluator.provenance(frechet, ema=True, normalization="standing", truncation=0.5, standing=16)
    assert (truncated.normalization, truncated.truncation, truncated.standing) == ("standing", 0.5, 16)
    assert evaluator.provenance(repeats, ema=True, normalization="none").n_real == 0


def test_normalization() -> None:
    assert normalization(nn.Linear(2, 2)) == "none"
    assert normalization(nn.BatchNorm2d(2)) == "running"
    assert normalization(nn.BatchNorm2d(2), standing=16) == "standing"
    assert normalization(nn.Sequential(nn.BatchNorm2d(2, track_running_stats=False))) == "batch"


def test_fakes_are_asked_for_in_the_proportions_of_the_reals(digits: Mnist5k, tmp_path: Path) -> None:
    asked: list[Tensor] = []

    def sample(latents: Tensor, label: Tensor) -> Tensor:
        asked.append(label)
        return images(latents)

    evaluator = Evaluator(
        Features(extractor=MeanLevels()), digits, n_fake=101, conditional=True, batch=40, cache=tmp_path
    )
    scores = named(evaluator(sample, LATENTS.__getitem__).scores)
    assert evaluator.label is not None
    assert torch.equal(torch.cat(asked)[:101], evaluator.label)
    assert evaluator.label.bincount().tolist() == [10, 10, 10, 10, 10, 11, 10, 10, 10, 10]
    assert all(len(part.unique()) > 6 for part in evaluator.label.tensor_split(4))  # each part has nearly all classes
    assert "intra_class_frechet/means" in scores
    assert "intra_class_frechet/means" in evaluator.real_vs_real
    plain = Evaluator(Features(extractor=MeanLevels()), digits, n_fake=101, batch=40, cache=tmp_path)
    assert plain.label is None
    assert "intra_class_frechet/means" not in plain.real_vs_real
