"""Aim logger of metrics and images."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only
from PIL.Image import Image

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.extras import import_extra
from gan_lightning.core.validation import validate_arguments
from gan_lightning.logger.run_id import read_run_id, write_run_id


class Aim(Logger):
    """A run of an Aim repository, by training step: Aim's own logger for Lightning, with images.

    A resumed run continues the same Aim run.

    Args:
        directory: the run directory.
        repo: folder of the repository; None is the folder that the run directory lies in.
        experiment: name of the Aim experiment.
        name: of the run; None is the name of the run directory.

    Raises:
        UsageError: Aim is not installed.
    """

    @validate_arguments
    def __init__(
        self, directory: str, *, repo: str | None = None, experiment: str = "gan_lightning", name: str | None = None
    ) -> None:
        super().__init__()
        self._aim = import_extra("aim", "aim")
        logging.getLogger("aim").setLevel(logging.ERROR)  # it reports each start
        self._directory = Path(directory).resolve()
        self._logger = import_extra("aim.pytorch_lightning", "aim").AimLogger(
            repo=repo or str(self._directory.parent),
            experiment=experiment,
            run_name=name or self._directory.name,
            run_hash=read_run_id(self._directory, "aim"),
            system_tracking_interval=None,
            log_system_params=False,
            capture_terminal_logs=False,
            context_prefixes={},  # names stay as they are
        )
        self._known = self._logger._run_hash

    @property
    @rank_zero_experiment
    def experiment(self) -> Any:
        """The Aim run, started at the first access."""
        try:
            run = self._logger.experiment
        except Exception as error:
            raise UsageError(f"logger=aim could not start: {first_line(error)}") from error
        if run.hash != self._known:
            self._known = run.hash
            write_run_id(self._directory, "aim", run.hash)
        return run

    @property
    def name(self) -> str | None:
        """Name of the Aim experiment."""
        return str(self._logger.name)

    @property
    def version(self) -> str | None:
        """Id of the Aim run; None before it starts."""
        return self._known  # type: ignore[no-any-return]

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Logs parameters."""
        _ = self.experiment
        self._logger.log_hyperparams(params)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Logs metrics of a step."""
        _ = self.experiment
        self._logger.log_metrics(dict(metrics), step)

    @rank_zero_only
    def log_image(self, key: str, images: Sequence[Image], step: int | None = None) -> None:
        """Logs images under `key`."""
        shown = [self._aim.Image(image) for image in images]
        self.experiment.track(shown[0] if len(shown) == 1 else shown, name=key, step=step)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Closes the run."""
        self._logger.finalize(status)
