"""Runs in Weights & Biases, on this machine or on the web."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any

import wandb
from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import WandbLogger
from lightning.pytorch.utilities import rank_zero_only
from omegaconf import OmegaConf

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import validate_arguments
from gan_lightning.logger.csv import read
from gan_lightning.logger.media import Histogram
from gan_lightning.logger.wandb_history import logged_rows, wandb_history
from gan_lightning.logger.wandb_login import has_wandb_login
from gan_lightning.metric.registry import direction

Run = Any  # wandb.Run: the package is not typed for strict use


class WandB(WandbLogger):
    """A W&B run in the run directory, its steps the steps, silent on the console.

    Offline it needs no account: `wandb sync <directory>/wandb/offline-run-*` uploads it later. The run's config is the
    `config.yaml` in that directory, where there is one. The summary has the last value of each figure and, as
    `best/<score>`, the best of each score.

    A run that goes on from a checkpoint is the same W&B run. What was logged before is not logged twice, though its
    steps come again, and what a killed process had not written yet is taken from `metrics.csv`.

    Args:
        directory: the run directory.
        offline: write here only; false sends to the web as the run goes, which needs a login.
        project: to which the run belongs.
        name: of the run; None is the run directory's.
        entity: user or team; None is the login's own.
        group: which runs to show together.
        tags: words to find the run by.
        id: of an earlier run, to go on with it; None is that of the run in the directory, where there is a checkpoint
            to go on from.

    Raises:
        UsageError: online without a login, or W&B cannot start.
    """

    @validate_arguments
    def __init__(
        self,
        directory: str,
        *,
        offline: bool = True,
        project: str = "gan_lightning",
        name: str | None = None,
        entity: str | None = None,
        group: str | None = None,
        tags: tuple[str, ...] = (),
        id: str | None = None,
    ) -> None:
        if not offline and not has_wandb_login():
            raise UsageError(
                "logger.offline=false needs a W&B login: type `wandb login`, or set WANDB_API_KEY, "
                "or leave logger.offline=true and upload the run later with `wandb sync`"
            )
        super().__init__(
            save_dir=directory,
            offline=offline,
            project=project,
            name=name or Path(directory).resolve().name,
            id=id or _begun(Path(directory)),
            entity=entity,
            group=group,
            tags=list(tags),
            mode="offline" if offline else "online",
            reinit="create_new",
            settings=wandb.Settings(silent=True, console="off"),
        )
        self._wandb_init.pop("anonymous", None)  # Lightning passes it on, W&B no longer takes it
        self._directory = Path(directory)
        self._told: dict[str, int] = {}  # by earlier processes: the last step of each figure
        self._best: dict[str, float] = {}
        self._step, self._lost = 0, False

    @property
    @rank_zero_experiment
    def experiment(self) -> Run:
        """The W&B run, started when first asked for."""
        if self._experiment is None:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._recall()
            try:
                self._experiment = wandb.init(**self._wandb_init, config=_config(self._directory / "config.yaml"))
            except wandb.Error as error:
                first = str(error).splitlines()[0]
                raise UsageError(f"logger=wandb could not start ({first}): try logger.offline=true") from None
            self._experiment.define_metric("step")
            self._experiment.define_metric("*", step_metric="step")
        return self._experiment

    @rank_zero_only
    def rewind(self, step: int) -> None:
        """Adds from `metrics.csv` what W&B lacks up to `step`; what it has after that will not come twice."""
        run = self.experiment
        if step == 0:  # begun anew, perhaps another game
            self._told, self._best = {}, {}
        for row in read(self._directory / "metrics.csv"):
            if row["step"] <= step:
                self.log_metrics({key: value for key, value in row.items() if key != "step"}, int(row["step"]))
        with self._if_connected():
            run.summary.update({f"best/{score}": value for score, value in self._best.items()})

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Adds the figures of step `step`; without a step they join the last step's."""
        run = self.experiment
        self._step = self._step if step is None else step
        new = {key: value for key, value in metrics.items() if self._told.get(key, -1) < self._step}
        better = self._keep_best(new)
        with self._if_connected():
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
        """Draws each point's `y` over its `x`, under `key`; the table stands under `<key>_table`."""
        columns: list[str | int] = list(points[0])
        table = wandb.Table(columns=columns, data=[list(point.values()) for point in points])
        with _staged_in(self._directory / "wandb"):
            self.log_metrics({key: wandb.plot.scatter(table, x, y, title=key)}, step)

    @rank_zero_only
    def log_table(self, key: str, columns: list[str], data: list[list[Any]], *, step: int | None = None) -> None:  # type: ignore[override]
        """Shows rows under `key`."""
        with _staged_in(self._directory / "wandb"):
            self.log_metrics({key: wandb.Table(columns=list(columns), data=data)}, step)

    @rank_zero_only
    def log_histogram(self, key: str, histogram: Histogram, step: int | None = None) -> None:
        """Draws counts over edges under `key`."""
        self.log_metrics({key: wandb.Histogram(np_histogram=histogram)}, step)

    def _recall(self) -> None:
        """Reads what earlier processes logged in the same W&B run; online, what they sent."""
        self._told, self._best = {}, {}
        records = wandb_history(self._directory, self._id, offline=self._offline) if self._id else ()
        for step, row in logged_rows(records):
            self._told |= {key.removesuffix("._type"): step for key in row}
            self._keep_best(row)

    def _keep_best(self, figures: Mapping[str, Any]) -> dict[str, float]:
        """The scores among the figures that are better than all before."""
        better: dict[str, float] = {}
        for score, value in figures.items():
            best, better_if = self._best.get(score), direction(score)
            if better_if is None or not isfinite(value):
                continue
            if best is None or (value < best if better_if == "lower" else value > best):
                better[score] = float(value)
        self._best |= better
        return better

    @contextmanager
    def _if_connected(self) -> Iterator[None]:
        """Training goes on where W&B's own process is gone, ended by a signal to all or by the system."""
        try:
            yield
        except ConnectionError:
            if not self._lost:
                warnings.warn("W&B's process is gone; metrics.csv goes on, and W&B when resumed", stacklevel=2)
            self._lost = True

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Closes the run, also after a failure, which W&B then shows as one."""
        super().finalize(status)
        if self._experiment is not None:
            self._id = self._wandb_init["id"] = self._experiment.id  # a second `fit` goes on with the same run
            with self._if_connected():
                self._experiment.finish(exit_code=int(status != "success"))
            self._experiment = None


def _config(path: Path) -> dict[str, Any]:
    return OmegaConf.to_container(OmegaConf.load(path)) if path.exists() else {}  # type: ignore[return-value]


def _begun(directory: Path) -> str | None:
    """The id of the W&B run in a directory that a run can go on from; it ends the name of that run's own."""
    latest = directory / "wandb" / "latest-run"
    checkpoints = (directory / "checkpoints" / name for name in ("last.ckpt", "previous.ckpt"))
    if not latest.exists() or not any(file.exists() for file in checkpoints):
        return None
    return latest.resolve().name.rpartition("-")[2]


@contextmanager
def _staged_in(directory: Path) -> Iterator[None]:
    """Tables wait for their upload here, unless the user says where; W&B would leave them in the home directory."""
    if "WANDB_DATA_DIR" in os.environ:
        yield
        return
    os.environ["WANDB_DATA_DIR"] = str(directory.resolve())
    try:
        yield
    finally:
        del os.environ["WANDB_DATA_DIR"]
