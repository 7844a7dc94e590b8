"""Other work on the cores that a run computes on."""

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
    """Says, once in a process, that a run on a CPU would be faster with fewer threads.

    Threads share each operation and meet at its end. Where something else has one's core, all wait for that one, in
    loops that keep their own cores busy: two threads beside two busy processes can take a hundred times as long as one
    thread does (docs/performance.md). The kernel counts how long each thread was ready to run without a core.

    Args:
        share: of a core's time, waited by all threads together, from which on it is told.
        every: seconds between two looks.
    """

    _told: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, *, share: Positive = 0.3, every: Positive = 10.0) -> None:
        self.share, self.every = share, every

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Begins to count, where threads could be fewer."""
        self._watches = module.device.type == "cpu" and torch.get_num_threads() > 1
        self._waited, self._since = run_queue_wait_seconds(), perf_counter()

    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, *about: Any) -> None:
        """Looks where it is time."""
        if not self._watches or CPUContention._told or (now := perf_counter()) - self._since < self.every:
            return
        before, self._waited = self._waited, run_queue_wait_seconds()
        lacking = (self._waited - before) / (now - self._since)  # too little, where a thread has ended since
        self._since = now
        if lacking >= self.share:
            CPUContention._told = True
            print_rank_zero(_told(trainer, torch.get_num_threads(), lacking), mark="contention")


def _told(trainer: Trainer, threads: int, lacking: float) -> str:
    faster = f"trainer.threads={max(1, threads - ceil(lacking))}"
    if last_checkpoint(trainer) and SWEEP not in os.environ:
        faster = f"Ctrl-C, then python -m gan_lightning.train run={relative_to_cwd(trainer.default_root_dir)} {faster}"
    return (
        f"contention: of this run's {threads} threads, {lacking:.1f} wait for cores that other work has, and the "
        f"others for them; faster: {faster}"
    )
