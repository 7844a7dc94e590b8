"""What a step takes beside other work, by the environment that torch's threads find.

    python -m benchmarks.contention
    python -m benchmarks.contention --cases "DCGAN 32 px, 3 channels" --ways "torch's threads" "1 thread"

Steps a second, by the clock, of the best loop of `python -m benchmarks.step`, in a process of its own, beside none,
one and two processes that do nothing but keep a core busy. Take a machine of two cores with nothing else to do, or give
`--beside` other numbers. "waiting" is how many of the loop's threads were ready and had no core, on average.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import torch

from benchmarks.step import CASES, Loop, drawn
from benchmarks.timing import Line, parser, show, write
from gan_lightning.core.threads import run_queue_wait_seconds
from gan_lightning.nn.fast.swap import use_fast_layers

SECONDS = {True: 0.2, False: 8.0}  # of a loop, quick or not
WAYS: dict[str, dict[str, str]] = {
    "torch's threads": {},
    "the same, passive": {"OMP_WAIT_POLICY": "passive"},
    "1 thread": {"OMP_NUM_THREADS": "1"},
}


def play(name: str, seconds: float) -> Line:
    """Plays the case's loop in this process."""
    case = next(case for case in CASES if case.name == name)
    torch.manual_seed(0)
    generator, critic = case.networks(case.shape)
    numbers = drawn(case.samples(), case.batch, int(generator.latent_dim), "cpu")  # type: ignore[arg-type]
    networks = use_fast_layers(generator), use_fast_layers(critic, second_order=True)
    loop = Loop(*networks, numbers, case.weight, "cpu", "32-true", best=True)
    loop.step()
    steps, before, since = 0, run_queue_wait_seconds(), perf_counter()
    while (passed := perf_counter() - since) < seconds:
        loop.step()
        steps += 1
    return {
        "threads": torch.get_num_threads(),
        "steps/s": steps / passed,
        "waiting": (run_queue_wait_seconds() - before) / passed,
    }


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many processes compute inside the `with`."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def measured(case: str, way: str, beside: int, seconds: float) -> Line:
    """One line of the table."""
    command = [sys.executable, "-m", "benchmarks.contention", "--play", case, str(seconds)]
    with busy(beside):
        found = subprocess.run(command, env=os.environ | WAYS[way], check=True, stdout=subprocess.PIPE)
    return {"case": case, "way": way, "beside": beside, **json.loads(found.stdout)}


def main() -> None:
    """Prints the table."""
    options = parser(__doc__)
    options.add_argument("--cases", nargs="*", default=["default digits, 28 px", "MLP 3x128"], help="by name")
    options.add_argument("--ways", nargs="*", default=list(WAYS), choices=WAYS)
    options.add_argument("--beside", nargs="*", type=int, default=[0, 1, 2], help="busy processes")
    options.add_argument("--play", nargs=2, help="one loop in this process: case, seconds")
    arguments = options.parse_args()
    if arguments.play:
        print(json.dumps(play(arguments.play[0], float(arguments.play[1]))))
        return
    seconds = SECONDS[arguments.quick]
    grid = [(case, n, way) for case in arguments.cases for n in arguments.beside for way in arguments.ways]
    lines = [measured(case, way, n, seconds) for case, n, way in grid]
    show(lines)
    write(arguments.json, lines)


if __name__ == "__main__":
    main()
