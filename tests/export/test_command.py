"""`python -m gan_lightning.export`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import yaml

import gan_lightning
from gan_lightning.config.command_line import resume_arguments
from gan_lightning.core.errors import UsageError
from gan_lightning.export.__main__ import export, preprocess
from gan_lightning.metric import report
from gan_lightning.metric.provenance import Provenance
from gan_lightning.metric.score import Score
from tests.helper.command import run_program
from tests.helper.run_directory import DIGITS, RING, make_run


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    return make_run(tmp_path / "digits", *DIGITS)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.training
def test_writes_what_was_asked_for_with_a_card(digits: Path) -> None:
    folder = export(run=str(digits), format=["safetensors", "program"], license="mit", title="Digits")
    assert folder == digits / "export_7"
    names = {"model.safetensors", "model.pt2", "config.json", "README.md", "samples.png", "recipe.yaml"}
    assert {path.name for path in folder.iterdir()} == names
    card = (folder / "README.md").read_text()
    header = yaml.safe_load(card.split("---")[1])
    assert (header["license"], header["library_name"]) == ("mit", "gan_lightning")
    for text in ("# Digits", "gan_lightning.load", "model.pt2", "mnist5k", "step 7", "has not been scored"):
        assert text in card
    assert "onnx" not in card


@pytest.mark.training
def test_the_same_generator_takes_more_formats_and_others_are_refused(digits: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    folder = export(run=str(digits), out=out)
    weights = (folder / "model.safetensors").read_bytes()
    export(run=str(digits), out=out, format=["program"])
    assert (folder / "model.safetensors").read_bytes() == weights
    assert (folder / "model.pt2").is_file()
    before = contents(folder)
    other = make_run(tmp_path / "other", *DIGITS, seed=1)
    for arguments, says in [
        ({"run": str(other)}, "an export of another checkpoint"),
        ({"run": str(digits), "ema": False}, "an export of other weights"),
        ({"run": str(digits), "standing": 2}, "an export of other statistics"),
    ]:
        with pytest.raises(UsageError, match=says):
            export(out=out, **arguments)
    assert contents(folder) == before


@pytest.mark.training
def test_a_format_that_fails_leaves_nothing(digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no compiler")

    monkeypatch.setattr(torch._inductor, "aoti_compile_and_package", fails)
    out = tmp_path / "out"
    with pytest.raises(UsageError, match="format=aotinductor needs a C"):
        export(run=str(digits), out=str(out), format=["aotinductor"])
    assert not out.exists()
    with pytest.raises(UsageError, match="format=aotinductor needs a C"):
        export(run=str(digits), out=str(out), format=["safetensors", "aotinductor"])
    assert {path.name for path in out.iterdir()} == {"config.json", "model.safetensors"}, "whole, for load"


@pytest.mark.training
def test_foreign_folders_are_left_alone(digits: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("mine")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "config.json").write_text("{}")
    (tmp_path / "file").write_text("mine")
    for name, says in [
        ("mine", "holds other files"),
        ("web", "is not the config"),
        ("file", "is a file: give a folder"),
    ]:
        with pytest.raises(UsageError, match=says):
            export(run=str(digits), out=str(tmp_path / name))
    assert contents(tmp_path / "mine") == {"README.md": b"mine"}
    assert contents(tmp_path / "web") == {"config.json": b"{}"}


@pytest.mark.training
def test_scores_come_with_their_provenance(digits: Path) -> None:
    made = {"data": "mnist5k", "split": "train", "extractor": "digits", "weights": "abc", "resize": "none"}
    made |= {"quantized": True, "n_real": 5000, "n_fake": 1234, "normalization": "running", "seed": 3}
    scores = [
        Score("digits_fd", 12.5, real_vs_real=1.5, provenance=Provenance(**made, ema=ema)) for ema in (True, False)
    ]
    report.write(digits, scores)
    card = (export(run=str(digits)) / "README.md").read_text()
    row = next(line for line in card.splitlines() if "digits_fd" in line)
    for text in ("12.5", "1.5", "1,234 samples against 5,000 of mnist5k (train)", "extractor digits abc", "seed 3"):
        assert text in row
    assert card.count("digits_fd") == 1  # the raw weights' score is not of these weights


@pytest.mark.training
def test_the_recipe_holds_no_paths(tmp_path: Path) -> None:
    paths = ["data.root=/home/someone/mnist", "run_dir=/home/someone/runs/1", "logger=csv"]
    run = make_run(tmp_path / "run", *DIGITS, "data=mnist", *paths)
    assert "directory: /home/someone/runs/1" in (run / "config.yaml").read_text()
    folder = export(run=str(run))
    assert "/home/someone" not in (folder / "recipe.yaml").read_text()
    assert "data.root=DIR" in (folder / "README.md").read_text()


@pytest.mark.process
def test_the_recipe_trains(tmp_path: Path) -> None:
    folder = export(run=str(make_run(tmp_path / "run", *RING, "metric=none", "logger=none")))
    card = (folder / "README.md").read_text()
    command = card.split("```bash\n")[1].split("\n```")[0]
    assert command.startswith("python -m gan_lightning.train ")
    arguments = command.replace("$PWD", str(folder)).split()[3:]
    short = ("trainer.max_steps=2", "trainer.accelerator=cpu")
    # A program, not a fork: exports start threads in this process that the backward pass of a fork can't do without.
    done = run_program(*arguments, *short, cwd=folder, module="gan_lightning.train")
    assert done.returncode == 0, done.stdout + done.stderr
    again = gan_lightning.load(folder / "runs" / "again")
    assert (again.step, again.latent_dim) == (2, 3)
    assert resume_arguments(folder / "runs" / "again")


def test_one_line_for_mistakes(digits: Path) -> None:
    for arguments, says in [
        ({"run": str(digits), "format": []}, "there is nothing to write"),
        ({"run": str(digits / "none")}, "holds no run"),
        ({}, "which generator"),
    ]:
        with pytest.raises(UsageError, match=says):
            export(**arguments)
    assert not (digits / "export_7").exists()


def test_formats_on_the_command_line() -> None:
    assert preprocess(["format=onnx", "title=a b, c"]) == ["format=[onnx]", "title='a b, c'"]
    assert preprocess(["title=null", "license='mit'"]) == ["title=null", "license='mit'"]
    assert preprocess(["format=onnx,page"]) == ["format=[onnx,page]"]
    assert preprocess(["format=[onnx]", "format="]) == ["format=[onnx]", "format=[]"]


@pytest.mark.training
def test_raw_weights_and_standing_statistics_have_names_of_their_own(digits: Path) -> None:
    folder = export(run=str(digits), ema=False, standing=1, seed=4)
    config = json.loads((folder / "config.json").read_text())
    assert folder.name == "export_7_raw_standing1"
    assert (config["weights"], config["standing"], config["standing_seed"]) == ("raw weights", 1, 4)
