"""Weights & Biases logger, offline or online."""

from __future__ import annotations

import os
import warnings
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import wandb
from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import WandbLogger
from lightning.pytorch.utilities import rank_zero_only

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.format import table_cell
from gan_lightning.core.validation import validate_arguments
from gan_lightning.logger.csv import read
from gan_lightning.logger.media import Histogram
from gan_lightning.logger.wandb_history import logged_rows, resumable_id, wandb_history
from gan_lightning.logger.wandb_login import wandb_mode
from gan_lightning.metric.registry import direction
from gan_lightning.run.stored_config import read_stored_config

Run = Any  # wandb.Run: the package is not typed for strict use


class WandB(WandbLogger):
    """A W&B run in the run directory, by training step, silent on the console.

    Offline it needs no account: `wandb sync <directory>/wandb/offline-run-*` uploads it later. The run's config is the
    `config.yaml` in that directory, if there is one. The summary has the last value of each metric and, as
    `best/<score>`, the best of each score.

    A resumed run continues the same W&B run. Steps that are trained again are not logged twice, and rows that a killed
    process had not written yet are taken from `metrics.csv`.

    Args:
        directory: the run directory.
        offline: write to disk only; false uploads during the run, which needs a login; None is WANDB_MODE, else true.
        project: of the run; None is WANDB_PROJECT, else "gan_lightning".
        name: of the run; None is the name of the run directory.
        entity: user or team; None is WANDB_ENTITY, else the login's default.
        group: of runs shown together.
        tags: of the run.
        id: of an earlier W&B run to continue; None is that of the run in the directory if it has a checkpoint to
            resume from.
        log_model: keep checkpoints as versions of the artifact `model-ID`: true, the best and the last one when the
            run ends, with these words as aliases; "all", each one when it is written.

    Raises:
        UsageError: online without a login, or W&B cannot start.
    """

    @validate_arguments
    def __init__(
        self,
        directory: str,
        *,
        offline: bool | None = None,
        project: str | None = None,
        name: str | None = None,
        entity: str | None = None,
        group: str | None = None,
        tags: tuple[str, ...] = (),
        id: str | None = None,
        log_model: bool | Literal["all"] = False,
    ) -> None:
        mode = wandb_mode(offline)
        super().__init__(
            save_dir=directory,
            offline=mode != "online",
            project=project or os.environ.get("WANDB_PROJECT") or "gan_lightning",
            name=name or Path(directory).resolve().name,
            id=id or resumable_id(Path(directory)),
            entity=entity or os.environ.get("WANDB_ENTITY") or None,
            group=group,
            tags=list(tags),
            mode=mode,
            reinit="create_new",
            settings=wandb.Settings(silent=True, console="off"),
        )
        self._wandb_init.pop("anonymous", None)  # Lightning passes it, W&B has removed it
        self._directory, self._keep = Path(directory), log_model
        self._logged_until: dict[str, int] = {}  # the last step of each metric logged by earlier processes
        self._best: dict[str, float] = {}
        self._step, self._disconnected = 0, False

    @property
    @rank_zero_experiment
    def experiment(self) -> Run:
        """The W&B run, started at the first access."""
        if self._experiment is None:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._load_history()
            try:
                self._experiment = wandb.init(**self._wandb_init, config=_config(self._directory / "config.yaml"))
            except wandb.Error as error:
                reason = first_line(error)
                raise UsageError(f"logger=wandb could not start ({reason}): try logger.wandb.offline=true") from None
            self._experiment.define_metric("step")
            self._experiment.define_metric("*", step_metric="step")
        return self._experiment

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Adds a module's hparams to the config; not where the run's `config.yaml` has them."""
        if not (self._directory / "config.yaml").exists():
            super().log_hyperparams(params)

    @rank_zero_only
    def rewind(self, step: int) -> None:
        """Adds rows up to `step` that W&B lacks from `metrics.csv`; steps that it has are not logged again."""
        run = self.experiment
        if step == 0:  # a new run, perhaps of another config
            self._logged_until, self._best = {}, {}
        for row in read(self._directory / "metrics.csv"):
            if row["step"] <= step:
                self.log_metrics({key: value for key, value in row.items() if key != "step"}, int(row["step"]))
        with self._unless_disconnected():
            run.summary.update({f"best/{score}": value for score, value in self._best.items()})

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Adds metrics of a step; without `step`, to the last one."""
        run = self.experiment
        self._step = self._step if step is None else step
        new = {key: value for key, value in metrics.items() if self._logged_until.get(key, -1) < self._step}
        better = self._update_best(new)
        with self._unless_disconnected():
            if new:
                run.log({**new, "step": self._step}, step=self._step)
            if better:
                run.summary.update({f"best/{score}": value for score, value in better.items()})

    @rank_zero_only
    def log_video(self, key: str, videos: list[Any], step: int | None = None, **kwargs: Any) -> None:
        """Logs GIF files under `key`."""
        for index, video in enumerate(videos):
            tag = key if len(videos) == 1 else f"{key}/{index}"
            self.log_metrics({tag: wandb.Video(str(video), format="gif")}, step)

    @rank_zero_only
    def log_points(
        self, key: str, points: Sequence[Mapping[str, float]], x: str, y: str, step: int | None = None
    ) -> None:
        """Logs a scatter plot of `y` over `x` under `key`, and its table under `<key>_table`."""
        columns: list[str | int] = list(points[0])
        table = wandb.Table(columns=columns, data=[list(point.values()) for point in points])
        with _staged_in(self._directory / "wandb"):
            self.log_metrics({key: wandb.plot.scatter(table, x, y, title=key)}, step)

    @rank_zero_only
    def log_table(self, key: str, columns: list[str], data: list[list[Any]], *, step: int | None = None) -> None:  # type: ignore[override]
        """Logs a table of rows under `key`."""
        with _staged_in(self._directory / "wandb"):
            cells = [[table_cell(value) for value in row] for row in data]
            self.log_metrics({key: wandb.Table(columns=list(columns), data=cells)}, step)

    @rank_zero_only
    def log_histogram(self, key: str, histogram: Histogram, step: int | None = None) -> None:
        """Logs a histogram under `key`."""
        self.log_metrics({key: wandb.Histogram(np_histogram=histogram)}, step)

    @rank_zero_only
    def log_alert(self, title: str, text: str) -> None:
        """Sends an alert, by mail or Slack as the person's settings at W&B say."""
        with self._unless_disconnected():
            self.experiment.alert(title=title, text=text, level="WARN")

    @rank_zero_only
    def log_checkpoint(self, file: Path, step: int) -> None:
        """Keeps the checkpoint as a version of the run's artifact, if `log_model` is "all"."""
        if self._keep == "all":
            self._log_artifact(file, step)

    def _log_artifact(self, file: Path, step: int) -> None:
        run = self.experiment
        artifact = wandb.Artifact(f"model-{run.id}", "model", metadata={"step": step})
        with _staged_in(self._directory / "wandb"), self._unless_disconnected():
            artifact.add_file(str(file), name=file.name)
            run.log_artifact(artifact, aliases=[file.stem])

    def _load_history(self) -> None:
        """Reads the history that earlier processes logged to the same W&B run; online, the part they uploaded."""
        self._logged_until, self._best = {}, {}
        records = wandb_history(self._directory, self._id, offline=self._offline) if self._id else ()
        for step, row in logged_rows(records):
            self._logged_until |= {key.removesuffix("._type"): step for key in row}
            self._update_best(row)

    def _update_best(self, metrics: Mapping[str, Any]) -> dict[str, float]:
        """Updates the best scores; returns those that improved."""
        better: dict[str, float] = {}
        for score, value in metrics.items():
            best, better_if = self._best.get(score), direction(score)
            if better_if is None or not isfinite(value):
                continue
            if best is None or (value < best if better_if == "lower" else value > best):
                better[score] = float(value)
        self._best |= better
        return better

    @contextmanager
    def _unless_disconnected(self) -> Iterator[None]:
        """Ignores a dead W&B process (ended by a signal or the system), after a warning: training continues."""
        try:
            yield
        except ConnectionError:
            if not self._disconnected:
                warnings.warn("W&B's process is gone; metrics.csv goes on, and W&B when resumed", stacklevel=2)
            self._disconnected = True

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Closes the run; W&B shows a failure as one."""
        super().finalize(status)
        if self._experiment is not None:
            if self._keep is True:
                for name in ("best", "last"):
                    if (file := self._directory / "checkpoints" / f"{name}.ckpt").is_file():
                        self._log_artifact(file, self._step)
            self._id = self._wandb_init["id"] = self._experiment.id  # a second `fit` continues the same run
            with self._unless_disconnected():
                self._experiment.finish(exit_code=int(status != "success"))
            self._experiment = None


def _config(path: Path) -> dict[str, Any]:
    return read_stored_config(path) if path.exists() else {}


@contextmanager
def _staged_in(directory: Path) -> Iterator[None]:
    """Inside the `with`, tables are staged for upload in the directory unless WANDB_DATA_DIR is set.

    W&B's default is the home directory.
    """
    if "WANDB_DATA_DIR" in os.environ:
        yield
        return
    os.environ["WANDB_DATA_DIR"] = str(directory.resolve())
    try:
        yield
    finally:
        del os.environ["WANDB_DATA_DIR"]
