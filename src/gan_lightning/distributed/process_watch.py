"""A launcher that ends all ranks of this machine if one of them dies."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from lightning.fabric.utilities.distributed import _set_num_threads_if_needed
from lightning.pytorch.strategies.launchers import _SubprocessScriptLauncher

from gan_lightning.core.console import print_any_rank
from gan_lightning.core.errors import UsageError
from gan_lightning.core.signals import EXIT_TEMPFAIL

_LAUNCHER_PID = "GAN_LIGHTNING_LAUNCHER_PID"  # environment variable: process id of rank 0
_NORMAL_EXITS = (None, 0, EXIT_TEMPFAIL)  # running, finished, stopped by a signal

# Seconds: between two polls; until the cause of a broken connection is given up; for the main thread to end by itself.
_POLL, _FIND_CAUSE, _UNWIND = 0.3, 5.0, 10.0


class WatchingLauncher(_SubprocessScriptLauncher):
    """Lightning's launcher of the other ranks of this machine; if one dies, all end, and the error names it.

    Lightning's own polls every five seconds and kills the rest without a message; ranks outlive a dead rank 0.
    """

    consequence = "training ends with it; go on from the last checkpoint"
    _cause: str | None = None
    _watching = _done = False

    def launch(self, function: Callable[..., Any], *args: Any, trainer: Any = None, **kwargs: Any) -> Any:
        """Starts and watches the other ranks, and calls the function.

        Raises:
            UsageError: another rank died.
        """
        environment = self.cluster_environment
        environment.validate_settings(num_devices=self.num_processes, num_nodes=self.num_nodes)
        if not environment.creates_processes_externally:
            os.environ[_LAUNCHER_PID] = str(os.getpid())
            self._call_children_scripts()
            self._watch(self._dead_rank)
        elif _LAUNCHER_PID in os.environ and os.environ.get("LOCAL_RANK", "0") != "0":
            self._watch(_dead_launcher)
        _set_num_threads_if_needed(num_processes=self.num_processes)
        try:
            return function(*args, **kwargs)
        except UsageError:
            self._done = True  # other ranks raise it as well
            self._kill()
            raise
        except Exception as error:
            deadline = time.monotonic() + _FIND_CAUSE  # a dead rank shows as a broken connection first
            while self._cause is None and self._watching and time.monotonic() < deadline:
                time.sleep(_POLL)
            self._done = True
            cause = self._cause
            if cause is None and environment.creates_processes_externally and "onnection" in str(error):
                cause = "the connection to another rank broke, and training ends with it; that rank may have said why"
            if cause is None:
                raise
            raise UsageError(cause) from error

    def _watch(self, find_dead: Callable[[], str | None]) -> None:
        def watch() -> None:
            while (cause := find_dead()) is None:
                time.sleep(_POLL)
                if self._done:
                    return
            self._cause = f"{cause}, and {self.consequence}"
            self._kill()
            time.sleep(_UNWIND)
            if not self._done:  # the main thread hangs in a collective
                print_any_rank(f"error: {self._cause}")
                os._exit(1)

        self._watching = True
        threading.Thread(target=watch, daemon=True, name="ranks").start()

    def _dead_rank(self) -> str | None:
        for rank, process in enumerate(self.procs, start=1):
            if (code := process.poll()) not in _NORMAL_EXITS:
                end = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
                return f"rank {rank} (process {process.pid}) {end}"
        return None

    def _kill(self) -> None:
        for process in self.procs:
            process.kill()


def _dead_launcher() -> str | None:
    launcher = os.environ[_LAUNCHER_PID]
    return None if str(os.getppid()) == launcher else f"rank 0 (process {launcher}) is gone"
