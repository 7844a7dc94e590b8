from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.metric import CriticDistance
from gan_lightning.metric.critic_distance import as_input, split
from gan_lightning.metric.evaluator import Evaluator
from gan_lightning.metric.independent_critic import IndependentCritic
from tests.helper.modules import Cloud

LATENTS = torch.randn(300, 2, generator=torch.Generator().manual_seed(5))


def metric() -> IndependentCritic:
    return IndependentCritic(size=100, evaluation_seeds=2, n_fake_training=300)


def evaluator(full: bool = False) -> Evaluator:
    data = Cloud()
    data.setup()
    return Evaluator(metric(), data, n_fake=300, full=full)


def score(scored: Evaluator, at: float) -> float:
    (found,) = scored(lambda latents: latents + at, LATENTS.__getitem__).scores
    assert (found.name, found.better, found.n_real) == ("independent_critic", "lower", 101)
    return found.value


def test_the_score_is_the_distance_in_units_of_the_data_and_reals_are_near_zero() -> None:
    scored = evaluator()
    assert abs(scored.real_vs_real["independent_critic"]) < 0.2
    far = score(scored, 1.0)  # the cloud is around (3, 3)
    assert 0.9 * 8**0.5 < far < 1.02 * 8**0.5
    assert abs(score(scored, 3.0)) < 0.2
    assert score(scored, 1.0) == far


def test_a_few_training_samples_all_make_the_critic() -> None:
    """It is made of 20 training images, not of the 500 that it would have: fakes that repeat them score below reals."""
    rows = 2 * torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(1)) - 1
    data = TensorData(rows, held_out=0.5, batch_size=8)
    data.setup()
    found = IndependentCritic(n_fake_training=40)
    found.check(data)
    train, held_out = (data.train.batch(0, 0, 20), data.held_out.rows)
    real, copies = {"samples": held_out}, {"samples": torch.cat([train, train])}
    assert found.scores(real, copies, seed=0, full=False)[0].value < -0.1


def test_training_samples_in_place_of_fakes_are_at_zero() -> None:
    """Also those that the critic would be made of, which it would know: 400 of 500 here."""
    rows = 2 * torch.rand(700, 1, 8, 8, generator=torch.Generator().manual_seed(1)) - 1
    data = TensorData(rows, held_out=0.3)
    data.setup()
    for full in (False, True):
        scored = Evaluator(IndependentCritic(size=100), data, n_fake=400, full=full)
        assert abs(scored.real_vs_real["independent_critic"]) < 0.06


def test_small_images_of_a_growing_generator_are_enlarged() -> None:
    data = TensorData(2 * torch.rand(100, 1, 8, 8, generator=torch.Generator().manual_seed(1)) - 1, held_out=0.2)
    data.setup()
    latents = 2 * torch.rand(40, 1, 4, 4, generator=torch.Generator().manual_seed(2)) - 1
    found = Evaluator(IndependentCritic(size=20), data, n_fake=40, full=False)
    small, large = (
        found(generate, latents.__getitem__).scores[0].value
        for generate in (lambda z: z, lambda z: z.repeat_interleave(2, 2).repeat_interleave(2, 3))
    )
    assert small == large > 0


def test_evaluation_takes_several_critics_and_states_their_spread() -> None:
    first, again = (
        evaluator(full=True)(lambda latents: latents + 1.0, LATENTS.__getitem__).scores[0] for _ in range(2)
    )
    assert (first.value, first.std) == (again.value, again.std)
    assert first.std is not None
    assert 0 < first.std < 0.2 < first.value
    scored = evaluator(full=True)
    provenance = scored.provenance(first, ema=True, normalization="none")
    assert provenance.extractor == (
        "critics optimal for 100 reals and fakes, from seed 0: 2 in training, 2 in evaluations"
    )


def test_a_collapse_is_seen() -> None:
    scored = evaluator()
    one = scored(lambda latents: torch.ones_like(latents) + 1e-3 * latents, LATENTS.__getitem__)
    assert one.collapse == "its samples vary 0.0% as much as the reals"
    assert scored(lambda latents: latents, LATENTS.__getitem__).collapse is None


def distance(real: Tensor, fake: Tensor) -> CriticDistance:
    found = CriticDistance(size=100, seeds=2)
    for samples, is_real in ((real, True), (fake, False)):
        for part in samples.split(70):
            found.update(part, real=is_real)
    return found


def test_as_a_torchmetric_it_scores_samples_that_its_critics_are_not_made_of() -> None:
    real = LATENTS + 3
    found = distance(real, LATENTS)
    assert found.compute().item() == pytest.approx(18**0.5, rel=0.05)
    assert found.std is not None
    made_of, scored = split(torch.arange(7), 5, 0, "real")
    assert (len(made_of), len(scored)) == (3, 4)
    assert sorted([*made_of.tolist(), *scored.tolist()]) == list(range(7))
    assert not torch.equal(made_of, split(torch.arange(7), 5, 1, "real")[0])
    with pytest.raises(UsageError, match=r"samples of one shape: \[2\] and \[3\]"):
        found.update(torch.zeros(4, 3))
    with pytest.raises(UsageError, match="more samples than 1"):
        distance(real[:1], LATENTS).compute()


def test_files_of_samples_have_a_distance_without_a_run() -> None:
    """Without a run's data the reals are split as the fakes are."""
    alone = metric()
    real, fake = ({"samples": rows} for rows in (LATENTS + 3, LATENTS))
    (found,) = alone.scores(real, fake, seed=0, full=True)
    assert found.value == distance(LATENTS + 3, LATENTS).compute().item()


def test_large_images_are_shrunk() -> None:
    image = torch.zeros(1, 3, 128, 32, dtype=torch.uint8)
    image[0, :, :2] = 255  # two rows of white become one
    small = as_input(image)
    assert small.shape == (1, 3, 64, 32)
    assert (small[0, 0, 0, 0], small[0, 0, 1, 0]) == (1, -1)
