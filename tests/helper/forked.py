"""A command called in a fork of this process: isolated as a program is, without the seconds of its imports."""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Done(NamedTuple):
    """Exit code (minus the signal that ended it; None: killed at the time limit) and output of a command."""

    returncode: int | None
    stdout: str
    stderr: str


def call(
    *arguments: str,
    cwd: Path,
    module: str = "gan_lightning.train",
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
    encoding: str = "utf-8",
) -> Done:
    """Calls the module's `main()` with these arguments in the directory `cwd`.

    Args:
        arguments: as typed.
        cwd: the working directory.
        module: of the command.
        env: additions to the environment.
        timeout: seconds until it is killed, with its processes.
        encoding: of its console.
    """
    main = importlib.import_module(module).main
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("stdout", "stderr")]
        child = os.fork()
        if not child:
            os._exit(_code(lambda: _call(main, module, arguments, cwd, env or {}, files, encoding)))
        code, end = None, time.monotonic() + timeout
        while code is None and time.monotonic() < end:
            ended, status = os.waitpid(child, os.WNOHANG)
            code = os.waitstatus_to_exitcode(status) if ended else time.sleep(0.01)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        if code is None:
            os.waitpid(child, 0)
        return Done(code, *(file.read_bytes().decode(encoding, "replace") for file in files))


def _call(
    main: Callable[[], None],
    module: str,
    arguments: Sequence[str],
    cwd: Path,
    env: Mapping[str, str],
    files: Sequence[Path],
    encoding: str,
) -> None:
    os.setpgid(0, 0)
    os.chdir(cwd)
    os.environ.update(env, COLUMNS="100")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    for number, file in enumerate(files, start=1):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, number)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w"), encoding=encoding, write_through=True)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w"), encoding=encoding, errors="backslashreplace", write_through=True)
    sys.argv = [f"{module.replace('.', '/')}.py", *arguments]
    main()


def _code(function: Callable[[], None]) -> int:
    try:
        function()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
