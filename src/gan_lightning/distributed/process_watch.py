"""The processes of one run on this machine: started together, ended together."""

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

_STARTER = "GAN_LIGHTNING_STARTER"  # the process that started this rank
_NORMAL_EXITS = (None, 0, EXIT_TEMPFAIL)  # runs, is done, was stopped by a signal

# Seconds: between two looks; for a death to be named; for the main thread to leave by itself.
_LOOK, _NAME, _UNWIND = 0.3, 5.0, 10.0


class WatchingLauncher(_SubprocessScriptLauncher):
    """Lightning's launcher of the other ranks of this machine; when one dies, all end and the first says which it was.

    Lightning looks every five seconds and kills the rest without a word; a rank whose rank 0 dies stays.
    """

    ending = "training ends with it; go on from the last checkpoint"
    _cause: str | None = None
    _watching = _over = False

    def launch(self, function: Callable[..., Any], *args: Any, trainer: Any = None, **kwargs: Any) -> Any:
        """Starts the other ranks, watches them, and calls the function.

        Raises:
            UsageError: another rank died.
        """
        environment = self.cluster_environment
        environment.validate_settings(num_devices=self.num_processes, num_nodes=self.num_nodes)
        if not environment.creates_processes_externally:
            os.environ[_STARTER] = str(os.getpid())
            self._call_children_scripts()
            self._watch(self._dead_rank)
        elif _STARTER in os.environ and os.environ.get("LOCAL_RANK", "0") != "0":
            self._watch(_exit_if_starter_died)
        _set_num_threads_if_needed(num_processes=self.num_processes)
        try:
            return function(*args, **kwargs)
        except UsageError:
            self._over = True  # the others come to the same end
            self._kill()
            raise
        except Exception as error:
            deadline = time.monotonic() + _NAME  # a broken connection is the first that one sees of a death
            while self._cause is None and self._watching and time.monotonic() < deadline:
                time.sleep(_LOOK)
            self._over = True
            cause = self._cause
            if cause is None and environment.creates_processes_externally and "onnection" in str(error):
                cause = "the connection to another rank broke, and training ends with it; that rank may have said why"
            if cause is None:
                raise
            raise UsageError(cause) from error

    def _watch(self, look: Callable[[], str | None]) -> None:
        def watch() -> None:
            while (cause := look()) is None:
                time.sleep(_LOOK)
                if self._over:
                    return
            self._cause = f"{cause}, and {self.ending}"
            self._kill()
            time.sleep(_UNWIND)
            if not self._over:  # the main thread hangs in a message that will never come
                print_any_rank(f"error: {self._cause}")
                os._exit(1)

        self._watching = True
        threading.Thread(target=watch, daemon=True, name="ranks").start()

    def _dead_rank(self) -> str | None:
        for rank, process in enumerate(self.procs, start=1):
            if (code := process.poll()) not in _NORMAL_EXITS:
                how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
                return f"rank {rank} (process {process.pid}) {how}"
        return None

    def _kill(self) -> None:
        for process in self.procs:
            process.kill()


def _exit_if_starter_died() -> str | None:
    starter = os.environ[_STARTER]
    return None if str(os.getppid()) == starter else f"rank 0 (process {starter}) is gone"
