"""Named protocols, torchmetrics' own scores, and where they lie beside the set of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.pixels import to_float
from gan_lightning.metric.evaluator import Evaluator
from gan_lightning.metric.features import Features
from gan_lightning.metric.frechet_protocol import FrechetProtocol
from gan_lightning.metric.stock import Torchmetrics
from tests.helper.command import checked
from tests.helper.planned_metric import MeanLevels
from tests.metric.test_evaluator import LATENTS, digits, images  # noqa: F401
from tests.metric.test_metrics import RING, named


@pytest.mark.training
def test_all_reals_of_the_split_and_exactly_the_fakes(digits: Mnist5k, tmp_path: Path) -> None:  # noqa: F811
    """Moments are cached, and give the distance of all features, bit for bit."""
    found = []
    for _ in range(2):
        extractor = MeanLevels()
        metric = FrechetProtocol(extractor=extractor, split="train", n_fake=101)  # type: ignore[arg-type]
        evaluator = Evaluator(metric, digits, n_fake=metric.n_fake_evaluation, cache=tmp_path)
        found.append((evaluator(images, LATENTS.__getitem__).scores, extractor.images))
    (scores, first), (again, second) = found
    assert (first, second) == (4500 + 101 + 101, 101)  # reals, those in place of fakes, and fakes
    assert max(file.stat().st_size for file in tmp_path.iterdir()) < 100_000  # 4,500 features would take more
    ours = Evaluator(Features(extractor=MeanLevels(), split="train"), digits, n_fake=101, cache=tmp_path / "x")  # type: ignore[arg-type]
    expected = ours(images, LATENTS.__getitem__).scores[0]
    assert [(score.name, score.value, score.n_real) for score in (*scores, *again)] == [
        ("frechet/means", expected.value, 4500)
    ] * 2
    provenance = evaluator.provenance(scores[0], ema=True, normalization="none")
    assert (provenance.split, provenance.n_real, provenance.n_fake) == ("train", 4500, 101)
    assert evaluator.real_vs_real.keys() == {"frechet/means"}  # 101 held-out digits in place of fakes


def test_protocols_by_name() -> None:
    configs = [checked("data=mnist5k", f"metric={name}")["metric"] for name in ("fid50k", "fid10k_test")]
    assert [(c["split"], c["n_real"], c["n_fake"]) for c in configs] == [
        ("train", None, 50_000),
        ("held_out", None, 10_000),
    ]
    assert checked("metric=torchmetrics")["metric"]["extractor"]["resize"] == "antialiased"
    with pytest.raises(UsageError, match="takes a finite set of images"):
        FrechetProtocol(extractor=MeanLevels()).check(RING)  # type: ignore[arg-type]
    assert (FrechetProtocol.exact_n_fake, Features.exact_n_fake) == (True, False)


@pytest.mark.parametrize("n", [60, 3])
def test_torchmetrics_own_classes_equal_ours(n: int) -> None:
    """With as many reals as fakes KID has one subset, and with few fakes the classifier score one part."""
    generator = torch.Generator().manual_seed(0)
    stock, ours = (kind(extractor=MeanLevels()) for kind in (Torchmetrics, Features))  # type: ignore[arg-type]
    levels = torch.randint(0, 255, (2, n + 3, 1, 4, 4), dtype=torch.uint8, generator=generator)
    real, fake = ours.extract(levels[0]), ours.extract(to_float(levels[1] // 2))
    real["probabilities"] = fake["probabilities"] = torch.rand(n + 3, 10, generator=generator).softmax(1)
    state = torch.get_rng_state()
    theirs = named(stock.scores(real, fake, seed=0, full=True))
    assert torch.equal(torch.get_rng_state(), state)
    found = named(ours.scores(real, fake, seed=0, full=True))
    assert list(theirs) == ["frechet/means", "classifier_score/means", "kid/means"]
    assert theirs == pytest.approx({name: found[name] for name in theirs}, rel=1e-6)
    assert len(stock.scores(real, fake, seed=0, full=False)) == 2
