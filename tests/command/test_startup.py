"""What a command loads before it answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"torch", "lightning", "torchvision", "torchmetrics", "wandb", "matplotlib", "PIL", "scipy", "ot", "mlxtend"}
BASH = {"COMP_LINE": "gan-lightning-train objective=wg", "COMP_POINT": "32", "COMP_TYPE": "9"}


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("gan_lightning.train", "--help"), "Trains a generative"),
        (("gan_lightning.sample", "--help"), "grid"),
        (("gan_lightning.export", "--help"), "safetensors"),
        (("gan_lightning.translate", "--help"), "Translates the images"),
        (("gan_lightning.study", "--help"), "Lines that never meet"),
        (("gan_lightning.study",), "Lines that never meet"),
        (("gan_lightning.train", "-sc", "query=bash"), "objective=wgan_gp"),
        (("gan_lightning.train", "--cfg", "job"), "_target_: gan_lightning.objective"),
    ],
)
def test_answers_without_loading_torch(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | BASH, capture_output=True, text=True, check=True)
    assert says in done.stdout
    loaded = set(re.findall(r"^import time:.*\| +(\w+)", done.stderr, re.MULTILINE))
    assert "hydra" in loaded
    assert loaded & HEAVY == set()
