from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.metric import CriticDistance
from gan_lightning.metric.base import StatefulMetric
from gan_lightning.metric.critic_distance import split
from gan_lightning.metric.evaluator import Evaluator
from gan_lightning.metric.independent_critic import IndependentCritic
from tests.helper.modules import Cloud

LATENTS = torch.randn(300, 2, generator=torch.Generator().manual_seed(5))


def metric() -> IndependentCritic:
    return IndependentCritic(first_steps=60, steps=5, evaluation_steps=60, evaluation_seeds=2, n_fake_training=300)


def evaluator(full: bool = False) -> Evaluator:
    data = Cloud()
    data.setup()
    return Evaluator(metric(), data, n_fake=300, full=full)


def score(scored: Evaluator, at: float) -> float:
    (found,) = scored(lambda latents: latents + at, LATENTS.__getitem__).scores
    assert (found.name, found.better, found.n_real) == ("independent_critic", "lower", 101)
    return found.value


def test_fakes_like_the_reals_score_lower_and_reals_near_zero() -> None:
    scored = evaluator()
    assert abs(scored.real_vs_real["independent_critic"]) < 0.4
    far = score(scored, 1.0)  # the cloud is around (3, 3)
    assert 1.0 < far < 4.0
    scored.metric.load_state_dict(None)
    assert abs(score(scored, 3.0)) < 0.4 < far


def test_in_training_it_goes_on_and_can_be_brought_back() -> None:
    scored = evaluator()
    assert isinstance(scored.metric, StatefulMetric)
    scored.metric.load_state_dict(None)
    assert scored.metric.state_dict() is None
    score(scored, 1.0)
    state = scored.metric.state_dict()
    assert state["steps"] == 60
    values = [score(scored, 1.5) for _ in range(2)]
    assert scored.metric.state_dict()["steps"] == 70
    scored.metric.load_state_dict(state)
    assert [score(scored, 1.5) for _ in range(2)] == values
    assert values[0] != values[1]
    del state["weights"]["1.weight"]
    with pytest.raises(UsageError, match=r"independent_critic.weights.1.weight is missing"):
        scored.metric.load_state_dict(state)


def test_images_have_a_new_critic_at_each_score() -> None:
    data = TensorData(2 * torch.rand(600, 1, 8, 8, generator=torch.Generator().manual_seed(1)) - 1, batch_size=8)
    data.setup()
    scored = Evaluator(metric(), data, n_fake=300, full=False)
    latents = 2 * torch.rand(300, 1, 8, 8, generator=torch.Generator().manual_seed(2)) - 1

    def at(shift: float) -> float:
        return scored(lambda latents: latents - shift, latents.__getitem__).scores[0].value

    values = [at(shift) for shift in (0.1, 0.5, 0.1)]
    assert values[0] == values[2] < values[1]
    assert isinstance(scored.metric, StatefulMetric)
    assert scored.metric.state_dict() is None
    scored.metric.load_state_dict({"steps": 7})  # of a version whose critics of images went on
    assert at(0.1) == values[0]


def test_evaluation_trains_from_scratch_and_states_the_spread_of_seeds() -> None:
    first, again = (
        evaluator(full=True)(lambda latents: latents + 1.0, LATENTS.__getitem__).scores[0] for _ in range(2)
    )
    assert (first.value, first.std) == (again.value, again.std)
    assert first.std is not None
    assert 0 < first.std < first.value
    scored = evaluator(full=True)
    provenance = scored.provenance(first, ema=True, normalization="none")
    assert provenance.extractor == (
        "independent critic, hidden layers 128-128-128, 2 x 60 updates of 256, seed 0, Adam 0.001, gradient penalty "
        "10, averaged by 0.99"
    )


def test_a_collapse_is_seen() -> None:
    scored = evaluator()
    one = scored(lambda latents: torch.ones_like(latents) + 1e-3 * latents, LATENTS.__getitem__)
    assert one.collapse == "its samples vary 0.0% as much as the reals"
    assert scored(lambda latents: latents, LATENTS.__getitem__).collapse is None


def distance(real: Tensor, fake: Tensor) -> CriticDistance:
    found = CriticDistance(steps=60, seeds=2)
    for samples, is_real in ((real, True), (fake, False)):
        for part in samples.split(70):
            found.update(part, real=is_real)
    return found


def test_as_a_torchmetric_it_scores_what_it_was_not_trained_on() -> None:
    real = LATENTS + 3
    found = distance(real, LATENTS)
    assert found.compute().item() == pytest.approx(18**0.5, rel=0.2)
    assert found.std is not None
    trained, scored = split(torch.arange(7))
    assert (trained.tolist(), scored.tolist()) == ([0, 1, 3, 4, 6], [2, 5])
    with pytest.raises(UsageError, match=r"samples of one shape: \[2\] and \[3\]"):
        found.update(torch.zeros(4, 3))
    with pytest.raises(UsageError, match="more samples than 2"):
        distance(real[:2], LATENTS).compute()


def test_files_of_samples_have_a_distance_without_a_run() -> None:
    """Without a run's data the reals are split as the fakes are."""
    alone = metric()
    real, fake = ({"samples": rows} for rows in (LATENTS + 3, LATENTS))
    (found,) = alone.scores(real, fake, seed=0, full=True)
    assert found.value == distance(LATENTS + 3, LATENTS).compute().item()
