"""Names of a sweep's jobs have values as they were typed."""

from __future__ import annotations

import pytest

from gan_lightning.sweep.names import _name_of_job


@pytest.mark.parametrize(
    ("override", "name"),
    [
        ("trainer.deterministic=True", "3_trainer.deterministic=true"),
        ("objective.schedule=null", "3_objective.schedule=null"),
        ("model=TrueNorth", "3_model=TrueNorth"),
        ("objective.gp_weight=0.1", "3_objective.gp_weight=0.1"),
    ],
)
def test_a_job_is_named_as_typed(override: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAN_LIGHTNING_COMMON", raising=False)
    assert _name_of_job(3, [override]) == name
