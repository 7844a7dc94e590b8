from __future__ import annotations

import pytest

from gan_lightning.diagnostic import CriticOverfitting
from gan_lightning.penalty import GradientPenalty
from tests.helper.observations import observe, probe, tiny_gan


@pytest.mark.parametrize(("held", "share", "wrong"), [(0.5, "50%", False), (0.3, "70%", True), (-0.5, "150%", True)])
def test_r_of_scores_worked_out_by_hand(held: float, share: str, wrong: bool) -> None:
    tried = probe(trained=(0.99, 1.01), held=(held - 0.01, held + 0.01), scored=(0.0, 0.0))  # (1 - held) / (1 - 0)
    sign = CriticOverfitting()(observe(probe=tried))
    assert sign is not None
    assert sign.evidence.startswith(f"held-out samples are {share} of the way")
    assert sign.wrong == wrong


def test_a_difference_within_its_error_is_none() -> None:
    # 1 - 0.2 = 0.8 apart; the standard error is √(2·0.32/2 + 0) = 0.57, so three of them are more than that
    sign = CriticOverfitting()(observe(probe=probe(trained=(0.6, 1.4), held=(0.2, 0.2))))
    assert sign is not None
    assert not sign.wrong
    assert "80%" in sign.evidence
    assert CriticOverfitting(errors=1.0)(observe(probe=probe(trained=(0.6, 1.4), held=(0.2, 0.2)))).wrong  # type: ignore[union-attr]


def test_data_drawn_from_a_distribution_are_not_memorized() -> None:
    assert CriticOverfitting()(observe(probe=probe())) is None
    assert CriticOverfitting()(observe()) is None


def test_a_penalized_critic_is_slowed() -> None:
    sign = CriticOverfitting()(observe(tiny_gan(penalty=GradientPenalty()), probe=probe(trained=(1.0, 1.0))))
    assert sign is not None
    assert sign.advice == "objective.critic_optimizer.lr=0.0002"
