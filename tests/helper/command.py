"""The command as a test types it: in this process where it can be, as a program where it must."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import CONFIG_DIR, resolve_and_validate
from tests.helper.forked import Done, call

QUICK = ["logger=none", "trainer.accelerator=cpu", "trainer.max_steps=3"]


def composed(*overrides: str) -> DictConfig:
    """The config that the command composes, but for Hydra's own directory."""
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        return compose("train", ["run_dir=unused", *overrides])


def checked(*overrides: str) -> dict[str, Any]:
    """The same as a plain dict, checked."""
    return resolve_and_validate(composed(*overrides), TrainConfig)


def run(*arguments: str, cwd: Path, module: str = "gan_lightning.train") -> Done:
    """The command in a fork of this process, in the directory `cwd`."""
    spec = find_spec(module)
    main = f"{module}.__main__" if spec and spec.submodule_search_locations else module
    return call(*arguments, cwd=cwd, module=main, timeout=240)


def run_program(*arguments: str, cwd: Path, module: str) -> subprocess.CompletedProcess[str]:
    """The module as a program, in the directory `cwd`."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env=os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def start(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    """The command as a program that goes on while the test does."""
    return subprocess.Popen(
        [sys.executable, "-m", "gan_lightning.train", *arguments],
        cwd=cwd,
        env=os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "100"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(file: Path, program: subprocess.Popen[str]) -> None:
    """Waits until the program has written the file."""
    while not file.exists():
        assert program.poll() is None, program.communicate()[1]
        time.sleep(0.05)


def wait_for_end(program: subprocess.Popen[str]) -> str:
    """Waits until the program has ended and returns its stderr; one that does not end is killed."""
    with program:
        try:
            return program.communicate(timeout=120)[1]
        except subprocess.TimeoutExpired:
            program.kill()
            raise
