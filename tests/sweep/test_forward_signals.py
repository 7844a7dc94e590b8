from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gan_lightning.sweep.forward_signals import forward_signals_to_child

# Says when it listens, then ends with the number of the signal that it hears.
JOB = (
    "import signal, sys, time; signal.signal(signal.SIGUSR2, lambda n, _: sys.exit(n if CODE else 0)); "
    "print('listening', flush=True); time.sleep(60)"
)


@pytest.fixture
def handler_calls() -> Iterator[list[str]]:
    """What a launcher hears that listens for SIGUSR2."""
    heard: list[str] = []
    before = signal.signal(signal.SIGUSR2, lambda *_: heard.append("launcher"))
    yield heard
    signal.signal(signal.SIGUSR2, before)


@pytest.mark.parametrize(("code", "expected"), [("1", ["job", "launcher"]), ("0", ["job"])])
@pytest.mark.process
def test_the_job_gets_the_signal_first_and_the_launcher_if_it_failed(
    code: str, expected: list[str], handler_calls: list[str]
) -> None:
    with forward_signals_to_child() as waited_for:
        process = subprocess.Popen([sys.executable, "-c", JOB.replace("CODE", code)], stdout=subprocess.PIPE, text=True)
        waited_for.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        os.kill(os.getpid(), signal.SIGUSR2)
        process.communicate()
        handler_calls.append("job")
    assert process.returncode == (signal.SIGUSR2 if code == "1" else 0)
    assert handler_calls == expected
    os.kill(os.getpid(), signal.SIGUSR2)
    assert handler_calls == [*expected, "launcher"]


def test_without_a_handler_before_none_is_installed(handler_calls: list[str]) -> None:
    signal.signal(signal.SIGUSR2, signal.SIG_DFL)
    with forward_signals_to_child():
        assert signal.getsignal(signal.SIGUSR2) is signal.SIG_DFL
