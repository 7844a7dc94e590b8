from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from tests.helper.run_directory import DIGITS, make_run


@pytest.mark.training
def test_samples_are_the_generators_in_any_arrangement(digits: Sampler) -> None:
    latents = digits.latents(range(60))
    assert digits.shape == (1, 28, 28)
    assert torch.allclose(digits(latents), digits.trained.generator(latents), atol=1e-6)
    assert torch.equal(digits(latents.view(3, 20, -1)).flatten(0, 1), digits(latents))


def test_another_seed_gives_other_samples(digits: Sampler) -> None:
    other = Sampler(digits.trained, seed=1)
    assert not torch.equal(other.latents(range(4)), digits.latents(range(4)))


def test_truncated_latents(digits: Sampler) -> None:
    within = Sampler(digits.trained, truncation=0.3)
    assert within.latents(range(50)).abs().max() <= 0.3
    assert within.latents(range(50), 0.1).abs().max() <= 0.1
    assert not torch.equal(within(within.latents(range(4))), digits(digits.latents(range(4))))


@pytest.mark.training
def test_standing_statistics_follow_from_the_seed_alone(tmp_path: Path) -> None:
    """Whatever `batch` is, and whatever statistics there were."""
    run = str(make_run(tmp_path, *DIGITS))
    fakes = []
    for sampler in (Sampler(load_generator(run), standing=2), Sampler(load_generator(run), standing=2, batch=5)):
        again = Sampler(sampler.trained, standing=2)
        fakes += [sampler(sampler.latents(range(8))), again(again.latents(range(8)))]
    torch.testing.assert_close(fakes, fakes[:1] * 4)
    kept = Sampler(load_generator(run))
    assert (kept(kept.latents(range(8))) - fakes[0]).abs().max() > 1e-2
    norm = next(m for m in sampler.trained.generator.modules() if isinstance(m, nn.BatchNorm2d))
    assert (norm.num_batches_tracked.item(), norm.training) == (2, False)


@pytest.mark.training
def test_nothing_can_stand_without_batch_norm(ring: Sampler) -> None:
    with pytest.raises(UsageError, match="standing=3: this generator has no batch norm; leave it out"):
        Sampler(ring.trained, standing=3)


@pytest.mark.training
def test_samples_are_of_class_after_class_or_of_one(tmp_path: Path) -> None:
    run = make_run(tmp_path, *DIGITS, "condition=concatenation")
    sampler = Sampler(load_generator(str(run)), batch=16)
    assert sampler.classes == 10
    assert sampler.labels(range(8, 12)).tolist() == [8, 9, 0, 1]
    latents = sampler.latents(range(12))
    generator = sampler.trained.generator
    expected = generator(latents, label=torch.arange(12) % 10)
    torch.testing.assert_close(sampler(latents), expected, atol=1e-6, rtol=0)
    rows = sampler(latents[:4].view(2, 2, -1))  # a row is of one class
    expected = generator(latents[:4], label=torch.tensor([0, 0, 1, 1]))
    torch.testing.assert_close(rows.flatten(0, 1), expected, atol=1e-6, rtol=0)
    three = Sampler(sampler.trained, label=3)
    torch.testing.assert_close(three(latents), generator(latents, label=torch.full((12,), 3)), atol=1e-6, rtol=0)
    with pytest.raises(UsageError, match="label=10: this generator has the classes 0 to 9"):
        Sampler(sampler.trained, label=10)


def test_a_generator_that_is_told_nothing_has_no_classes(digits: Sampler) -> None:
    with pytest.raises(UsageError, match="label=0: this generator has no classes"):
        Sampler(digits.trained, label=0)
