"""The package as it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {"src", "conf", "sweeps", "tests", "benchmarks", "examples", "docs"}
FILES = {"README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "pyproject.toml"}
FILES |= {".gitignore", "PKG-INFO"}


def dist_info(wheel: Path) -> str:
    return "-".join(wheel.name.split("-")[:2]) + ".dist-info"


def build(kind: str, source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (found,) = folder.iterdir()
    return found


@pytest.mark.process
def test_sdist_has_the_sources_and_their_tests_and_neither_data_nor_runs(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", ROOT, tmp_path / "sdist")) as archive:
        files = {item.name.partition("/")[2]: item.size for item in archive.getmembers() if item.isfile()}
        archive.extractall(tmp_path / "source", filter="data")
    assert {name.split("/")[0] for name in files if "/" in name} == FOLDERS
    assert {name for name in files if "/" not in name} == FILES
    assert {"src/gan_lightning/train.py", "conf/train.yaml", "tests/conftest.py", "docs/index.md"} <= files.keys()
    suffixes = {Path(name).suffix for name in files}
    assert not suffixes & {".ckpt", ".safetensors", ".npy", ".npz", ".ttf", ".gz", ".pyc", ".wandb"}, suffixes
    assert sorted(name for name in files if name.endswith(".pt")) == [
        "src/gan_lightning/extractor/digit_encoder.pt",
        "src/gan_lightning/extractor/digits.pt",
    ]
    assert not [name for name in files if {"runs", "multirun", "zoo", "wandb", "build"} & set(name.split("/")[:-1])]
    assert sum(files.values()) < 20_000_000
    (source,) = (tmp_path / "source").iterdir()
    own, again = (build("wheel", where, tmp_path / f"wheel{i}") for i, where in enumerate((ROOT, source)))
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(own).namelist())


@pytest.mark.process
def test_wheel_brings_its_configs_and_runs_from_a_foreign_directory(tmp_path: Path) -> None:
    wheel = build("wheel", ROOT, tmp_path / "dist")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    assert not {name.split("/")[0] for name in names} - {"gan_lightning", "hydra_plugins", dist_info(wheel)}
    assert not [name for name in names if "zoo/" in name]
    assert max(item.file_size for item in zipfile.ZipFile(wheel).infolist()) < 400_000, "a data set, or a run"
    for source in (ROOT / "conf").rglob("*.yaml"):
        assert f"gan_lightning/conf/{source.relative_to(ROOT / 'conf')}" in names
    assert {
        "gan_lightning/extractor/digits.pt",
        "gan_lightning/extractor/digit_encoder.pt",
        "gan_lightning/compare/page.html",
        "gan_lightning/py.typed",
    } <= names
    (tmp_path / "elsewhere").mkdir()
    overrides = ["data.batch_size=4", "trainer.max_steps=1", "trainer.accelerator=cpu"]
    overrides += ["logger=none", "callback=none", "hydra.run.dir=run"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "import gan_lightning.train as t, sys; print(t.__file__); t.main()", *overrides],
        cwd=tmp_path / "elsewhere",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "site") in done.stdout
    assert (tmp_path / "elsewhere" / "run" / "config.yaml").exists()
    new = [sys.executable, "-m", "gan_lightning.new", "my_gan"]
    subprocess.run(new, cwd=tmp_path, env=environment, check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],  # the test of the new project trains it
        cwd=tmp_path / "my_gan",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
