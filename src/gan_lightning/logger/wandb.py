"""Runs in Weights & Biases, on this machine or on the web."""

from __future__ import annotations

import netrc
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import wandb
from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import WandbLogger
from lightning.pytorch.utilities import rank_zero_only
from omegaconf import OmegaConf

from gan_lightning.runtime.check import checked
from gan_lightning.runtime.refusal import Refusal

Run = Any  # wandb.Run: the package is not typed for strict use


class WandB(WandbLogger):
    """A W&B run in the run directory, its x axis the round, silent on the console.

    Offline it needs no account: `wandb sync <directory>/wandb/offline-run-*` uploads it later. The run's config is the
    `config.yaml` in that directory, where there is one. The summary keeps the least value of each validation figure
    (`val_*`), and of all others the last.

    Args:
        directory: the run directory.
        offline: write here only; false sends to the web as the run goes, which needs a login.
        project: to which the run belongs.
        name: of the run; None is the run directory's.
        entity: user or team; None is the login's own.
        group: which runs to show together.
        tags: words to find the run by.
        id: of an earlier run, to go on with it; None is that of the run in the directory, where there is one.

    Raises:
        Refusal: online without a login, or W&B cannot start.
    """

    @checked
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
        if not offline and not _logged_in():
            raise Refusal(
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
        del self._wandb_init["anonymous"]  # Lightning passes it on, W&B no longer takes it

    @property
    @rank_zero_experiment
    def experiment(self) -> Run:
        """The W&B run, started when first asked for."""
        if self._experiment is None:
            directory = Path(self._save_dir or ".")
            directory.mkdir(parents=True, exist_ok=True)
            try:
                self._experiment = wandb.init(**self._wandb_init, config=_config(directory / "config.yaml"))
            except wandb.Error as error:
                first = str(error).splitlines()[0]
                raise Refusal(f"logger=wandb could not start ({first}): try logger.offline=true") from None
            self._experiment.define_metric("round")
            self._experiment.define_metric("*", step_metric="round")
            self._experiment.define_metric("val_*", step_metric="round", summary="min")
        return self._experiment

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Adds the figures of round `step`."""
        self.experiment.log(dict(metrics) if step is None else {**metrics, "round": step})

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Closes the run, also after a failure, which W&B then shows as one."""
        super().finalize(status)
        if self._experiment is not None:
            self._id = self._wandb_init["id"] = self._experiment.id  # a second `fit` goes on with the same run
            with suppress(ConnectionError):  # a signal to all processes ends W&B's own as well; what it wrote is there
                self._experiment.finish(exit_code=int(status != "success"))
            self._experiment = None


def _config(path: Path) -> dict[str, Any]:
    return OmegaConf.to_container(OmegaConf.load(path)) if path.exists() else {}  # type: ignore[return-value]


def _begun(directory: Path) -> str | None:
    """The id of the W&B run in the directory, which ends the name of its own."""
    latest = directory / "wandb" / "latest-run"
    return latest.resolve().name.rpartition("-")[2] if latest.exists() else None


def _logged_in() -> bool:
    """Whether W&B would find credentials without asking for them."""
    settings = wandb.setup().settings
    if settings.api_key or getattr(settings, "identity_token_file", None):
        return True
    try:
        known = netrc.netrc(os.environ.get("NETRC"))
    except (FileNotFoundError, netrc.NetrcParseError):
        return False
    return known.authenticators(urlsplit(settings.base_url).hostname or "") is not None
