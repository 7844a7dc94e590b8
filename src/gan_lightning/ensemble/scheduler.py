"""Runs that go side by side in one process, their steps played as one."""

from __future__ import annotations

import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lightning.pytorch import Callback, LightningDataModule, LightningModule, Trainer

from gan_lightning.callback.stop_signals import StopOnSignal
from gan_lightning.core.signals import SIGNALS
from gan_lightning.ensemble.compatibility import check_ensemble_support, computation_key
from gan_lightning.ensemble.ensemble import Ensemble
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.micro_batches import Batch


class Member(Callback):
    """Makes a trainer's run one of many: it waits before each step until the others are there, too.

    A run is a thread of its own, and only one thread works at any time: the order of all that happens is fixed.

    Attributes:
        error: what ended the run before its last step, if something did.
    """

    error: BaseException | None = None
    over = False
    module: AdversarialModule
    batch: Batch
    _trouble: Exception | None = None

    def __init__(self, run: Callable[[Member], object]) -> None:
        self._turn, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._whole, args=(run,), daemon=True)

    def _whole(self, run: Callable[[Member], object]) -> None:
        self._turn.acquire()
        try:
            run(self)
        except BaseException as error:  # also what ends a program: the others go on
            self.error = error
        finally:
            self.over = True
            self._back.release()

    def go_on(self) -> None:
        """Lets the run go on until it waits for its next step or is over."""
        if not self._thread.is_alive():
            self._thread.start()
        self._turn.release()
        self._back.acquire()

    def fail(self, trouble: Exception) -> None:
        """Ends the run with an error in its next step."""
        self._trouble = trouble

    def ask(self, signum: int) -> None:
        """Asks the run to stop after its step."""
        for callback in self.module.trainer.callbacks:  # type: ignore[attr-defined]
            if isinstance(callback, StopOnSignal):
                callback.stop_after_step(signum)

    # ---- in the run's own thread ----------------------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """The step is played from outside; the run counts it."""
        assert isinstance(module, AdversarialModule)
        self.module = module
        check_ensemble_support(module)
        own = module.on_save_checkpoint

        def on_save_checkpoint(checkpoint: dict[str, Any]) -> None:
            own(checkpoint)
            # Views of the stacks would be written with all that is behind them.
            checkpoint |= _cloned({k: checkpoint[k] for k in ("state_dict", "optimizer_states") if k in checkpoint})

        module.__dict__["training_step"] = lambda *batch: _count(module)
        module.__dict__["on_save_checkpoint"] = on_save_checkpoint

    def on_train_batch_start(self, trainer: Trainer, module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Waits for the step."""
        assert isinstance(module, AdversarialModule)
        if not hasattr(self, "batch"):  # networks are tried on the first batch, before the step
            module.on_train_batch_start(batch, batch_idx)
        self.batch = batch
        self._back.release()
        self._turn.acquire()
        if self._trouble is not None:
            raise self._trouble

    def teardown(self, trainer: Trainer, module: LightningModule, stage: str) -> None:
        """The module is as it was."""
        for name in ("training_step", "on_save_checkpoint"):
            module.__dict__.pop(name, None)


Run = Callable[[Member], object]


def train_all(runs: Sequence[Run], stop: Callable[[], int] = lambda: 0) -> list[Member]:
    """Plays many runs at once, as each would have been played alone.

    Runs whose steps are the same computation on other numbers (`kind.kind`) are played as one, each such group for
    itself. A run that fails leaves the others.

    Args:
        runs: each fits one AdversarialModule, with the member that it is given among its trainer's callbacks.
        stop: is asked before each step; a signal that it answers stops all runs after that step.

    Returns:
        The members; their `error` tells what ended a run early.
    """
    members = [Member(run) for run in runs]
    groups: list[_Group] = []
    living = members
    while living:
        before = living
        for member in living:
            member.go_on()
        living = [member for member in living if not member.over]
        if living != before or not groups:
            for group in groups:
                group.release()
            groups = _grouped(living)
        if signum := stop():
            for member in living:
                member.ask(signum)
        for group in groups:
            group.step()
    return members


def fit(
    trainers: Sequence[Trainer],
    modules: Sequence[AdversarialModule],
    data: Sequence[LightningDataModule],
    checkpoints: Sequence[str | None] | None = None,
) -> None:
    """`trainer.fit(module, datamodule=..., ckpt_path=...)` of many, as one.

    Raises:
        Exception: what ended the first run that did not come to its end, after all others have.
    """

    def alone(trainer: Trainer, module: AdversarialModule, data: LightningDataModule, checkpoint: str | None) -> Run:
        def run(member: Member) -> None:
            callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]
            callbacks.append(member)
            try:
                trainer.fit(module, datamodule=data, ckpt_path=checkpoint)
            finally:
                callbacks.remove(member)

        return run

    runs = zip(trainers, modules, data, checkpoints or [None] * len(trainers), strict=True)
    with _heard() as heard:
        members = train_all([alone(*run) for run in runs], stop=lambda: heard[0] if heard else 0)
    for member in members:
        if member.error is not None:
            raise member.error


class _Group:
    """Members of one kind; a single one plays as well.

    What goes wrong for the group ends all its runs.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self.members, self.ensemble = list(members), None
        with self._told():
            self.ensemble = Ensemble([member.module for member in members])

    def step(self) -> None:
        if self.ensemble is not None:
            with self._told():
                self.ensemble.step({member.module: member.batch for member in self.members})

    def release(self) -> None:
        if self.ensemble is not None:
            self.ensemble.release()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            for member in self.members:
                member.fail(error)


def _grouped(members: Sequence[Member]) -> list[_Group]:
    groups = defaultdict(list)
    for member in members:
        real = member.batch.real if hasattr(member.batch, "real") else member.batch
        groups[computation_key(member.module), member.module.global_step, str(getattr(real, "shape", ""))].append(
            member
        )
    return [_Group(group) for group in groups.values()]


def _count(module: AdversarialModule) -> None:
    # Lightning counts steps by the steps of the generator's optimizer, which was not asked to step.
    optimizer: Any = module.players[module.generator].optimizer
    optimizer._on_before_step()
    optimizer._on_after_step()


def _cloned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cloned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cloned(inner) for inner in value]
    return value.clone() if hasattr(value, "clone") else value


@contextmanager
def _heard() -> Iterator[list[int]]:
    """Signals that come inside the `with`; the second Ctrl-C does not wait."""
    heard: list[int] = []

    def hear(signum: int, frame: Any) -> None:
        if heard and signum == signal.SIGINT:
            raise KeyboardInterrupt
        heard.append(signum)

    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {one: signal.signal(one, hear) for one in SIGNALS}
    try:
        yield heard
    finally:
        for one, listener in before.items():
            signal.signal(one, listener)
