from __future__ import annotations

import pytest

from gan_lightning.diagnostic import PenaltyOffTarget
from gan_lightning.loss import Minimax, Wasserstein
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.penalty import R1R2
from tests.helper.observations import observe, probe, tiny_gan


@pytest.mark.parametrize(
    ("slope", "options", "wrong", "advice"),
    [
        (1.0, {}, False, "objective.gp_weight=100"),
        (4.1, {}, True, "objective.gp_weight=100"),
        (4.1, {"gp_weight": 0.0}, True, "objective.gp_weight=0.1"),
        (0.2, {}, True, "objective.n_critic=10"),
        (0.2, {"one_sided": True}, False, "objective.gp_weight=100"),
    ],
)
def test_the_slope_should_be_one(slope: float, options: dict[str, object], wrong: bool, advice: str) -> None:
    sign = PenaltyOffTarget()(observe(tiny_gan(WGANGP, **options), probe=probe(slope=slope)))
    assert sign is not None
    assert (sign.wrong, sign.advice) == (wrong, advice)
    assert sign.evidence.startswith(f"‖∇D(x̂)‖ is {slope:.3g} on average")


def test_the_penalty_is_at_most_the_loss_of_an_undecided_critic() -> None:
    """2 log 2 = 1.386; the figure of a lazy penalty is `interval` times as strong."""
    module = tiny_gan(loss=Minimax(), penalty=R1R2(interval=4))
    signs = [PenaltyOffTarget()(observe(module, metrics={"penalty": 4 * paid})) for paid in (1.38, 1.39)]
    assert [sign.wrong for sign in signs if sign] == [False, True]
    assert signs[1] is not None
    assert signs[1].evidence == "the penalty is 1.39 (threshold 1.39, the loss of an undecided critic)"
    assert signs[1].advice == "objective.critic_optimizer.lr=0.0001"


def test_without_a_least_loss_there_is_no_threshold() -> None:
    module = tiny_gan(loss=Wasserstein(), penalty=R1R2())
    assert PenaltyOffTarget()(observe(module, metrics={"penalty": 1e9})) is None
    assert PenaltyOffTarget()(observe()) is None
