"""The config of one job of a sweep, handed to its process as it was composed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.errors import UsageError

FILE, ARGUMENT = "job.yaml", "job"
DIGEST = "GAN_LIGHTNING_JOB"  # environment variable of the process: SHA-256 of the file


def write_job_config(directory: Path, config: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Writes a composed config; returns the argument and the environment of the process that trains it."""
    text = OmegaConf.to_yaml(OmegaConf.create(config))
    write_text(directory / FILE, text)
    return f"{ARGUMENT}={directory / FILE}", {DIGEST: hashlib.sha256(text.encode()).hexdigest()}


def read_job_config(file: Path) -> DictConfig:
    """The config of a job, in its process.

    Raises:
        UsageError: the file is not the one that the sweep of this process wrote.
    """
    try:
        content = file.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != os.environ.get(DIGEST):
        raise UsageError(f"{ARGUMENT}= is for the processes of a sweep: type run={file.parent} to go on with a run")
    return OmegaConf.create(content.decode())  # type: ignore[return-value]
