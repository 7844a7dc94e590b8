"""Comet logger of metrics and media, offline or online."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import CometLogger
from lightning.pytorch.utilities import rank_zero_only
from PIL.Image import Image

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.extras import import_extra
from gan_lightning.core.validation import validate_arguments
from gan_lightning.logger.run_id import read_run_id, write_run_id


class Comet(CometLogger):
    """A Comet experiment, by training step; Lightning's logger, with images.

    Offline it needs no account: `comet upload <directory>/comet/*.zip` uploads it later. A resumed run continues the
    same experiment.

    Args:
        directory: the run directory.
        offline: write to `comet/` in it only; false uploads during the run, which needs a key.
        project: of the experiment.
        workspace: None is the account's default.
        name: of the experiment; None is the name of the run directory.

    Raises:
        UsageError: Comet is not installed, or can't start; online without a key.
    """

    @validate_arguments
    def __init__(
        self,
        directory: str,
        *,
        offline: bool = True,
        project: str = "gan_lightning",
        workspace: str | None = None,
        name: str | None = None,
    ) -> None:
        os.environ.setdefault("COMET_LOGGING_CONSOLE", "WARNING")
        os.environ.setdefault("COMET_ERROR_TRACKING_ENABLE", "false")  # it would go online
        os.environ.setdefault("COMET_DISABLE_AUTO_LOGGING", "1")  # which patches torch; Lightning sets it, too
        comet = import_extra("comet_ml", "comet")
        if not offline and not comet.get_config("comet.api_key"):
            raise UsageError(
                "logger.comet.offline=false needs a key: set COMET_API_KEY or type `comet login`, or take "
                "logger.comet.offline=true and upload the run later with `comet upload`"
            )
        self._directory, self._offline = Path(directory).resolve(), offline
        run_id = read_run_id(self._directory, "comet")
        super().__init__(
            project=project,
            workspace=workspace,
            experiment_key=run_id,
            mode="get" if run_id else "create",
            name=name or self._directory.name,
            offline_directory=str(self._directory / "comet"),
            log_code=False,
            log_graph=False,
            log_env_details=False,
            display_summary_level=0,
            auto_output_logging=False,
            parse_args=False,
        )

    def _create_experiment(self) -> None:
        # Lightning's `online=False` also disables the experiment: nothing would be written.
        self._online = not self._offline
        try:
            super()._create_experiment()
        except Exception as error:
            raise UsageError(f"logger=comet could not start: {first_line(error)}") from error
        self._directory.mkdir(parents=True, exist_ok=True)
        write_run_id(self._directory, "comet", str(self._experiment_key))

    @rank_zero_only
    def log_image(self, key: str, images: Sequence[Image], step: int | None = None) -> None:
        """Logs images under `key`."""
        for index, image in enumerate(images):
            name = key if len(images) == 1 else f"{key}/{index}"
            self.experiment.log_image(image, name=name, step=step)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Ends the experiment; offline its archive is written now."""
        super().finalize(status)
        if self._experiment is not None:
            self._experiment.end()
            self._experiment, self._mode = None, "get"  # what a second `fit` goes on with
