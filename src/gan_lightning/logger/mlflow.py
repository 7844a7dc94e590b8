"""MLflow logger of metrics and media."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.fabric.utilities.logger import _convert_params, _flatten_dict
from lightning.pytorch.loggers import MLFlowLogger
from lightning.pytorch.utilities import rank_zero_only
from PIL.Image import Image

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.extras import import_extra
from gan_lightning.core.validation import validate_arguments
from gan_lightning.logger.run_id import read_run_id, write_run_id


class MLflow(MLFlowLogger):
    """A run of an MLflow experiment, by training step; Lightning's logger, with images and GIFs.

    A resumed run continues the same MLflow run. Steps that are trained again are logged again, with the same values.

    Args:
        directory: the run directory.
        tracking_uri: of the server; None is MLFLOW_TRACKING_URI, else `mlflow.db` beside the run directory, whose
            images and GIFs lie in `mlflow_artifacts/`.
        experiment: name of the MLflow experiment.
        name: of the run; None is the name of the run directory.

    Raises:
        UsageError: MLflow is not installed, or can't open the store.
    """

    @validate_arguments
    def __init__(
        self,
        directory: str,
        *,
        tracking_uri: str | None = None,
        experiment: str = "gan_lightning",
        name: str | None = None,
    ) -> None:
        import_extra("mlflow", "mlflow")
        self._directory = Path(directory).resolve()
        beside = self._directory.parent
        uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
        try:
            super().__init__(
                experiment,
                run_name=name or self._directory.name,
                tracking_uri=uri or f"sqlite:///{beside / 'mlflow.db'}",
                artifact_location=None if uri else str(beside / "mlflow_artifacts"),
                run_id=read_run_id(self._directory, "mlflow"),
            )
        except Exception as error:
            raise UsageError(f"logger=mlflow could not start: {first_line(error)}") from error

    @property
    @rank_zero_experiment
    def experiment(self) -> Any:
        """The client of the store; the MLflow run starts at the first access."""
        new = not self._initialized
        client = super().experiment
        if new:
            self._directory.mkdir(parents=True, exist_ok=True)
            write_run_id(self._directory, "mlflow", str(self._run_id))
        return client

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace) -> None:  # type: ignore[override]
        """Logs parameters; those that the run has already stay as they are, as MLflow demands."""
        known = self.experiment.get_run(self.run_id).data.params
        super().log_hyperparams({k: v for k, v in _flatten_dict(_convert_params(params)).items() if k not in known})

    @rank_zero_only
    def log_image(self, key: str, images: Sequence[Image], step: int | None = None) -> None:
        """Logs images under `key`."""
        for index, image in enumerate(images):
            name = key if len(images) == 1 else f"{key}/{index}"
            pixels = np.asarray(image.convert("RGB"))
            self.experiment.log_image(self.run_id, pixels, key=name, step=step or 0)

    @rank_zero_only
    def log_video(self, key: str, videos: Sequence[Path], step: int | None = None, **kwargs: Any) -> None:
        """Keeps GIF files as artifacts of the run."""
        for video in videos:
            self.experiment.log_artifact(self.run_id, str(video))
