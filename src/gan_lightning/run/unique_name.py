"""Directory names that no other run has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, read_write


class UniqueRunDir(Callback):
    """Hydra callback that makes the directory of a run whose name follows the time (`${now:...}`).

    Of runs that start in the same second, the second one gets `NAME_2`. A directory that is named as it is
    (`hydra.run.dir=runs/mine`) is left alone.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Creates the directory, and puts its name in `hydra.run.dir`."""
        as_written: Any = OmegaConf.to_container(config.hydra.run, resolve=False)
        if "${now:" in as_written["dir"]:
            HydraConfig.instance().set_config(config)  # for ${hydra:...} in the name
            with read_write(config.hydra.run):
                config.hydra.run.dir = str(make_unique(Path(config.hydra.run.dir)))


def make_unique(directory: Path) -> Path:
    """Creates the directory, or the first of `NAME_2`, `NAME_3`, ... that does not exist yet."""
    number, free = 1, directory
    while True:
        try:
            free.mkdir(parents=True)
            return free
        except FileExistsError:
            number += 1
            free = directory.with_name(f"{directory.name}_{number}")
