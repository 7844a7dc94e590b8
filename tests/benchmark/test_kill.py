"""A few kills of each kind; `python -m benchmarks.kill` does many."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kill import SCENARIOS, Scenario, differences, finish, kill, make_images


@pytest.mark.process
@pytest.mark.parametrize(("scenario", "devices"), [(SCENARIOS[0], 1), (SCENARIOS[2], 2)], ids=["workers", "two ranks"])
def test_a_killed_run_ends_as_the_uninterrupted_one(scenario: Scenario, devices: int, tmp_path: Path) -> None:
    shorter = (*scenario.overrides, "trainer.max_steps=50")
    scenario = Scenario(scenario.name, shorter)
    make_images(tmp_path)
    seconds = finish(scenario, "whole", tmp_path, devices)
    assert kill(scenario, "broken", tmp_path, devices, after=seconds * 0.3)
    finish(scenario, "broken", tmp_path, devices)
    assert differences(tmp_path / "whole", tmp_path / "broken") == []
