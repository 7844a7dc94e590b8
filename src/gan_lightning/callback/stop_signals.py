"""Signals stop a run after the current step, with a checkpoint."""

from __future__ import annotations

import signal
import threading
from typing import Any

import torch
import torch.distributed as dist
from lightning.pytorch import LightningModule, Trainer

from gan_lightning.callback.after_step import AfterStep
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.signals import EXIT_TEMPFAIL, signals_to_handle, take_signal_before_training
from gan_lightning.run.last_checkpoint import last_checkpoint


class StoppedBySignal(SystemExit):
    """A signal stopped training: not an error. The exit code is 75 (EX_TEMPFAIL), or 0 after Ctrl-C.

    Args:
        signum: the signal.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(0 if signum == signal.SIGINT else EXIT_TEMPFAIL)
        self.signal = signal.Signals(signum).name


class StopOnSignal(AfterStep):
    """On SIGTERM, SIGINT, SIGHUP, SIGUSR1 or SIGUSR2 a checkpoint is written after the current step and training stops.

    A signal to one process stops all of them after the same step. A second Ctrl-C stops at once.
    """

    _signal = 0
    _group: Any = None

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Installs the signal handlers; Lightning restores the earlier ones at the end."""
        self._signal = take_signal_before_training()
        if threading.current_thread() is threading.main_thread():
            for one in signals_to_handle():
                signal.signal(one, self._handle)
        if trainer.world_size > 1:
            # The flag is reduced on CPUs, so that no step waits for its device.
            self._group = dist.group.WORLD if dist.get_backend() == "gloo" else dist.new_group(backend="gloo")
            # From 2.6 on Lightning broadcasts a flag of its own, that of rank 0, before every step.
            loop: Any = trainer.fit_loop.epoch_loop
            if hasattr(loop, "_broadcast_sigterm_tensor"):
                loop._broadcast_sigterm_tensor = lambda: None

    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Stops if any process received a signal.

        Raises:
            StoppedBySignal: on all of them.
        """
        signum = self._signal
        if trainer.world_size > 1:
            flag = torch.tensor(signum)
            dist.all_reduce(flag, dist.ReduceOp.MAX, group=self._group)
            signum = int(flag)
        if signum:
            if checkpoint := last_checkpoint(trainer):
                checkpoint.write(trainer)
            raise StoppedBySignal(signum)

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Prints how to resume, after the messages of all other callbacks."""
        if isinstance(exception, StoppedBySignal):
            resume = f"resume with: python -m gan_lightning.train run={relative_to_cwd(trainer.default_root_dir)}"
            end = resume if last_checkpoint(trainer) else "no checkpoint was written (callback.checkpoint=null)"
            print_rank_zero(f"stopped by {exception.signal} after step {trainer.global_step:,}; {end}")

    def stop_after_step(self, signum: int) -> None:
        """Stops training after the current step, as on this signal."""
        self._signal = self._signal or signum

    def _handle(self, signum: int, frame: Any) -> None:
        if self._signal == signum == signal.SIGINT:
            raise KeyboardInterrupt
        if not self._signal and signum == signal.SIGINT:
            print_rank_zero("\nstopping after this step (Ctrl-C again stops at once)")
        self.stop_after_step(signum)
