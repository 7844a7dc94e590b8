from __future__ import annotations

import pytest

from gan_lightning.diagnostic import DivergenceEstimate
from gan_lightning.objective.wgan_gp import WGANGP
from tests.helper.observations import observe, probe, tiny_gan


@pytest.mark.parametrize(("estimate", "wrong"), [(49.0, False), (51.0, True), (-51.0, True)])
def test_against_the_distance_of_random_pairs(estimate: float, wrong: bool) -> None:
    """Both pairs of the probe are (3, 4) apart, which is 5."""
    sign = DivergenceEstimate()(observe(tiny_gan(WGANGP), metrics={"wasserstein": estimate}, probe=probe()))
    assert sign is not None
    assert sign.wrong == wrong
    assert sign.evidence == f"it is {estimate:.3g}, real and fake samples are 5 apart (threshold 10 times)"


def test_only_where_the_slope_should_be_one() -> None:
    assert DivergenceEstimate()(observe(probe=probe())) is None
    assert DivergenceEstimate()(observe(tiny_gan(WGANGP), metrics={"wasserstein": 1.0})) is None
