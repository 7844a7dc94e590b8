"""Signals end a run after a whole step, with a checkpoint written."""

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
from gan_lightning.core.signals import EXIT_TEMPFAIL, SIGNALS
from gan_lightning.run.last_checkpoint import last_checkpoint


class StoppedBySignal(SystemExit):
    """A signal ended training. Nobody's error: the program exits with 75, or with 0 where somebody pressed Ctrl-C.

    Args:
        signum: the signal.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(0 if signum == signal.SIGINT else EXIT_TEMPFAIL)
        self.signal = signal.Signals(signum).name


class StopOnSignal(AfterStep):
    """On SIGTERM, SIGINT, SIGUSR1 or SIGUSR2 the step ends, a checkpoint is written, and training with it.

    A signal that reaches one process stops all of them after the same step. A second Ctrl-C does not wait.
    """

    _asked = 0
    _group: Any = None

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Takes the signals over; Lightning gives them back when it is done."""
        self._asked = 0
        if threading.current_thread() is threading.main_thread():
            for one in SIGNALS:
                signal.signal(one, self._ask)
        if trainer.world_size > 1:
            # Flags travel between CPUs, so that no step has to wait for its device.
            self._group = dist.group.WORLD if dist.get_backend() == "gloo" else dist.new_group(backend="gloo")
            # From 2.6 on Lightning broadcasts a flag of its own, rank 0's alone, before every step.
            loop: Any = trainer.fit_loop.epoch_loop
            if hasattr(loop, "_broadcast_sigterm_tensor"):
                loop._broadcast_sigterm_tensor = lambda: None

    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Stops here if any process was asked to.

        Raises:
            Stopped: on all of them.
        """
        asked = self._asked
        if trainer.world_size > 1:
            flag = torch.tensor(asked)
            dist.all_reduce(flag, dist.ReduceOp.MAX, group=self._group)
            asked = int(flag)
        if asked:
            if keeper := last_checkpoint(trainer):
                keeper.write(trainer)
            raise StoppedBySignal(asked)

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Says how to go on, after all others have said what they have to say."""
        if isinstance(exception, StoppedBySignal):
            again = f"go on with: python -m gan_lightning.train run={relative_to_cwd(trainer.default_root_dir)}"
            end = again if last_checkpoint(trainer) else "no checkpoint was kept (callback.checkpoint=null)"
            print_rank_zero(f"stopped by {exception.signal} after step {trainer.global_step:,}; {end}")

    def _ask(self, signum: int, frame: Any) -> None:
        if self._asked == signum == signal.SIGINT:
            raise KeyboardInterrupt
        if not self._asked and signum == signal.SIGINT:
            print_rank_zero("\nstopping after this step (Ctrl-C again does not wait)")
        self._asked = self._asked or signum
