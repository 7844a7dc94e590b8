"""The command as a test types it: in this process where it can be, as a program where it must."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from gan_lightning.runtime.config import CONF, plain
from gan_lightning.train import train

QUICK = ["logger=none", "trainer.accelerator=cpu", "trainer.max_steps=3"]


def composed(*overrides: str) -> DictConfig:
    """The config that the command composes, but for Hydra's own directory."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("train", ["run_dir=unused", *overrides])


def checked(*overrides: str) -> dict[str, Any]:
    """The same as a plain dict, checked."""
    return plain(composed(*overrides), train)


def run(*arguments: str, cwd: Path, module: str = "gan_lightning.train") -> subprocess.CompletedProcess[str]:
    """The command as a program, in the directory `cwd`."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
