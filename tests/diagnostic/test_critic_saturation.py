from __future__ import annotations

import math

import pytest

from gan_lightning.diagnostic import CriticSaturation
from gan_lightning.diagnostic.base import slope
from gan_lightning.loss import Hinge, Minimax
from gan_lightning.objective.wgan import WGAN
from gan_lightning.penalty import R1R2
from tests.helper.observations import observe, probe, scores, tiny_gan

SURE = math.log(99)  # σ = 0.99: the slope of a cross entropy is 0.01, that of an undecided critic 0.5


@pytest.mark.parametrize(("at", "wrong"), [(SURE - 0.01, False), (SURE + 0.01, True)])
def test_a_cross_entropy_is_flat_from_99_percent_on(at: float, wrong: bool) -> None:
    sign = CriticSaturation()(observe(tiny_gan(loss=Minimax()), real=(at, at), fake=(-at, -at)))
    assert sign is not None
    assert sign.wrong == wrong
    assert sign.evidence == f"its loss keeps {'1.98%' if wrong else '2.02%'} of its slope (threshold 2%)"


def test_a_hinge_is_flat_beyond_its_margin() -> None:
    sides = [
        CriticSaturation()(observe(tiny_gan(loss=Hinge()), real=(2.0, at), fake=(-2.0, -2.0))) for at in (0.5, 1.5)
    ]
    assert [(sign.wrong, sign.evidence[:22]) for sign in sides if sign] == [
        (False, "its loss keeps 25.00% "),  # one of four
        (True, "its loss keeps 0.00% o"),
    ]


def test_a_wasserstein_loss_is_never_flat() -> None:
    sign = CriticSaturation()(observe(tiny_gan(WGAN), real=(1e6, 1e6), fake=(-1e6, -1e6)))
    assert sign is not None
    assert "100.00%" in sign.evidence


def test_advice_goes_by_what_is_there() -> None:
    def advice(**options: object) -> str:
        lr = options.pop("lr", (1e-3, 1e-3))
        sign = CriticSaturation()(observe(tiny_gan(**options), lr=lr, probe=probe()))  # type: ignore[arg-type]
        assert sign is not None
        return sign.advice

    assert advice(lr=(0.02, 2e-4)) == "objective.critic_optimizer.lr=0.0002"
    assert advice() == "penalty@objective.penalty=r1_r2 critic_norm=layer objective.penalty.r1=0.1"
    assert advice(penalty=R1R2(r1=0.3)) == "objective.penalty.r1=3"


def test_slope_of_a_sum_of_squares() -> None:
    assert slope(lambda s: s.square().sum(), scores(1.0, -2.0)) == 6.0
