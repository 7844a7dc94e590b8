from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from gan_lightning.sample.latent.interpolation import linear, spherical

STEPS = torch.linspace(0, 1, 11, dtype=torch.float64)
unit = st.lists(st.floats(-1, 1), min_size=4, max_size=4).map(lambda v: torch.tensor(v, dtype=torch.float64))
unit = unit.filter(lambda v: v.norm() > 1e-3).map(lambda v: v / v.norm())


def angles(way: Tensor) -> Tensor:
    """Between neighbours on a way of unit vectors."""
    chord = (way[1:] - way[:-1]).norm(dim=-1)
    return 2 * (chord / 2).arcsin()


def test_a_quarter_of_the_circle_in_closed_form() -> None:
    way = spherical(torch.tensor([1.0, 0.0]).double(), torch.tensor([0.0, 1.0]).double(), STEPS)
    expected = torch.stack([(STEPS * math.pi / 2).cos(), (STEPS * math.pi / 2).sin()], dim=1)
    torch.testing.assert_close(way, expected, rtol=0, atol=1e-15)


@given(unit, unit)
def test_constant_speed_on_the_unit_sphere(first: Tensor, second: Tensor) -> None:
    angle = 2 * torch.atan2((first - second).norm(), (first + second).norm())
    way = spherical(first, second, STEPS)
    if math.pi - angle < 1e-4:
        return
    torch.testing.assert_close(way.norm(dim=1), torch.ones(11).double(), rtol=0, atol=1e-11)
    torch.testing.assert_close(angles(way), (angle / 10).expand(10), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("way", [linear, spherical])
def test_ends_are_exact(way: type) -> None:
    first, second = torch.randn(50, 32), torch.randn(50, 32)
    path = way(first, second, STEPS)
    assert path.shape == (50, 11, 32)
    assert path.dtype == torch.float32
    assert torch.equal(path[:, 0], first)
    assert torch.equal(path[:, -1], second)


@pytest.mark.parametrize("factor", [1.0, 2.5, 1 + 1e-9, -1.0, -0.5])
def test_parallel_and_opposite_latents_are_joined_by_the_line(factor: float) -> None:
    first = torch.tensor([0.3, -2.0, 1.0], dtype=torch.float64)
    way = spherical(first, factor * first, STEPS)
    torch.testing.assert_close(way, linear(first, factor * first, STEPS), rtol=0, atol=1e-15)


@pytest.mark.parametrize("angle", [1e-9, 1e-7, 0.99e-6, 1.01e-6, 1e-5, 1e-3])
def test_nearly_parallel_is_as_exact_as_elsewhere(angle: float) -> None:
    second = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64)
    way = spherical(torch.tensor([1.0, 0.0]).double(), second, STEPS)
    torch.testing.assert_close(way[:, 1], (STEPS * angle).sin(), rtol=1e-9, atol=0)


def test_one_pair_is_straight_and_the_other_is_not() -> None:
    first = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    second = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    middle = spherical(first, second, torch.tensor([0.5]))[:, 0]
    torch.testing.assert_close(middle, torch.tensor([[1.5, 0.0], [math.sqrt(0.5), math.sqrt(0.5)]]))


def test_the_line_loses_length_and_the_circle_does_not() -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 2000, 128, generator=generator)
    half = torch.tensor([0.5])
    length = {way: way(first, second, half).norm(dim=-1).mean().item() / math.sqrt(128) for way in (linear, spherical)}
    assert length[linear] == pytest.approx(math.sqrt(0.5), abs=0.01)
    assert length[spherical] == pytest.approx(1, abs=0.01)


def test_a_latent_of_nothing_gives_numbers() -> None:
    assert spherical(torch.zeros(3), torch.ones(3), STEPS).isfinite().all()
