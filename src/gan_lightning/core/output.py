"""Standard streams whose failures are dropped: what is printed never decides over a run."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

_FAILED = (OSError, ValueError, AttributeError)  # a failed write, a closed stream, no stream at all


class Unfailing:
    """A text stream that drops what can't be written.

    A reader that is gone (`| head -1`), a closed terminal and a full disk end no run.

    Args:
        stream: to write to; "stdout" or "stderr": the stream that `sys` has under this name at the time of writing.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    @property
    def wrapped(self) -> Any:
        """The stream written to; None if the program was started without one."""
        stream = getattr(sys, self._stream) if isinstance(self._stream, str) else self._stream
        return getattr(stream, "rich_proxied_file", stream)  # rich's own stand-in writes to its console again

    def write(self, text: str) -> int:
        """Writes what can be written; returns the number of characters given."""
        with suppress(*_FAILED):
            self.wrapped.write(text)
        return len(text)

    def flush(self) -> None:
        """Flushes what can be flushed."""
        with suppress(*_FAILED):
            self.wrapped.flush()

    def isatty(self) -> bool:
        """True on a terminal."""
        with suppress(*_FAILED):
            return bool(self.wrapped.isatty())
        return False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "rich_proxied_file":
            raise AttributeError(name)
        return getattr(self.wrapped, name)


def unfailing(name: str) -> TextIO:
    """`sys.stdout` or `sys.stderr` by its name, for writers that may fail: a stream as rich's consoles take one."""
    return cast(TextIO, Unfailing(name))


def drop_failed_output() -> None:
    """Makes all that this process prints unfailing: messages, progress, warnings, tracebacks, Python's flush at exit.

    Streams that were closed by the caller (`2>&-`) lead nowhere; else the next file opened would take their place.
    """
    for number, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, this one
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # consoles that are not UTF-8 print `?` for what they don't have
        if number and not isinstance(stream, Unfailing):
            setattr(sys, name, Unfailing(stream))
