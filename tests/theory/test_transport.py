from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import Wasserstein
from gan_lightning.penalty import GradientPenalty
from gan_lightning.study.tool.critic_evaluation import max_gradient_norm
from gan_lightning.study.tool.train_discriminator import train_discriminator
from gan_lightning.theory import (
    Transport,
    kantorovich_critic,
    transport,
    wasserstein,
    wasserstein_1d,
)

# The lecture's example: six boxes on the places 1, 2, 3, to be moved to 7, 8, 9, 10.
ROWS, COLUMNS = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([7.0, 8.0, 9.0, 10.0])
BOXES, WANTED = [3.0, 2.0, 1.0], [1.0, 2.0, 1.0, 2.0]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor]:
    """Costs of any sign with many ties, and masses that may be zero."""
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    costs = draw(st.lists(st.integers(-3, 5), min_size=n * m, max_size=n * m))
    p, q = (draw(st.lists(st.integers(0, 4), min_size=k, max_size=k).filter(any)) for k in (n, m))
    p, q = (torch.tensor(x, dtype=torch.float64) for x in (p, q))
    return torch.tensor(costs, dtype=torch.float64).reshape(n, m), p / p.sum(), q / q.sum()


def assert_solves(found: Transport, costs: Tensor, p: Tensor, q: Tensor) -> None:
    """A plan, a bound that no plan is below, and the two meet: nothing else has to be shown."""
    torch.testing.assert_close(found.plan.sum(1), p)
    torch.testing.assert_close(found.plan.sum(0), q)
    assert (found.plan >= 0).all()
    slack = costs - found.rows[:, None] - found.columns
    assert slack.min() >= -1e-12
    assert slack[found.plan > 0].abs().max() < 1e-12
    assert (p @ found.rows + q @ found.columns).item() == pytest.approx(found.cost.item(), abs=1e-12)


@pytest.mark.training
@given(problems())
def test_plan_and_potentials_prove_each_other(problem: tuple[Tensor, Tensor, Tensor]) -> None:
    assert_solves(transport(*problem), *problem)


@settings(max_examples=40)
@given(problems())
def test_as_a_linear_program(problem: tuple[Tensor, Tensor, Tensor]) -> None:
    costs, p, q = problem
    n, m = costs.shape
    margins = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    solved = linprog(costs.flatten().numpy(), A_eq=margins, b_eq=torch.cat([p, q]).numpy(), method="highs")
    assert transport(*problem).cost.item() == pytest.approx(solved.fun, abs=1e-9)


def test_the_lecture_costs_42_by_every_plan() -> None:
    # Σ boxes · place is 10 before and 52 after. All go right, so whichever box goes where, the distance is 52 - 10.
    costs = (COLUMNS - ROWS[:, None]).abs().double()
    cheapest, dearest = transport(costs, BOXES, WANTED), transport(-costs, BOXES, WANTED)
    assert cheapest.cost.item() == pytest.approx(42)
    assert -dearest.cost.item() == pytest.approx(42)
    by_hand = torch.outer(torch.tensor(BOXES), torch.tensor(WANTED)).double() / 6
    assert (by_hand * costs).sum().item() == pytest.approx(42)
    assert_solves(cheapest, costs, torch.tensor(BOXES).double(), torch.tensor(WANTED).double())


def test_squared_distances_distinguish_the_lecture_s_plans() -> None:
    costs = (COLUMNS - ROWS[:, None]).double() ** 2
    # In order, 1→7 1→8 1→8, 2→9 2→10, 3→10: 36 + 49 + 49 + 49 + 64 + 49. In reverse, 3→7, 2→8 2→8, 1→9 1→10 1→10.
    assert transport(costs, BOXES, WANTED).cost.item() == pytest.approx(296)
    assert -transport(-costs, BOXES, WANTED).cost.item() == pytest.approx(16 + 36 + 36 + 64 + 81 + 81)


def test_plans_that_differ() -> None:
    # From 0 and 5 to 6 and 1, one box each: 0→1 and 5→6 is 2, but 0→6 and 5→1 is 10.
    costs = [[6.0, 1.0], [1.0, 4.0]]
    cheapest, dearest = transport(costs, [1, 1], [1, 1]), transport([[-6, -1], [-1, -4]], [1, 1], [1, 1])
    assert cheapest.cost == 2
    assert cheapest.plan.tolist() == [[0, 1], [1, 0]]
    assert dearest.cost == -10
    assert dearest.plan.tolist() == [[1, 0], [0, 1]]


def test_mass_is_split_where_it_must_be() -> None:
    found = transport([[1.0, 2.0, 9.0], [4.0, 1.0, 3.0]], [2, 1], [1, 1, 1])
    assert found.plan.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert found.cost == 6


def test_equal_shares_are_an_assignment() -> None:
    x, y = torch.randn(300, 2).double(), torch.randn(300, 2).double() + 1
    costs = torch.cdist(x, y)
    rows, columns = linear_sum_assignment(costs.numpy())
    assert wasserstein(x, y).item() == pytest.approx(costs[rows, columns].mean().item(), rel=1e-12)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5)), min_size=1, max_size=8), st.sampled_from([1, 2, 3.5]))
def test_on_the_line_as_in_closed_form(weighted: list[tuple[int, int]], order: float) -> None:
    x, p = torch.tensor(weighted, dtype=torch.float64).T
    y, q = torch.tensor([-2.0, 0.5, 4.0]).double(), torch.full((3,), p.sum() / 3)
    found = wasserstein(x[:, None], y[:, None], p, q, order)
    assert found.item() == pytest.approx(wasserstein_1d(x, y, p, q, order).item(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("unit", [1e-300, 1e-15, 1e-6, 1e6, 1e300])
def test_the_unit_of_the_costs_does_not_matter(unit: float) -> None:
    costs = torch.rand(20, 30).double()
    costs[0] *= 1e-9  # nor how different they are
    plain, scaled = transport(costs), transport(unit * costs)
    assert_solves(plain, costs, plain.plan.sum(1), plain.plan.sum(0))
    for one, other in zip(plain, scaled, strict=True):
        other = other if other is scaled.plan else other / unit
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13)


def test_a_metric() -> None:
    x, y, z = torch.randn(3, 20, 2).double().unbind()
    for order in (1, 2):
        xy, yz, xz = (wasserstein(a, b, order=order) for a, b in ((x, y), (y, z), (x, z)))
        assert wasserstein(x, x[torch.randperm(20)], order=order) < 1e-12
        assert xy.item() == pytest.approx(wasserstein(y, x, order=order).item())
        assert xz <= xy + yz
    assert wasserstein(x, y, order=1) <= wasserstein(x, y, order=2)


def test_a_shift_costs_its_length_and_adds_to_any_order() -> None:
    x, shift = torch.randn(50, 3).double(), torch.tensor([2.0, -1.0, 2.0]).double()
    assert wasserstein(x, x + shift).item() == pytest.approx(3)
    assert wasserstein(x, x + shift, order=2).item() == pytest.approx(3)


def test_gradients_are_the_plan() -> None:
    costs = torch.rand(4, 6, dtype=torch.float64, requires_grad=True)
    found = transport(costs)
    found.cost.backward()
    assert costs.grad is not None
    torch.testing.assert_close(costs.grad, found.plan)
    x, y = torch.randn(4, 2, dtype=torch.float64, requires_grad=True), torch.randn(5, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: wasserstein(x, y), x)
    assert torch.autograd.gradcheck(lambda x: wasserstein(x, y, order=2), x)


@settings(max_examples=40)
@given(problems(), st.floats(0.1, 10))
def test_k_lipschitz_critics_measure_k_times_the_distance(problem: tuple[Tensor, Tensor, Tensor], k: float) -> None:
    # Potentials may differ by K times the distance instead: the dual of costs K d.
    costs, p, q = problem
    assert transport(k * costs, p, q).cost.item() == pytest.approx(k * transport(*problem).cost.item(), abs=1e-10)


@pytest.mark.training
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 3), st.integers(0, 10**6))
def test_the_exact_critic_attains_the_distance_and_is_lipschitz(n: int, m: int, d: int, seed: int) -> None:
    torch.manual_seed(seed)
    x, y, p, q = torch.randn(n, d), torch.randn(m, d), torch.rand(n).double(), torch.rand(m).double()
    p, q = p / p.sum(), q / q.sum()
    critic, primal = kantorovich_critic(x, y, p, q), wasserstein(x, y, p, q)
    assert (p @ critic(x) - q @ critic(y)).item() == pytest.approx(primal.item(), abs=1e-12)
    anywhere = 5 * torch.randn(40, d).double()
    rise, run = (critic(anywhere) - critic(anywhere).flip(0)).abs(), (anywhere - anywhere.flip(0)).norm(dim=1)
    assert (rise <= run + 1e-12).all()
    assert max_gradient_norm(critic, anywhere) == pytest.approx(1)


def test_no_lipschitz_critic_measures_more() -> None:
    x, y = torch.randn(40, 2).double(), torch.randn(30, 2).double() + 0.5
    for apex in torch.randn(50, 2).double():  # cones are 1-Lipschitz
        assert (x - apex).norm(dim=1).mean() - (y - apex).norm(dim=1).mean() <= wasserstein(x, y)


@pytest.mark.training
def test_a_trained_critic_finds_the_same_distance() -> None:
    x, y = torch.randn(64, 2).double(), 0.5 * torch.randn(64, 2).double() + torch.tensor([1.5, 0.0])
    exact = wasserstein(x, y).item()

    def drawn(points: Tensor) -> object:
        return lambda n, source: points[torch.randint(len(points), (n,), generator=source)]

    weight = 10.0
    critic = train_discriminator(
        Wasserstein(), drawn(x), drawn(y), penalty=GradientPenalty(weight), steps=300, batch=64
    )
    dual = Wasserstein().divergence(critic(x), critic(y)).item()
    # The penalty lets it be steeper by about W/2λ.
    assert exact < dual < exact * (1 + exact / (2 * weight)) + 0.05


@pytest.mark.parametrize(
    ("costs", "p", "q", "message"),
    [
        ([1.0, 2.0], None, None, "give a matrix"),
        ([[1.0, math.inf]], None, None, "give a matrix of finite numbers"),
        ([[1.0, 2.0]], [1.0], [1.0], r"p \(1,\) and q \(1,\): give one mass per point, \(1,\) and \(2,\)"),
        ([[1.0, 2.0]], [1.0], [1.0, 1.0], "the total mass of p is 1, of q 2"),
        ([[1.0, 2.0]], [0.0], [0.0, 0.0], "the same total above 0"),
        ([[1.0, 2.0]], [1.0], [2.0, -1.0], "q contains negative"),
    ],
)
def test_errors(costs: list[list[float]], p: list[float], q: list[float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        transport(costs, p, q)


def test_points_without_a_distance_raise() -> None:
    with pytest.raises(UsageError, match=r"points \(3, 2\) and \(3, 1\): give \[n, d\] and \[m, d\]"):
        wasserstein(torch.zeros(3, 2), torch.zeros(3, 1))
    with pytest.raises(UsageError, match=r"order=0\.5 must be 1 or more"):
        wasserstein(torch.zeros(3, 2), torch.zeros(3, 2), order=0.5)
