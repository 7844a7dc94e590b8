"""Times what passes between a command and its first word, its completion, its first step.

    python -m benchmarks.startup
    python -m benchmarks.startup --json startup.json

Seconds of CPU time, the medians of several runs taken in turns on a warm disk; children count. Reads /proc (Linux).
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from benchmarks.timing import Line, parser, show, write

TRAIN, SAMPLE = ("-m", "gan_lightning.train"), ("-m", "gan_lightning.sample")
SHORT = {
    "train --help": (*TRAIN, "--help"),
    "sample --help": (*SAMPLE, "--help"),
    "completion of objective=wg": (*TRAIN, "-sc", "query=bash"),
}
IMPORTS = {
    "import torch": ("-c", "import torch"),
    "import torch, lightning": ("-c", "import torch, lightning.pytorch"),
    "import both and wandb": ("-c", "import torch, lightning.pytorch, wandb"),
}
FIRST_ROUND = {
    "first step": (*TRAIN,),
    "first step, logger=none": (*TRAIN, "logger=none"),
}
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "WANDB_MODE": "offline"}
ENVIRONMENT |= {"COMP_LINE": "gan-lightning-train objective=wg", "COMP_POINT": "32", "COMP_TYPE": "9"}


def whole(arguments: tuple[str, ...], directory: Path) -> float:
    """CPU seconds of a program from beginning to end."""
    before = _spent()
    subprocess.run([sys.executable, *arguments], cwd=directory, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    return _spent() - before


def until_first_step(arguments: tuple[str, ...], directory: Path) -> float:
    """CPU seconds of a run until the figures of its first step are written."""
    with tempfile.TemporaryDirectory(dir=directory) as run:
        command = [sys.executable, *arguments, f"hydra.run.dir={run}"]
        nowhere = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=directory, env=ENVIRONMENT, stdout=nowhere, stderr=nowhere) as program:
            began = perf_counter()
            while not Path(run, "metrics.csv").exists():
                if program.poll() is not None or perf_counter() - began > 120:
                    raise RuntimeError(f"{' '.join(command)}: there is no first step")
                sleep(0.01)
            seconds = _of_family(program.pid)
            program.kill()
    return seconds


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _of_family(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = [child for task in Path(f"/proc/{process}/task").iterdir() for child in _children(task)]
    return seconds + sum(map(_of_family, children))


def _children(task: Path) -> list[int]:
    return [int(child) for child in (task / "children").read_text().split()]


def main() -> None:
    """Prints the table."""
    arguments = parser(__doc__).parse_args()
    repeats = 1 if arguments.quick else 3
    with tempfile.TemporaryDirectory() as place:
        clocks: dict[str, Callable[[], float]] = {
            name: partial(clock, what, Path(place))
            for clock, group in ((whole, SHORT | IMPORTS), (until_first_step, {} if arguments.quick else FIRST_ROUND))
            for name, what in group.items()
        }
        times: dict[str, list[float]] = {name: [] for name in clocks}
        for _ in range(repeats + 1):  # the first warms the disk
            for name, clock in clocks.items():
                times[name].append(clock())
    lines: list[Line] = [{"command": name, "seconds": median(values[1:])} for name, values in times.items()]
    show(lines)
    write(arguments.json, lines)


if __name__ == "__main__":
    main()
