"""A command called in a fork of this process: isolated as a program is, without the seconds of its imports."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from benchmarks.fuzz.forked import run_program


class Done(NamedTuple):
    """Exit code (negative: the signal that ended it) and output of a command."""

    returncode: int
    stdout: str
    stderr: str


def call(
    *arguments: str, cwd: Path, module: str = "gan_lightning.train", timeout: float = 60, encoding: str = "utf-8"
) -> Done:
    """Calls the module's `main()` with these arguments in the directory `cwd`; see `run_program`."""
    ended = run_program(module, arguments, cwd, timeout, encoding=encoding)
    assert not ended.stopped, f"{module} {' '.join(arguments)} did not end within {timeout:g} s"
    return Done(ended.code, ended.stdout, ended.stderr)
