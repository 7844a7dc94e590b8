from __future__ import annotations

import math

import pytest

from gan_lightning.diagnostic import GeneratorGradientVanishing
from gan_lightning.loss import Minimax, NonSaturating
from gan_lightning.objective.wgan import WGAN
from tests.helper.observations import observe, tiny_gan

SURE = math.log(199)  # σ(-D) = 0.005, of 0.5 where the critic can't tell: 1%


@pytest.mark.parametrize(("at", "wrong"), [(SURE - 0.01, False), (SURE + 0.01, True)])
def test_minimax_dies_where_the_critic_is_sure(at: float, wrong: bool) -> None:
    sign = GeneratorGradientVanishing()(observe(tiny_gan(loss=Minimax()), real=(at, at), fake=(-at, -at)))
    assert (sign is not None and sign.wrong) == wrong
    if wrong:
        assert sign is not None
        assert sign.evidence.startswith("its loss keeps 0.99% of its slope")
        assert sign.advice == "loss@objective.loss=non_saturating"


def test_minus_log_d_does_not() -> None:
    assert (
        GeneratorGradientVanishing()(observe(tiny_gan(loss=NonSaturating()), real=(99.0, 99.0), fake=(-99.0, -99.0)))
        is None
    )


def test_a_generator_far_ahead_gets_a_better_critic() -> None:
    sign = GeneratorGradientVanishing()(observe(tiny_gan(loss=NonSaturating()), real=(-9.0, -9.0), fake=(9.0, 9.0)))
    assert sign is not None
    assert sign.wrong
    assert sign.advice == "objective.n_critic=2"


@pytest.mark.parametrize(("norm", "wrong"), [(2.4e-7, True), (2.5e-7, False)])
def test_a_gradient_of_the_size_of_eps(norm: float, wrong: bool) -> None:
    """Six weights: 1e-7 at each is a norm of √6·1e-7 = 2.45e-7."""
    sign = GeneratorGradientVanishing()(observe(tiny_gan(WGAN, clip=1e-4), metrics={"generator_grad_norm": norm}))
    assert sign is not None
    assert sign.wrong == wrong
    assert sign.evidence.endswith("(threshold 1e-07, 10 ε)")
    assert sign.advice == "objective.clip=0.01"
