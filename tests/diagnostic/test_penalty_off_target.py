from __future__ import annotations

import pytest

from gan_lightning.diagnostic import PenaltyOffTarget
from gan_lightning.loss import Minimax, Wasserstein
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.penalty import R1R2
from tests.helper.observations import game, look, probe


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
    sign = PenaltyOffTarget()(look(game(WGANGP, **options), probe=probe(slope=slope)))
    assert sign is not None
    assert (sign.wrong, sign.advice) == (wrong, advice)
    assert sign.evidence.startswith(f"‖∇D(x̂)‖ is {slope:.3g} on average")


def test_nobody_pays_more_than_the_loss_of_an_undecided_critic() -> None:
    """2 log 2 = 1.386; the figure of a lazy penalty is `interval` times as strong."""
    module = game(loss=Minimax(), penalty=R1R2(interval=4))
    signs = [PenaltyOffTarget()(look(module, figures={"penalty": 4 * paid})) for paid in (1.38, 1.39)]
    assert [sign.wrong for sign in signs if sign] == [False, True]
    assert signs[1] is not None
    assert signs[1].evidence == "the critic pays 1.39 for its slope (threshold 1.39, its loss where it can't tell)"
    assert signs[1].advice == "objective.critic_optimizer.lr=0.0001"


def test_without_a_least_loss_there_is_no_threshold() -> None:
    module = game(loss=Wasserstein(), penalty=R1R2())
    assert PenaltyOffTarget()(look(module, figures={"penalty": 1e9})) is None
    assert PenaltyOffTarget()(look()) is None
