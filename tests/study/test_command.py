"""The command `python -m gan_lightning.study`, whole."""

from __future__ import annotations

import csv
import inspect
import json
import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from PIL import Image

from gan_lightning.config.validate import CONFIG_DIR, import_target
from gan_lightning.core.errors import UsageError
from gan_lightning.study.catalog import catalog, listing
from gan_lightning.study.tool.base import Table
from gan_lightning.study.tool.report import format_value, text
from tests.helper import command
from tests.helper.study_command import checked, studied

FILES = sorted((CONFIG_DIR / "study").glob("*.yaml"))


@pytest.mark.process
def test_writes_table_figure_and_config_and_prints_conclusions(tmp_path: Path) -> None:
    run = ["study=noise_bound", "size=quick", "study.distances=[0.03]", "hydra.run.dir=here"]
    done = command.run(*run, cwd=tmp_path, module="gan_lightning.study")
    assert done.returncode == 0, done.stderr
    assert "· The bound holds at 9 of 9 pairs" in done.stdout
    assert "here/noise_bound.csv, here/noise_bound.png" in done.stderr
    assert {file.name for file in (tmp_path / "here").iterdir()} == {
        "config.yaml",
        "noise_bound.csv",
        "noise_bound.png",
    }
    with (tmp_path / "here" / "noise_bound.csv").open() as file:
        header, *rows = csv.reader(file)
    assert "slope of JSD [nats per length]" in header
    assert len(rows) == 9
    with Image.open(tmp_path / "here" / "noise_bound.png") as picture:
        assert picture.size == (2160, 1240)
    config = OmegaConf.load(tmp_path / "here" / "config.yaml")
    assert (config.size, config.study.distances) == ("quick", [0.03])

    with pytest.raises(UsageError, match="here is not empty: choose another directory"):
        studied(tmp_path / "here", "study=noise_bound")
    assert len(list((tmp_path / "here").iterdir())) == 3


@pytest.mark.process
def test_lists_the_studies(tmp_path: Path) -> None:
    done = command.run(cwd=tmp_path, module="gan_lightning.study")
    assert (done.returncode, done.stdout.strip("\n"), done.stderr) == (0, listing(), "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_a_mistyped_name_is_one_line_of_error(tmp_path: Path) -> None:
    done = command.run("study=parallel_line", cwd=tmp_path, module="gan_lightning.study")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: study=parallel_line does not exist: did you mean parallel_lines?\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.training
@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("+study.distance=[1]", "study.distance is not a key of NoiseBounds: did you mean distances?"),
        ("seeds=0", "seeds=0 must be greater than or equal to 1"),
        ("size=huge", "size=huge is no size of a study: known: full, quick"),
        ("study.distances=[0.5]", "study: give distances up to 0.125, least below most, and two levels or more"),
    ],
)
def test_invalid_input_raises_before_anything_is_written(override: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        studied(tmp_path / "run", "study=noise_bound", override)
    assert str(error.value) == says
    assert list(tmp_path.iterdir()) == []


def test_a_study_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("gan_lightning.study.noise_bound.NoiseBounds.run", broken)
    with pytest.raises(ZeroDivisionError):
        studied(tmp_path / "run", "study=noise_bound")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.training
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_files_have_a_description_and_the_defaults_of_the_signatures(file: Path) -> None:
    config = checked(f"study={file.stem}")["study"]
    target = import_target("study", config.pop("_target_"))
    assert target.__module__ == f"gan_lightning.study.{file.stem}"
    signature = inspect.signature(target).parameters
    assert config.keys() == signature.keys()
    for name, value in config.items():
        default = signature[name].default
        if default is not inspect.Parameter.empty:  # what only a file can say
            assert value == json.loads(json.dumps(default)), name  # lists for tuples
    assert re.fullmatch(r"[A-Z].{20,130}", catalog()[file.stem])
    assert checked(f"study={file.stem}", "size=quick")["study"] != checked(f"study={file.stem}")["study"]


@pytest.mark.training
def test_explicit_values_override_the_size() -> None:
    assert checked("study=clipping", "size=quick")["study"]["steps"] == 5
    assert checked("study=clipping", "size=quick", "study.steps=7")["study"]["steps"] == 7
    assert checked("study=clipping", "seeds=4")["study"]["seeds"] == 4
    with pytest.raises(UsageError, match="size=q is no size"):
        checked("study=clipping", "size=q")


def test_tables_have_all_digits_and_units() -> None:
    table = Table({"layer": "", "norm": "nats"}, [["first, last", 1 / 3], ["second", None]])
    assert text(table) == 'layer,norm [nats]\n"first, last",0.3333333333333333\nsecond,\n'
    assert [format_value(value) for value in (1 / 3, None, float("inf"), 7, "word")] == [
        "0.3333",
        "–",
        "∞",
        "7",
        "word",
    ]
