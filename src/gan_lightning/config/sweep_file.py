"""Hydra's record of a sweep, taken away where the sweep has no directory of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

_before: dict[Path, bytes | None] = {}  # the record's file, with what it held before the sweep


class NoSweepFile(Callback):
    """Hydra callback of a command whose jobs write where the person says: `multirun.yaml` tells nothing there."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Keeps what lies in the file's place."""
        file = Path(config.hydra.sweep.dir) / "multirun.yaml"
        _before[file] = file.read_bytes() if file.is_file() else None


@contextmanager
def no_sweep_file() -> Iterator[None]:
    """Leaves the file's place as it was at the end of the `with`, also after an error."""
    try:
        yield
    finally:
        for file, content in _before.items():
            if content is None:
                file.unlink(missing_ok=True)
            else:
                file.write_bytes(content)
