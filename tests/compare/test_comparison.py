from __future__ import annotations

import csv
import io
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf
from rich.console import Console

from gan_lightning.compare import table
from gan_lightning.compare.__main__ import compare
from gan_lightning.compare.comparison import compare_runs
from gan_lightning.compare.group import Mean
from gan_lightning.compare.sweep import is_geometric
from gan_lightning.core.errors import UsageError
from tests.helper.fake_runs import PROVENANCE, make, sweep

RING = ("data=ring8", "model=mlp_small")


def lines(*places: Path, **options: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.text(compare_runs(places, **options)))))


@pytest.mark.training
def test_seeds_are_one_row_with_mean_and_error_and_the_best_is_first(tmp_path: Path) -> None:
    place = sweep(tmp_path / "sweep", "objective.gp_weight", (0.1, 1, 10), *RING, "objective=wgan_gp", seeds=3)
    found = lines(place)
    assert [row["objective.gp_weight"] for row in found] == ["1", "0.1", "10"]
    assert [row["rank"] for row in found] == ["1", "2", "3"]
    # seeds 5 6 7: mean 6, deviation 1, error 1/√3
    assert float(found[0]["w1"]) == 6
    assert float(found[0]["w1 s.e."]) == pytest.approx(1 / math.sqrt(3))
    assert (found[0]["seeds"], found[0]["w1 n"]) == ("3", "3")
    assert list(found[0])[:4] == ["rank", "status", "objective.gp_weight", "seeds"]
    assert found[0]["directories"].count(";") == 2


@pytest.mark.training
def test_more_is_better_where_it_is(tmp_path: Path) -> None:
    for lr, modes in ((0.1, 3), (0.2, 8), (0.3, 5)):
        make(tmp_path / str(lr), *RING, f"objective.critic_optimizer.lr={lr}", scores={"modes": modes})
    assert [row["objective.critic_optimizer.lr"] for row in lines(tmp_path)] == ["0.2", "0.3", "0.1"]


@pytest.mark.training
def test_scores_with_other_provenance_are_shown_apart_and_say_why(tmp_path: Path) -> None:
    few = PROVENANCE | {"n_fake": 1000, "ema": False}
    make(tmp_path / "a", *RING, "objective.gp_weight=1", evaluated={"frechet/digits": 9.0})
    make(tmp_path / "b", *RING, "objective.gp_weight=2", evaluated={"frechet/digits": 7.0})
    make(tmp_path / "c", *RING, "objective.gp_weight=3", evaluated={"frechet/digits": 1.0}, provenance=few)
    found = compare_runs([tmp_path])
    ranked, apart = found.blocks
    assert [group.label for group in ranked.groups] == ["gp_weight=2", "gp_weight=1"]
    assert [group.label for group in apart.groups] == ["gp_weight=3"]
    assert apart.measure is None
    assert apart.notes == ("n_fake: 1000 against 5000", "ema: False against True")
    best, _, last = lines(tmp_path)
    assert (best["rank"], last["rank"]) == ("1", "")
    assert (last["frechet/digits [A]"], last["frechet/digits [B]"]) == ("", "1.0")
    screen = Console(file=io.StringIO(), width=120)
    table.show(found, screen)
    said = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "not ranked: frechet/digits [B] does not compare with frechet/digits [A]" in said
    assert "n_fake: 1000 against 5000" in said


def test_evaluated_scores_replace_those_of_training_and_do_not_compare_with_them(tmp_path: Path) -> None:
    make(tmp_path / "a", *RING, "objective.gp_weight=1", scores={"w1": 3.0}, evaluated={"w1": 4.0})
    make(tmp_path / "b", *RING, "objective.gp_weight=2", evaluated={"w1": 5.0})
    make(tmp_path / "c", *RING, "objective.gp_weight=3", scores={"w1": 1.0})
    found = compare_runs([tmp_path])
    assert [[group.label for group in block.groups] for block in found.blocks] == [
        ["gp_weight=1", "gp_weight=2"],
        ["gp_weight=3"],
    ]
    assert [group.mean(found.by.of).value for group in found.blocks[0].groups] == [4.0, 5.0]  # type: ignore[union-attr]


def test_scores_on_other_data_are_apart(tmp_path: Path) -> None:
    make(tmp_path / "a", *RING, scores={"w1": 3.0})
    make(tmp_path / "b", "data=grid25", "model=mlp_small", scores={"w1": 1.0})
    ranked, apart = compare_runs([tmp_path]).blocks
    assert len(ranked.groups) == len(apart.groups) == 1
    assert any(note.startswith("data._target_: ") for note in apart.notes)


def test_what_did_not_finish_is_named_and_does_not_count(tmp_path: Path) -> None:
    make(tmp_path / "1", *RING, "objective.gp_weight=1", scores={"w1": 3.0})
    make(tmp_path / "2", *RING, "objective.gp_weight=1", seed=1, scores={"w1": 1.0}, done=False)
    make(tmp_path / "3", *RING, "objective.gp_weight=1", seed=2, done=False, job={"status": "failed", "message": "nan"})
    (tmp_path / "4").mkdir()
    refused = {"status": "failed", "number": 3, "overrides": ["objective.gp_weight=-1"], "message": "must be positive"}
    (tmp_path / "4" / "job.json").write_text(json.dumps(refused))
    make(tmp_path / "5", *RING, "objective.gp_weight=2", steps=200)
    found = lines(tmp_path)
    assert [row["status"] for row in found] == [
        "ranked",
        "not ranked: without w1",
        "left out: not finished (step 100 of 200)",
        "left out: failed: nan (step 100 of 200)",
        "left out: failed: must be positive",
    ]
    assert [row["objective.gp_weight"] for row in found] == ["1", "2", "1", "1", "-1"]
    assert (found[0]["w1"], found[0]["w1 s.e."], found[0]["w1 n"]) == ("3.0", "", "1")


def test_a_config_and_seed_that_come_twice_count_once(tmp_path: Path) -> None:
    for name, score in (("old", 3.0), ("young", 5.0)):
        make(tmp_path / name, *RING, scores={"w1": score})
    found = compare_runs([tmp_path / "old", tmp_path / "young", tmp_path])
    (group,) = found.groups
    assert str(group.mean(found.by.of)) == "5.00"  # type: ignore[union-attr]
    assert [(run.directory.name, why) for run, why in found.left_out] == [
        ("old", "a later run has the same config and seed")
    ]
    assert len(found.runs) == 2


def test_parts_stand_for_what_comes_with_them(tmp_path: Path) -> None:
    """An objective brings its optimizers, n_critic and norm; none of them is a column of its own."""
    make(tmp_path / "a", *RING, "objective=gan")
    make(tmp_path / "b", *RING, "objective=hinge")
    make(tmp_path / "c", *RING, "objective=wgan_gp", "objective.gp_weight=1")
    make(tmp_path / "d", *RING, "objective=wgan_gp", "objective.gp_weight=10")
    found = compare_runs([tmp_path])
    assert [setting.key for setting in found.columns] == ["objective", "objective.loss", "objective.gp_weight"]
    assert len({group.label for group in found.groups}) == 4
    assert sum(group.label == "wgan_gp, gp_weight=10" for group in found.groups) == 1


def test_a_key_that_repeats_another_is_no_column(tmp_path: Path) -> None:
    for size in (16, 32):
        make(tmp_path / str(size), "model=dcgan_small", f"data.size={size}", "data.batch_size=8")
    (column,) = compare_runs([tmp_path]).columns
    assert column.key == "data.size"
    assert "data.shape" in column.along


@pytest.mark.training
def test_two_keys_that_change_together_are_both_shown(tmp_path: Path) -> None:
    for value in (1, 2):
        make(tmp_path / str(value), *RING, f"objective.gp_weight={value}", f"objective.n_critic={value + 1}")
    found = compare_runs([tmp_path])
    assert {setting.key for setting in found.columns} == {"objective.gp_weight", "objective.n_critic"}
    assert found.sweeps == ()


@pytest.mark.training
def test_sweeps_are_where_one_number_varies(tmp_path: Path) -> None:
    penalty = sweep(tmp_path / "p", "objective.gp_weight", (0.1, 1, 10), *RING, "objective=wgan_gp")
    clipping = sweep(tmp_path / "c", "objective.clip", (0.001, 0.01), *RING, "objective=wgan_clip")
    found = compare_runs([penalty, clipping])
    assert {one.key: one.values for one in found.sweeps} == {
        "objective.clip": (0.001, 0.01),
        "objective.gp_weight": (0.1, 1.0, 10.0),
    }
    assert {one.labels for one in found.sweeps} == {
        ("clip=0.001", "clip=0.01"),
        ("gp_weight=0.1", "gp_weight=1", "gp_weight=10"),
    }
    assert [len(group.runs) for one in found.sweeps for group in one.groups] == [2] * 5


@pytest.mark.training
def test_a_grid_of_two_numbers_is_no_sweep(tmp_path: Path) -> None:
    for n, (weight, critic) in enumerate([(1, 2), (1, 3), (10, 2), (10, 3)]):
        make(tmp_path / str(n), *RING, f"objective.gp_weight={weight}", f"objective.n_critic={critic}")
    found = compare_runs([tmp_path])
    assert len(found.groups) == 4
    assert found.sweeps == ()


@pytest.mark.parametrize(
    ("values", "geometric"),
    [
        ((0.1, 1, 10), True),
        ((0, 0.1, 1, 10), True),
        ((1, 2, 5, 10), True),
        ((1, 2, 3), False),
        ((10, 20, 30, 40), False),
        ((1, 10), True),
        ((4, 5), False),
        ((-1, 1), False),
    ],
)
def test_ratios_make_an_axis_logarithmic(values: tuple[float, ...], geometric: bool) -> None:
    assert is_geometric(values) is geometric


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.0], "1.00"),
        ([2.0, 2.0], "2 ± 0"),
        ([0.12, 0.14], "0.130 ± 0.010"),
        ([1000.0, 2000.0], "1,500 ± 500"),
        ([1.0, math.nan], "1.00"),
        ([1.0, math.inf], "inf"),
        ([0.0], "0"),
    ],
)
def test_a_mean_has_as_many_digits_as_its_error(values: list[float], said: str) -> None:
    assert str(Mean.over(values)) == said


def test_no_number_no_mean() -> None:
    assert Mean.over([math.nan]) is None


@given(st.lists(st.floats(1e-8, 1e8), min_size=2, max_size=6))
def test_a_mean_is_told_within_its_error(values: list[float]) -> None:
    mean = Mean.over(values)
    assert mean is not None
    assert mean.error is not None
    said = str(mean).replace(",", "")
    match = re.fullmatch(r"(\S+) ± (\S+)", said)
    assert match
    assert abs(float(match[1]) - mean.value) <= 0.06 * mean.error + 0.01 * abs(mean.value) * (mean.error < 1e-6)
    assert float(match[2]) == pytest.approx(mean.error, rel=0.06)


def test_what_can_not_be_compared_is_refused(tmp_path: Path) -> None:
    make(tmp_path / "a", *RING, scores={"w1": 3.0})
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.yaml").write_text("a: 1\n")
    for place, words in (
        ("nowhere", "nowhere is not a directory"),
        ("empty", "empty holds no run"),
        ("other", "is not the config of a run"),
    ):
        with pytest.raises(UsageError, match=words):
            compare_runs([tmp_path / place])
    with pytest.raises(UsageError, match=r"rank=w11 is no score of these runs: did you mean w1\?"):
        compare_runs([tmp_path / "a"], rank="w11")
    (tmp_path / "a" / "scores.json").write_text('[{"name": "w1"}]')
    with pytest.raises(UsageError, match=r"scores.json: each score needs name, value and provenance"):
        compare_runs([tmp_path / "a"])
    (tmp_path / "a" / "scores.json").write_text('[{"name": "w1", "value": 1, "provenance": {"date": 1}}]')
    with pytest.raises(UsageError, match=r"scores.json: Provenance: unknown entry date: did you mean data\?"):
        compare_runs([tmp_path / "a"])
    (tmp_path / "a" / "scores.json").write_text("[")
    with pytest.raises(UsageError, match=r"scores.json is not JSON"):
        compare_runs([tmp_path / "a"])


def test_the_loss_is_held_against_the_score_over_seeds(tmp_path: Path) -> None:
    place = sweep(tmp_path / "s", "objective.gp_weight", (1, 10), *RING, "objective=wgan_gp", seeds=3)
    for row in lines(place):
        assert 0.8 < float(row["rho"]) <= 1
        assert float(row["rho s.e."]) >= 0
        assert row["rho of changes"]


@pytest.mark.training
def test_an_infinite_score_is_the_worst_and_has_no_error(tmp_path: Path) -> None:
    for n, value in enumerate((math.inf, 1.0, 2.0)):
        make(tmp_path / str(n), *RING, "objective.gp_weight=1", seed=n, evaluated={"reverse_kl": value})
    make(tmp_path / "b", *RING, "objective.gp_weight=2", evaluated={"reverse_kl": 3.0})
    file = tmp_path / "0" / "scores.json"
    file.write_text(file.read_text().replace("Infinity", '"inf"'))  # as evaluate writes it
    best, worst = lines(tmp_path)
    assert (best["objective.gp_weight"], best["reverse_kl"]) == ("2", "3.0")
    assert (worst["reverse_kl"], worst["reverse_kl s.e."], worst["reverse_kl n"]) == ("inf", "", "3")
    compare([tmp_path], tmp_path / "out")


def test_how_it_was_scored_tells_no_runs_apart(tmp_path: Path) -> None:
    """But scores of other metrics do not compare."""
    for n in range(2):
        run = make(tmp_path / str(n), *RING, seed=n, scores={"w1": 3.0 + n})
        config = OmegaConf.load(run / "config.yaml")
        metric = {"_target_": "gan_lightning.metric.points.Points", "n_fake_training": 1000 + n}
        OmegaConf.update(config, "metric", metric, force_add=True, merge=False)
        OmegaConf.update(config, "callback.score", {"metric": metric, "every": n + 1}, force_add=True, merge=False)
        OmegaConf.save(config, run / "config.yaml")
    found = compare_runs([tmp_path])
    (group,) = found.groups
    assert found.columns == ()
    assert [measure.label for measure in found.measures] == ["w1 [A]", "w1 [B]"]
    assert str(group.mean(found.by.of)) == "3.00"  # type: ignore[union-attr]


def test_a_damaged_run_among_others_is_left_out_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("whole", "config", "metrics", "scores"):
        make(tmp_path / name, *RING, scores={"w1": 3.0})
    (tmp_path / "config" / "config.yaml").write_text("a: [")
    (tmp_path / "metrics" / "metrics.csv").write_bytes(b"\x00\xff\n\n")
    (tmp_path / "scores" / "scores.json").write_text("[")
    for name in ("result.json", "job.json"):
        (tmp_path / "whole" / name).write_text("{")
    found = compare_runs([tmp_path])
    reasons = {run.directory.name: why for run, why in found.left_out}
    assert all(f"{name}." in reasons[name] and "damaged" in reasons[name] for name in ("config", "metrics", "scores"))
    warnings = capsys.readouterr().err
    assert "result.json is damaged and not read" in warnings
    assert "job.json is damaged and not read" in warnings
    assert "not finished" in reasons["whole"]
