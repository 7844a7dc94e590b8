"""The package as it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.process
def test_wheel_brings_its_configs_and_runs_from_a_foreign_directory(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    for source in (ROOT / "conf").rglob("*.yaml"):
        assert f"gan_lightning/conf/{source.relative_to(ROOT / 'conf')}" in names
    assert {"gan_lightning/extractor/digits.pt", "gan_lightning/compare/page.html", "gan_lightning/py.typed"} <= names
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
