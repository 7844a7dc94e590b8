from __future__ import annotations

import pytest
import torch

from gan_lightning.sample.latent.arithmetic import combine, perturbed_grid


def test_worked_out_by_hand() -> None:
    start = torch.tensor([[1.0, 0.0], [3.0, 0.0]])
    minus = torch.tensor([[1.0, 3.0], [2.0, 6.0], [3.0, 0.0]])
    plus = torch.tensor([[0.0, 10.0]])
    assert combine(start, minus, plus).tolist() == [0.0, 7.0]


def test_three_means_of_three_are_as_long_as_a_latent() -> None:
    z = torch.randn(3, 3, 100_000, generator=torch.Generator().manual_seed(0))
    assert combine(*z).square().mean().item() == pytest.approx(1, abs=0.02)


def test_the_result_is_in_the_middle_and_the_noise_around_it() -> None:
    center = torch.randn(5000)
    nine = perturbed_grid(center, 0.25, torch.Generator().manual_seed(0))
    assert nine.shape == (3, 3, 5000)
    assert torch.equal(nine[1, 1], center)
    noise = (nine - center).flatten(0, 1)[[0, 1, 2, 3, 5, 6, 7, 8]]
    assert 0.2499 < noise.abs().max() < 0.2501
    assert noise.square().mean().sqrt().item() == pytest.approx(0.25 / 3**0.5, rel=0.01)


def test_no_noise_is_nine_times_the_result() -> None:
    assert torch.equal(perturbed_grid(torch.ones(4), 0.0, torch.Generator()), torch.ones(3, 3, 4))
