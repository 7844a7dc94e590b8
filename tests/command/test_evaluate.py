"""The command `python -m gan_lightning.evaluate`, whole."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from PIL import Image

from gan_lightning.config.path_keys import quote_paths
from gan_lightning.config.validate import CONFIG_DIR, resolve_and_validate
from gan_lightning.core.errors import UsageError
from gan_lightning.data.ring8 import Ring8
from gan_lightning.evaluate import evaluate, main
from gan_lightning.metric.provenance import Provenance
from gan_lightning.metric.report import read, write
from gan_lightning.metric.score import Score
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from tests.helper import command
from tests.helper.run_directory import DIGITS, RING, make_run

DIGIT_SCORES = ("frechet", "classifier_score", "precision", "recall", "kid", "density", "coverage")


def evaluated(*overrides: str) -> list[dict[str, Any]]:
    """What the command does, in this process; what it writes."""
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        file = evaluate(**resolve_and_validate(compose("evaluate", quote_paths(list(overrides))), evaluate))
    entries: list[dict[str, Any]] = json.loads(file.read_text())
    return entries


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("it's mine, a=b"), *DIGITS)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("ring"), *RING)


@pytest.fixture(scope="module")
def scores(digits: Path) -> list[dict[str, Any]]:
    return evaluated(f"run={digits}", "n_fake=101", f"cache={digits / 'kept'}")


@pytest.mark.training
def test_a_run_is_scored_by_its_own_metric(digits: Path, scores: list[dict[str, Any]]) -> None:
    assert [entry["name"] for entry in scores] == [f"{kind}/digits" for kind in DIGIT_SCORES] + ["repeat_rate"]
    by_name = {entry["name"]: entry for entry in scores}
    assert all(entry.keys() == {"name", "value", "real_vs_real", "provenance"} for entry in scores)
    provenance = Provenance.from_dict(by_name["frechet/digits"]["provenance"])
    assert (provenance.n_fake, provenance.n_real, provenance.split, provenance.ema) == (101, 500, "held_out", True)
    assert by_name["frechet/digits"]["value"] > 5 * by_name["frechet/digits"]["real_vs_real"]  # it is untrained
    assert by_name["classifier_score/digits"]["real_vs_real"] > 7  # 101 real digits
    assert list((digits / "kept").iterdir())
    with Image.open(digits / "neighbours.png") as picture:
        assert picture.size[0] > 300


@pytest.mark.distributed
def test_two_processes_find_the_scores_of_one(digits: Path, scores: list[dict[str, Any]], tmp_path: Path) -> None:
    more = ("device=cpu", "devices=2", f"out={tmp_path}", f"cache={tmp_path / 'other'}", "n_fake=101")
    done = command.run(f"run={digits}", *more, cwd=tmp_path, module="gan_lightning.evaluate")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "101 fakes against 500 reals of mnist5k" in done.stdout
    two = json.loads((tmp_path / "scores.json").read_text())
    assert [entry["provenance"] for entry in two] == [entry["provenance"] for entry in scores]
    for one, other in zip(scores, two, strict=True):
        assert other["value"] == pytest.approx(one["value"], rel=1e-9, abs=1e-12)
        assert other["real_vs_real"] == pytest.approx(one["real_vs_real"], rel=1e-9, abs=1e-12)


@pytest.mark.training
def test_points_are_scored_as_worked_out_by_hand(
    ring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {entry["name"]: entry for entry in evaluated(f"run={ring}", "n_fake=500", "seed=3", f"out={tmp_path}")}
    assert list(found) == ["w1", "modes", "high_quality", "reverse_kl"]
    sampler = Sampler(load_generator(str(ring)), seed=3)
    points = sampler(sampler.latents(range(500)))
    near = torch.cdist(points, Ring8().density.modes).min(1).values < 3 * 0.01
    assert found["high_quality"]["value"] == near.double().mean().item()
    assert found["modes"]["real_vs_real"] == 8
    assert found["w1"]["real_vs_real"] < 0.2
    assert found["w1"]["provenance"]["split"] == "fresh"
    assert found["w1"]["provenance"]["n_real"] == 500
    assert "500 fakes against 500 reals of ring8" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["scores.json"]


@pytest.mark.training
def test_the_truncation_curve(ring: Path, tmp_path: Path) -> None:
    found = evaluated(f"run={ring}", "n_fake=60", "truncation_curve=[0.1,2,0.5]", f"out={tmp_path}")
    rows = [line.split(",") for line in (tmp_path / "truncation_curve.csv").read_text().splitlines()]
    assert [row[0] for row in rows] == ["truncation", "", "2", "0.5", "0.1"]
    assert rows[0][1:] == [entry["name"] for entry in found]
    assert [float(value) for value in rows[1][1:]] == [float(entry["value"]) for entry in found]
    sampler = Sampler(load_generator(str(ring)), truncation=0.1)
    points = sampler(sampler.latents(range(60)))
    near = torch.cdist(points, Ring8().density.modes).min(1).values < 3 * 0.01
    assert float(rows[4][rows[0].index("high_quality")]) == near.double().mean().item()
    whole = json.loads((tmp_path / "truncation_curve.json").read_text())
    assert [e["provenance"]["truncation"] for e in whole if e["name"] == "w1"] == [None, 2.0, 0.5, 0.1]
    alone = evaluated(f"run={ring}", "n_fake=60", "truncation=0.5", f"out={tmp_path / 'alone'}")
    assert alone == [entry for entry in whole if entry["provenance"]["truncation"] == 0.5]
    with Image.open(tmp_path / "truncation_curve.png") as picture:
        assert picture.size[0] > 800


@pytest.mark.training
def test_an_unknown_real_vs_real_is_null(digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = evaluated(f"run={digits}", "n_fake=501", "metric=digits", "metric.split=train", f"out={tmp_path}")
    assert all(entry["real_vs_real"] is None for entry in found)
    assert found[0]["provenance"]["n_real"] == 4500
    said = " ".join(capsys.readouterr().out.split())
    assert "too few reals for their own score at this size: 500 besides" in said


def test_infinity_is_a_string_that_float_reads(tmp_path: Path) -> None:
    scores = [Score("reverse_kl", math.inf, real_vs_real=0.0), Score("w1", 0.5)]
    entries = {"data": "x", "split": "fresh", "extractor": "none", "weights": None, "resize": "none"}
    provenance = Provenance(**entries, quantized=False, n_real=1, n_fake=1, ema=True, normalization="none", seed=0)  # type: ignore[arg-type]
    file = write(tmp_path, [dataclasses.replace(score, provenance=provenance) for score in scores])
    first, second = json.loads(file.read_text(), parse_constant=lambda name: pytest.fail(name))
    assert (float(first["value"]), first["real_vs_real"]) == (math.inf, 0.0)
    assert (second["value"], second["real_vs_real"]) == (0.5, None)
    assert Provenance.from_dict(first["provenance"]) == provenance
    assert read(file) == [dataclasses.replace(score, provenance=provenance) for score in scores]


@pytest.mark.training
def test_other_weights_have_other_scores(ring: Path, tmp_path: Path) -> None:
    best = ring / "checkpoints" / "best.ckpt"
    other = make_run(tmp_path / "other", *RING, seed=1)
    best.write_bytes((other / "checkpoints" / "last.ckpt").read_bytes())
    few = (f"run={ring}", "n_fake=50", f"out={tmp_path / 'out'}")
    found = [evaluated(*few, *more)[0]["value"] for more in ((), ("checkpoint=best",), ("ema=false",), ("seed=1",))]
    assert len(set(found)) == 4
    assert evaluated(f"checkpoint={best}", *few[1:])[0]["value"] == found[1]


@pytest.mark.training
@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("n_fake=0", "n_fake=0 must be greater"),
        ("metric=digits", "metric=digits scores images, and these data are points: metric=points"),
        ("metric=dinov2", "metric.extractor.weights has no value"),
        ("metric=inception metric.extractor.weights=nowhere.pth", "nowhere.pth: no such file"),
        ("run=nowhere", "run=nowhere holds no run"),
        ("checkpoint=previous", "has no previous yet"),
        ("checkpoint=x.ckpt", "either run=DIR"),
        ("standing=16", "standing=16: this generator has no batch norm"),
        ("truncation_curve=[1,0]", "must be greater than 0"),
        ("device=abacus", "device=abacus can't be used here"),
        ("device=abacus devices=2", "device=abacus devices=2 can't be used here"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(ring: Path, override: str, says: str) -> None:
    if override.startswith("metric=inception"):
        pytest.importorskip("torch_fidelity")
    before = sorted(ring.rglob("*"))
    with pytest.raises(UsageError) as refusal:
        evaluated(f"run={ring}", *override.split())
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert sorted(ring.rglob("*")) == before


@pytest.mark.training
def test_a_run_without_a_metric_needs_one(tmp_path: Path) -> None:
    run = make_run(tmp_path, *RING, "metric=none")
    with pytest.raises(UsageError, match="has no metric of its own: choose one"):
        evaluated(f"run={run}")
    assert evaluated(f"run={run}", "metric=points", "n_fake=30")[0]["name"] == "w1"


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("metric=digit", "error: metric=digit does not exist: did you mean digits"),
        ("n_fakes=3", "error: n_fakes is not a key of the config: did you mean n_fake or fakes?"),
    ],
)
def test_mistyped_keys_are_explained(
    argument: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate", "run=nowhere", argument])
    with pytest.raises(SystemExit, match="1"):
        main()
    said = capsys.readouterr().err
    assert said.startswith(says)
    assert len(said.splitlines()) == 1
