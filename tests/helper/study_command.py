"""The command as a test types it, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir

import gan_lightning.study.catalog  # noqa: F401  registers the resolver sized
from gan_lightning.config.validate import CONFIG_DIR, resolve_and_validate
from gan_lightning.study.__main__ import study


def checked(*overrides: str) -> dict[str, Any]:
    """The config that the command composes, but for Hydra's own directory, checked."""
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        return resolve_and_validate(compose("study", ["run_dir=unused", *overrides]), study)


def studied(folder: Path, *overrides: str) -> Path:
    """What the command does."""
    return study(**checked(f"run_dir={folder}", *overrides))
