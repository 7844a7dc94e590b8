from __future__ import annotations

from gan_lightning.diagnostic import GeneratorGradientExplosion
from tests.helper.observations import observe


def test_against_the_median_of_the_early_observations_after_the_first() -> None:
    rule = GeneratorGradientExplosion()
    norms = [99.0, 1.0, 4.0, 2.0, 200.0, 200.1]
    signs = [rule(observe(metrics={"generator_grad_norm": norm})) for norm in norms]
    assert signs[:4] == [None] * 4
    assert [sign.wrong for sign in signs[4:] if sign] == [False, True]
    assert signs[4] is not None
    assert signs[4].evidence == "its norm is 200, 100 times the early one (threshold 100)"


def test_next_to_nothing_may_grow() -> None:
    rule = GeneratorGradientExplosion(early=1)
    signs = [rule(observe(metrics={"generator_grad_norm": norm})) for norm in (1e-9, 1e-9, 9.9, 10.1)]
    assert [sign.wrong for sign in signs if sign] == [False, True]
