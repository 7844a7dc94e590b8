"""Each benchmark's quick way, at a tiny size: it runs, and writes what it prints."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import (
    codes,
    contention,
    data,
    ddp,
    decoding,
    fine_tuning,
    labels,
    levels,
    metrics,
    penalty_cost,
    proxy,
    reconstruction,
    roofline,
    semi_supervised,
    startup,
    translation,
    unpaired_translation,
)
from benchmarks.timing import medians, over_seeds
from gan_lightning.core.errors import UsageError
from tests.command.test_two_directions import CYCLE
from tests.helper.run_directory import make_run
from tests.sample.output.test_translated import NUMBERS, PIX2PIX


def lines(
    benchmark: ModuleType, directory: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> list[dict[str, Any]]:
    """What it writes, having printed as many lines and their headings."""
    path = directory / "found.json"
    monkeypatch.setattr(sys, "argv", ["benchmark", "--quick", "--json", str(path), *arguments])
    if hasattr(benchmark, "console"):
        monkeypatch.setattr(benchmark.console, "silence_libraries", lambda: None)
    benchmark.main()
    written = json.loads(path.read_text())
    assert written["machine"]["threads"] == 1
    return list(written["lines"])


def test_medians_tell_slow_from_fast() -> None:
    found = medians({"once": lambda: sum(range(10_000)), "thrice": lambda: sum(range(30_000))}, 5, 0.01)
    assert 2 < found["thrice"] / found["once"] < 4


def test_lines_of_several_seeds_have_a_mean_and_its_standard_error() -> None:
    of_seeds = [{"run": f"digits_{seed}", "score": "w1", "value": value} for seed, value in enumerate((1.0, 2.0, 6.0))]
    mean, error = over_seeds(of_seeds)
    assert mean == {"run": "mean", "score": "w1", "value": 3.0}
    assert error == {"run": "standard error", "score": "w1", "value": pytest.approx((7 / 3) ** 0.5)}


@pytest.mark.process
def test_contention(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(contention, tmp_path, monkeypatch, "--cases", "tiny MLP", "--ways", "1 thread", "--beside", "0", "1")
    assert [(line["beside"], line["threads"]) for line in found] == [(0, 1), (1, 1)]
    assert all(line["steps/s"] > 1 and line["waiting"] >= 0 for line in found)


@pytest.mark.training
def test_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(data, tmp_path, monkeypatch)
    ratio = {(line["samples"], line["who"]): line["times ours"] for line in found}
    assert ratio["3x32x32", "ours, in memory"] == 1
    assert ratio["3x32x32", "per sample"] > 2
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(found)


@pytest.mark.training
def test_metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(metrics, tmp_path, monkeypatch)
    for score in ("Fréchet, 64 features", "moments, 64 features", "precision, 64 features", "exact W1, 100 points"):
        values = [line["value"] for line in found if line["score"] == score]
        assert values == pytest.approx([values[0]] * len(values), rel=1e-3)  # torch-fidelity takes single precision
        assert len(values) > 1


@pytest.mark.training
def test_penalty_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(penalty_cost, "VARIANTS", ((1, 1.0), (4, 1.0)))
    found = lines(penalty_cost, tmp_path, monkeypatch)
    costs, scores = found[:3], found[3:]
    assert [line["interval"] for line in costs] == ["1", "4", "none"]
    assert costs[0]["of the whole"] == 1
    assert all(line["exact W1"] > 0 and line["steps"] == 16 for line in scores)


@pytest.mark.training
def test_roofline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(roofline, tmp_path, monkeypatch)
    parts = {line["part"]: line["ms a step"] for line in found if "part" in line}
    assert sum(parts.values()) == pytest.approx(2 * parts["whole"])  # "rest" is what is missing
    (case,) = (line for line in found if "share of peak" in line)
    assert 0 < case["share of peak"] < 1


@pytest.mark.training
def test_semi_supervised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = tmp_path / "runs.csv"
    (found,) = lines(semi_supervised, tmp_path, monkeypatch, "--labels", "10", "--csv", str(runs))
    assert found["labels a class"] == "10"
    assert 0 < found["game"] <= 100
    assert len(runs.read_text().splitlines()) == 3
    monkeypatch.setattr(semi_supervised, "played", None)  # what the file has is not played again
    assert lines(semi_supervised, tmp_path, monkeypatch, "--labels", "10", "--csv", str(runs)) == [found]


def test_errors_by_hand() -> None:
    runs = [
        {"labels": 10, "way": way, "seed": seed, "error": error}
        for way, errors in (("game", (2.0, 4.0, 6.0)), ("labels alone", (10.0, 10.0, 10.0)))
        for seed, error in enumerate(errors)
    ]
    (line,) = semi_supervised.table(runs)
    assert (line["game"], line["labels alone"], line["± labels alone"]) == (4, 10, 0)
    assert line["± game"] == pytest.approx(2 / 3**0.5)  # the deviation is 2


@pytest.mark.training
def test_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", "objective=infogan", "model=dcgan_codes", "model.generator.width=4")
    (line,) = lines(codes, tmp_path, monkeypatch, str(run))
    assert list(line) == ["run", "category 0, %", "number 0, ρ", "number 1, ρ", "held out, %"]
    assert 10 <= line["held out, %"] <= 100  # the best match of ten classes is never below a tenth


@pytest.mark.training
def test_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an untrained stack, whose images are no digits."""
    run = make_run(tmp_path / "run", "objective=sgan", "model=sgan", "model.generator.width=4", "model.critic.width=4")
    (line,) = lines(levels, tmp_path, monkeypatch, str(run), "--image", str(tmp_path / "levels.png"))
    assert line["of digits, %"] > 98
    assert line["class of samples, %"] < 50
    assert line["of inverted, %"] < 50
    assert line["features"] > 0.5
    assert min(line["samples by z₀"], line["inverted by z₀"], line["by all z"]) > 0
    assert 0.3 < line["digits of a class"] < 0.6
    with Image.open(tmp_path / "levels.png") as image:
        assert image.width > image.height > 400
    changed = torch.tensor([[[[1.0]]], [[[2.0]]], [[[4.0]]]])
    assert levels._others_of_a_class(changed, torch.tensor([1, 0, 1])).flatten().tolist() == [4, 2, 1]


@pytest.mark.training
def test_labels_and_translation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of untrained generators, whose samples do not follow what is asked for."""
    (line,) = lines(labels, tmp_path, monkeypatch, str(make_run(tmp_path / "numbers", *NUMBERS)))
    assert (line["label"], line["run"]) == ("thickness", "numbers")
    assert 1 < line["from"] < line["to"] < 6
    assert abs(line["ρ"]) < 0.9
    (line,) = lines(translation, tmp_path, monkeypatch, str(make_run(tmp_path / "images", *PIX2PIX, "metric=digits")))
    assert line["score"] == "frechet/digits"
    assert 0 < line["of inputs"] < line["of outputs"]
    assert 0 < line["difference of inputs"] < line["of outputs, of 255"]


@pytest.mark.training
def test_unpaired_translation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of untrained translators, which lose the digit."""
    (line,) = lines(
        unpaired_translation, tmp_path, monkeypatch, str(make_run(tmp_path / "run", *CYCLE, "metric=digits"))
    )
    assert line["run"] == "run"
    assert line["A to B"] > 10
    assert line["B to A"] > 10
    assert line["kept, A to B"] < 0.5 < 0.9 < line["digits themselves"]
    assert 0 < line["another digit"] < 0.25
    assert min(line["cycle of A"], line["cycle of B"]) > 5
    with pytest.raises(UsageError, match="does not translate between computed domains"):
        lines(unpaired_translation, tmp_path, monkeypatch, str(make_run(tmp_path / "other", *PIX2PIX)))


def test_reconstruction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", "objective=aae", "model=mlp_latents", "data=swiss_roll", "data.held_out=60")
    (line,) = lines(reconstruction, tmp_path, monkeypatch, str(run), "--quick")
    assert list(line) == (["run", "G(E(x))", "mean", "nearest", "PCA", "E(G(z)) - z", "W1 of latents", "two priors"])
    assert line["PCA"] < 1e-6 < line["nearest"] < line["mean"]  # two components are the plane
    codes_of_classes = make_run(tmp_path / "codes", "objective=infogan", "model=mlp_codes", "data=ring8")
    with pytest.raises(SystemExit, match="is of InfoGAN, which this benchmark is not for"):
        lines(reconstruction, tmp_path, monkeypatch, str(codes_of_classes))


def test_projection_by_hand() -> None:
    train = torch.tensor([[0.0, 3.0], [2.0, 3.0], [4.0, 3.0]])
    projected = reconstruction.principal_projection(train, torch.tensor([[7.0, 5.0]]), 1)
    torch.testing.assert_close(projected, torch.tensor([[7.0, 3.0]]))


def test_agreement_by_hand() -> None:
    categories, label = torch.tensor([2, 2, 2, 0, 0, 1]), torch.tensor([0, 0, 1, 1, 1, 2])
    assert codes.agreement(categories, label) == pytest.approx(5 / 6)  # 2 → 0, 0 → 1, 1 → 2: one of class 1 is off
    assert codes.agreement(torch.zeros(4, dtype=torch.long), torch.arange(4)) == 0.25


def test_operations_by_hand() -> None:
    x, weight = torch.randn(4, 3), torch.randn(3, 5, requires_grad=True)
    with roofline.Operations() as counted:
        product = x @ weight
    assert counted.total == 2 * 4 * 3 * 5
    with roofline.Operations() as counted:
        product.sum().backward()
    assert counted.total == 2 * 3 * 4 * 5  # the weight's gradient; x needs none


def test_model_of_messages() -> None:
    progan = [line for line in ddp.modelled() if line["pair"].startswith("ProGAN")]
    assert {line["M parameters"] for line in progan} == {46.2}
    ethernet = next(line for line in progan if line["over"].startswith("Ethernet"))
    assert ethernet["64 GPUs"] == pytest.approx(1e3 * 2 * 126 * (4 * 23.1e6 / 64 / 1.25e9 + 30e-6))


@pytest.mark.parametrize(
    "benchmark",
    [
        codes,
        data,
        ddp,
        labels,
        metrics,
        penalty_cost,
        reconstruction,
        roofline,
        semi_supervised,
        startup,
        translation,
        unpaired_translation,
    ],
)
def test_help(benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmark", "--help"])
    with pytest.raises(SystemExit, match="0"):
        benchmark.main()
    assert f"python -m {benchmark.__name__} " in " ".join(capsys.readouterr().out.split()) + " "


@pytest.mark.training
def test_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(proxy, tmp_path, monkeypatch, "--cases", "ring8", "--seeds", "3")
    (line,) = found
    assert (line["case"], line["seed"], line["score"], line["scorings"]) == ("ring8", 3, "w1", 3)
    assert all(-1 <= line[f"rho, {name}"] <= 1 for name in ("own estimate", "independent critic"))
    assert 0 < line["share of time"] < 1


@pytest.mark.training
def test_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every, again, one, batch = lines(decoding, tmp_path, monkeypatch)
    assert (every["images"], again["images"], one["images"]) == (40, 40, 4)
    assert again["seconds"] < every["seconds"]
    assert one["CPU ms an image"] > 0
    assert 0 < batch["seconds"] < 1


@pytest.mark.training
def test_fine_tuning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(fine_tuning, tmp_path, monkeypatch, "--seeds", "5", "--folder", str(tmp_path / "runs"))
    assert [line["run"] for line in found] == list(fine_tuning.ARMS)
    assert all(line["step 4"] > 0 and line["step 2"] > 0 for line in found)
    assert capsys.readouterr().err.count("step 4: 26 of 26 tensors") == 2
    assert len(np.load(tmp_path / "runs" / "new.npy")) == 2500
