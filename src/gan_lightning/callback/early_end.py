"""A line on training that ended before its last step."""

from __future__ import annotations

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.objective.trainer_checks import TIME_IS_UP, why_stopped


class ReportEarlyEnd(Callback):
    """Prints why training ended early (the time was up, a callback stopped it), and the command to go on with."""

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Prints the line, if training ended early."""
        if reason := why_stopped(trainer):
            run = f"python -m gan_lightning.train run={relative_to_cwd(trainer.default_root_dir)}"
            more = " trainer.max_time=DD:HH:MM:SS (a longer time)" if reason == TIME_IS_UP else " without that callback"
            steps = f"step {trainer.global_step:,} of {trainer.max_steps:,}"
            print_rank_zero(f"training ended at {steps}: {reason}; to go on: {run}{more}")
