"""Warning about CPU contention."""

from __future__ import annotations

import os
from math import ceil
from time import perf_counter
from typing import Any, ClassVar

import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.core.console import SWEEP, print_rank_zero
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.threads import run_queue_wait_seconds
from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.run.last_checkpoint import last_checkpoint


class CPUContention(Callback):
    """Warns, once in a process, if a run on a CPU would be faster with fewer threads.

    Threads share each operation and synchronize at its end. If another process takes the core of one thread, the others
    wait for it in busy loops: two threads beside two busy processes can take a hundred times as long as one thread
    (docs/performance.md). The kernel counts the time that each thread was ready to run without a core.

    Args:
        share: least time in the run queue for a warning, of all threads together, as a fraction of the time passed.
        every: seconds between two checks.
    """

    _warned: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, *, share: Positive = 0.3, every: Positive = 10.0) -> None:
        self.share, self.every = share, every

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Starts the measurement, if there is more than one thread."""
        self._enabled = module.device.type == "cpu" and torch.get_num_threads() > 1
        self._waited, self._since = run_queue_wait_seconds(), perf_counter()

    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, *about: Any) -> None:
        """Checks every `every` seconds."""
        if not self._enabled or CPUContention._warned or (now := perf_counter()) - self._since < self.every:
            return
        before, self._waited = self._waited, run_queue_wait_seconds()
        lacking = (self._waited - before) / (now - self._since)  # too low if a thread has ended since
        self._since = now
        if lacking >= self.share:
            CPUContention._warned = True
            print_rank_zero(_message(trainer, torch.get_num_threads(), lacking), highlight="contention")


def _message(trainer: Trainer, threads: int, lacking: float) -> str:
    faster = f"trainer.threads={max(1, threads - ceil(lacking))}"
    if last_checkpoint(trainer) and SWEEP not in os.environ:
        faster = f"Ctrl-C, then python -m gan_lightning.train run={relative_to_cwd(trainer.default_root_dir)} {faster}"
    return (
        f"CPU contention: on average {lacking:.1f} of this run's {threads} threads wait for a core in use by another "
        f"process, and the other threads wait for them; faster: {faster}"
    )
