"""Runs side by side in one process; those with equal computations take their steps as one ensemble."""

from __future__ import annotations

import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from lightning.pytorch import Callback, LightningDataModule, LightningModule, Trainer
from torch import Tensor

from gan_lightning.callback.stop_signals import StopOnSignal
from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.signals import signals_to_handle
from gan_lightning.ensemble.compatibility import check_ensemble_support, computation_key
from gan_lightning.ensemble.ensemble import Ensemble
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.micro_batches import Batch


class Member(Callback):
    """Makes a trainer's run one of many: each step waits until `train_all` has taken it for all.

    A run is a thread of its own, and only one thread works at any time, so that the order of events is fixed.

    Attributes:
        error: what ended the run before its last step, if something did.
        over: True when the run has ended.
        failure: an error of the ensemble, which the run raises in its next step.
        module: what is trained, from the start of training on.
        batch: of the next step.
    """

    error: BaseException | None = None
    over = False
    failure: Exception | None = None
    module: AdversarialModule
    batch: Batch

    def __init__(self, run: Callable[[Member], object]) -> None:
        self._resume, self._paused = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._main, args=(run,), daemon=True)

    def _main(self, run: Callable[[Member], object]) -> None:
        self._resume.acquire()
        try:
            run(self)
        except BaseException as error:  # SystemExit too: the others go on
            self.error = error
        finally:
            self.over = True
            self._paused.release()

    def run_to_next_step(self) -> None:
        """Returns when the run waits for its next step or is over."""
        if not self._thread.is_alive():
            self._thread.start()
        self._resume.release()
        self._paused.acquire()

    # The rest is called in the run's own thread.

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Replaces the module's own step, and lets its checkpoints hold copies in place of views of the stacks."""
        assert isinstance(module, AdversarialModule)
        self.module, save = module, module.on_save_checkpoint
        check_ensemble_support(module)
        progress = trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress

        def count_step(*batch: Any) -> None:
            # The progress of Lightning's `global_step`, without a step of the generator's optimizer.
            progress.increment_ready()
            progress.increment_completed()

        def save_copies(checkpoint: dict[str, Any]) -> None:
            save(checkpoint)
            checkpoint |= _cloned({k: checkpoint[k] for k in ("state_dict", "optimizer_states") if k in checkpoint})

        vars(module).update(training_step=count_step, on_save_checkpoint=save_copies)

    def on_train_batch_start(self, trainer: Trainer, module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Waits for the step."""
        if not hasattr(self, "batch"):  # the networks' dry run on the first batch comes before the step
            self.module.on_train_batch_start(batch, batch_idx)
        self.batch = batch
        self._paused.release()
        self._resume.acquire()
        if self.failure is not None:
            raise self.failure

    def teardown(self, trainer: Trainer, module: LightningModule, stage: str) -> None:
        """Gives the module its own methods again."""
        for name in ("training_step", "on_save_checkpoint"):
            vars(module).pop(name, None)


Run = Callable[[Member], object]


def train_all(runs: Sequence[Run], stop: Callable[[], int] = lambda: 0) -> list[Member]:
    """Trains many runs at once, each to the numbers of a run alone. A run that fails leaves the others.

    Args:
        runs: each fits one AdversarialModule, with the given member among its trainer's callbacks.
        stop: called before each step; a signal that it returns stops all runs after that step.

    Returns:
        The members, with the `error` of those that ended early.
    """
    members = [Member(run) for run in runs]
    ensembles: list[tuple[Ensemble, list[Member]]] = []
    running = members
    while running:
        before = running
        for member in running:
            member.run_to_next_step()
        running = [member for member in running if not member.over]
        if running != before or not ensembles:
            for ensemble, _ in ensembles:
                ensemble.release()
            ensembles = list(_ensembles(running))
        if signum := stop():
            for member in running:
                for callback in callbacks_of(member.module.trainer, StopOnSignal):
                    callback.stop_after_step(signum)
        for ensemble, group in ensembles:
            with _failing_together(group):
                ensemble.step({member.module: member.batch for member in group})
    return members


def fit(
    trainers: Sequence[Trainer],
    modules: Sequence[AdversarialModule],
    data: Sequence[LightningDataModule],
    checkpoints: Sequence[str | None] | None = None,
) -> None:
    """`trainer.fit(module, datamodule=..., ckpt_path=...)` of many at once.

    Raises:
        Exception: what ended the first run that did not reach its last step, after all others have ended.
    """

    def run(
        trainer: Trainer, module: AdversarialModule, own: LightningDataModule, path: str | None, member: Member
    ) -> None:
        callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]
        callbacks.append(member)
        try:
            trainer.fit(module, datamodule=own, ckpt_path=path)
        finally:
            callbacks.remove(member)

    each = zip(trainers, modules, data, checkpoints or [None] * len(trainers), strict=True)
    runs = [partial(run, *arguments) for arguments in each]
    with _signals() as received:
        members = train_all(runs, stop=lambda: received[0] if received else 0)
    for member in members:
        if member.error is not None:
            raise member.error


def _ensembles(members: Sequence[Member]) -> Iterator[tuple[Ensemble, list[Member]]]:
    groups = defaultdict(list)
    for member in members:
        real = getattr(member.batch, "real", member.batch)
        key = computation_key(member.module), member.module.global_step, str(getattr(real, "shape", ""))
        groups[key].append(member)
    for group in groups.values():
        with _failing_together(group):
            yield Ensemble([member.module for member in group]), group


@contextmanager
def _failing_together(members: Sequence[Member]) -> Iterator[None]:
    """An error inside the `with` ends these runs."""
    try:
        yield
    except Exception as error:
        for member in members:
            member.failure = error


def _cloned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cloned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cloned(inner) for inner in value]
    return value.clone() if isinstance(value, Tensor) else value


@contextmanager
def _signals() -> Iterator[list[int]]:
    """The signals received inside the `with`; the second Ctrl-C does not wait."""
    received: list[int] = []

    def receive(signum: int, frame: Any) -> None:
        if received and signum == signal.SIGINT:
            raise KeyboardInterrupt
        received.append(signum)

    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {one: signal.signal(one, receive) for one in signals_to_handle()}
    try:
        yield received
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
