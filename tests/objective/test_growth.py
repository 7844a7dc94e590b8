"""The growth schedule, without a network."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.core.errors import UsageError
from gan_lightning.objective.growth import GrowthSchedule, Phase


def test_by_hand() -> None:
    growth = GrowthSchedule(16, stable_images=100, fade_images=40, batch_size=8, batch_sizes={8: 4, 64: 1})
    assert growth.phases == [Phase(0, 0, 0, 100, 8), Phase(1, 100, 140, 240, 4), Phase(2, 240, 280, 380, 8)]
    assert growth.images == 380
    seen = [0, 99, 100, 101, 110, 139, 140, 239, 240, 250, 279, 280, 380, 10**9]
    assert [growth.at(n).level for n in seen] == [0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]
    alphas = [1, 1, 0, 1 / 40, 10 / 40, 39 / 40, 1, 1, 0, 10 / 40, 39 / 40, 1, 1, 1]
    assert [growth.at(n).alpha for n in seen] == alphas
    assert [growth.resolution(growth.at(n).level) for n in (0, 100, 240)] == [4, 8, 16]
    assert growth.at(120) == (120, 1, 0.5, 4)


def test_the_paper_at_1024() -> None:
    growth = GrowthSchedule(1024)
    assert len(growth.phases) == 9
    assert growth.images == 9 * 600_000 + 8 * 600_000
    assert [phase.begin for phase in growth.phases[:3]] == [0, 600_000, 1_800_000]
    assert [phase.batch_size for phase in growth.phases] == [16] * 6 + [14, 6, 3]
    assert growth.at(8 * 1_200_000 - 300_000) == (9_300_000, 8, 0.5, 3)


def test_without_growth_and_without_fades() -> None:
    fixed = GrowthSchedule(32, first_resolution=32, stable_images=50)
    assert fixed.phases == [Phase(3, 0, 0, 50, 16)]
    assert fixed.at(0).alpha == 1
    abrupt = GrowthSchedule(8, stable_images=50, fade_images=0)
    assert [abrupt.at(n)[1:3] for n in (49, 50, 51)] == [(0, 1.0), (1, 1.0), (1, 1.0)]


def test_steps_across_boundaries_by_hand() -> None:
    """Batches of 8 and two critic turns: 16 images a step at level 0 and 2, 12 at level 1."""
    growth = GrowthSchedule(16, stable_images=100, fade_images=40, batch_size=8, batch_sizes={8: 6})
    images = [0, 16, 32, 48, 64, 80, 96]  # the seventh step crosses 100: level 0 to its end, at 112
    images += [112, 124, 136, 148, 160, 172, 184, 196, 208, 220, 232]  # the last one crosses 240
    images += [244, 260, 276, 292]
    steps = [growth.at_step(k, n_critic=2) for k in range(len(images))]
    assert [stage.images for stage in steps] == images
    assert [stage.level for stage in steps] == [0] * 7 + [1] * 11 + [2] * 4
    assert [stage.alpha for stage in steps[6:11]] == [1, 12 / 40, 24 / 40, 36 / 40, 1]
    assert [stage.alpha for stage in steps[18:]] == [4 / 40, 20 / 40, 36 / 40, 1]
    assert [stage.batch_size for stage in steps] == [8] * 7 + [6] * 11 + [8] * 4
    # Step 27 is the first that starts at 380 images or later: 244 + 9·16 = 388.
    assert growth.num_steps(n_critic=2) == 27
    assert growth.at_step(27, n_critic=2).images == 388


def test_levels_inside_one_batch_are_skipped() -> None:
    growth = GrowthSchedule(32, stable_images=3, fade_images=2, batch_size=4, batch_sizes={4: 13, 8: 1000})
    # Levels begin at 0, 3, 8 and 13 images: the first batch spans 8 and 16 px.
    assert [growth.at_step(k)[:2] for k in range(4)] == [(0, 0), (13, 3), (17, 3), (21, 3)]
    assert growth.num_steps() == 3
    assert GrowthSchedule(8, stable_images=3, fade_images=2, batch_size=1000).num_steps() == 1


growths = st.builds(
    GrowthSchedule,
    st.sampled_from([8, 16, 32, 64]),
    first_resolution=st.sampled_from([4, 8]),
    stable_images=st.integers(1, 60),
    fade_images=st.integers(0, 60),
    batch_size=st.integers(1, 40),
    batch_sizes=st.dictionaries(st.sampled_from([4, 8, 16, 32, 64]), st.integers(1, 200)),
)


@given(growths, st.integers(1, 3))
def test_steps_are_the_walk_through_the_images(growth: GrowthSchedule, n_critic: int) -> None:
    images, k = 0, 0
    while images < growth.images:
        stage = growth.at_step(k, n_critic)
        assert stage == growth.at(images)
        images, k = images + stage.batch_size * n_critic, k + 1
    assert growth.num_steps(n_critic) == k
    assert growth.at_step(k, n_critic) == growth.at(images)
    assert growth.at_step(k + 1000, n_critic) == growth.at(images + 1000 * n_critic * growth.phases[-1].batch_size)


@given(growths)
def test_levels_go_up_and_fades_rise_by_equal_steps(growth: GrowthSchedule) -> None:
    stages = [growth.at(n) for n in range(growth.images + 2)]
    for before, after in pairwise(stages):
        assert after.level - before.level in (0, 1)
        if after.level == before.level and after.alpha != before.alpha:
            phase = growth.phases[after.level - growth.phases[0].level]
            assert after.alpha - before.alpha == pytest.approx(1 / (phase.fade_end - phase.begin))
        if after.level > before.level:
            assert before.alpha == 1


def test_distant_steps_cost_no_more_than_near_ones() -> None:
    assert GrowthSchedule(1024, batch_sizes={}).at_step(10**15).images == 16 * 10**15


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"last_resolution": 50},
            "GrowthSchedule: last_resolution=50 is not base·2^level with base 4…7: use 56 or 48",
        ),
        (
            {"last_resolution": 8, "first_resolution": 16},
            "GrowthSchedule: first_resolution=16 is above last_resolution=8: use 8 or less",
        ),
        (
            {"last_resolution": 8, "batch_sizes": {13: 4}},
            "GrowthSchedule: batch_sizes at resolution=13 is not base·2^level with base 4…7: use 14 or 12",
        ),
        (
            {"last_resolution": 8, "batch_sizes": {8: 0}},
            "GrowthSchedule: batch_sizes={8: 0} must be greater than or equal to 1",
        ),
        (
            {"last_resolution": 8, "stable_images": 0},
            "GrowthSchedule: stable_images=0 must be greater than or equal to 1",
        ),
        (
            {"last_resolution": 8, "fade_images": -1},
            "GrowthSchedule: fade_images=-1 must be greater than or equal to 0",
        ),
    ],
)
def test_refusals(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        GrowthSchedule(**arguments)  # type: ignore[arg-type]
    assert str(refusal.value) == message
