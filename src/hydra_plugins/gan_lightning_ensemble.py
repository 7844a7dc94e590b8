"""The launcher `hydra/launcher=ensemble`, in the package that Hydra searches for plugins."""

from __future__ import annotations

from collections.abc import Sequence

from hydra.core.utils import JobReturn, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class EnsembleLauncher(Launcher):
    """Trains all jobs of a sweep in one process; those whose steps are the same computation, as one."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keeps the program's function, the context and the config of the sweep."""
        self._task, self._context, self._config = task_function, hydra_context, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Trains the jobs."""
        from gan_lightning.ensemble.launcher_jobs import launch

        setup_globals()
        return launch(self._context, self._task, self._config, job_overrides, initial_job_idx)
