from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console
from rich.live import Live

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.output import Unfailing, drop_failed_output, unfailing


class Broken(io.StringIO):
    """A terminal that is gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")

    def isatty(self) -> bool:
        raise ValueError("I/O operation on closed file")


@pytest.mark.parametrize("stream", [Broken(), None])
def test_what_cannot_be_printed_is_dropped(stream: Broken | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, stream)
    print_rank_zero("step 3: ill", highlight="ill")
    Console(file=unfailing("stdout")).print("finished")
    drop_failed_output()
    print("to stdout", flush=True)
    print("to stderr", file=sys.stderr, flush=True)


def test_a_display_on_a_lost_terminal_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Broken())
    console = Console(file=unfailing("stdout"), force_terminal=True)
    with Live("step 1", console=console, auto_refresh=False) as live:
        live.refresh()
        print("a line above it")


def test_what_can_be_printed_is(capsys: pytest.CaptureFixture[str]) -> None:
    Console(file=unfailing("stdout")).print("finished")
    whole = io.StringIO()
    assert Unfailing(whole).write("text") == 4
    assert whole.getvalue() == "text"
    drop_failed_output()
    drop_failed_output()
    print("again")
    assert capsys.readouterr().out == "finished\nagain\n"
