"""The sweeper of `--multirun`, in the package that Hydra searches for plugins."""

from __future__ import annotations

from collections.abc import Sequence

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper


class JobSweeper(BasicSweeper):
    """Hydra's own sweeper, except that a job which can't be composed is left out and reported: the others run."""

    def validate_batch_is_legal(self, batch: Sequence[Sequence[str]]) -> None:
        """Composes each job and takes those out that fail.

        Raises:
            JobFailed: none is left.
            SystemExit: likewise, in a program of one's own.
        """
        from gan_lightning.sweep.job import JobFailed
        from gan_lightning.sweep.report import refuse_job, report_now

        assert isinstance(batch, list)
        for overrides in list(batch):
            try:
                super().validate_batch_is_legal([overrides])
            except Exception as error:
                batch.remove(overrides)
                refuse_job(error, overrides)
        if not batch:
            report_now()
            raise JobFailed("no job can be composed")
