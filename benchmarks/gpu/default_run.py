"""The README's first command: how long it takes, and the score that it reaches."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.timing import Line
from gan_lightning.logger.csv import read

NEEDED = ("hydra", "omegaconf", "mlxtend", "safetensors")
END = 25.0  # seconds that it may take to start and to end
SCORE = "frechet/digits"


def default_run(device: str, seconds: float, *overrides: str) -> Line:
    """A line of the table: steps, seconds with start and end, and the last score.

    Args:
        device: cpu or cuda.
        seconds: it may take; training ends in time for them.
        overrides: further settings.
    """
    begun: Line = {"case": "the default run", "way": "eager", "precision": "default"}
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        return begun | {"note": f"needs {', '.join(missing)}"}
    if seconds <= END + 5:
        return begun | {"note": "left out: no time is left"}
    training = int(seconds - END)
    with TemporaryDirectory() as folder:
        given = [f"hydra.run.dir={folder}/run", "logger=none", f"trainer.accelerator={device}", *overrides]
        limit = f"trainer.max_time=00:00:{training // 60:02}:{training % 60:02}"
        since = perf_counter()
        try:
            done = subprocess.run(
                [sys.executable, "-m", "gan_lightning.train", *given, limit],
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return begun | {"note": f"longer than {seconds:.0f} s"}
        taken = perf_counter() - since
        if done.returncode:
            return begun | {"note": done.stderr.strip().splitlines()[-1][:300] if done.stderr.strip() else "failed"}
        rows = read(Path(folder, "run", "metrics.csv"))
    steps = int(rows[-1]["step"])
    score = next((row[SCORE] for row in reversed(rows) if SCORE in row), None)
    reached = "" if score is None else f", {SCORE} {score:.2f}"
    return begun | {
        "ms": 1e3 * taken / max(steps, 1),
        "seconds": taken,
        "steps": steps,
        "score": score,
        "note": f"{steps:,} steps in {taken:.0f} s with start and scores{reached}",
    }
