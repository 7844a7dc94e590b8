"""Folders that this program has written, which are no training data."""

from __future__ import annotations

import re
from pathlib import Path

# A file of each kind of output and a pattern in it: the config of a run, the origin of samples, a comparison.
_MARKS = {
    "config.yaml": re.compile(r"^run_dir:", re.MULTILINE),
    "samples.json": re.compile(r'"sha256":'),
    "compare.html": re.compile(""),
}
_READ = 1_000_000  # bytes of such a file that are read


def is_own_output(folder: Path) -> bool:
    """True for the directory of a run or a study, a folder of samples that were made, or a comparison of runs.

    It is recognised by its `config.yaml` (with `run_dir`), `samples.json` (with a checkpoint's `sha256`) or
    `compare.html`.
    """
    return any(pattern.search(_text(folder / name)) for name, pattern in _MARKS.items() if (folder / name).is_file())


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.read(_READ)
    except OSError:
        return ""
