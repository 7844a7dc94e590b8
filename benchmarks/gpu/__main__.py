"""What a training step costs on a GPU, beside a plain loop. Ends within six minutes; sized for an H100 or H200.

    python -m benchmarks.gpu --json gpu.json
    python -m benchmarks.gpu --cases "DCGAN 32 px, 3 channels" checks --ways "plain loop" eager
    python -m benchmarks.gpu --cpu                       tiny games, on a machine without a GPU: that the script works

Runs from a checkout with PYTHONPATH=src. Needs torch, torchvision, lightning, torchmetrics, pydantic, numpy,
matplotlib, pillow and rich; the default run takes hydra-core, omegaconf, mlxtend and safetensors as well. What is
missing is named at once.

Each line is printed, and written, as soon as it is there. A measurement that takes longer than its limit, or fails, is
a note; those for which no time is left are left out.

    ms        of a step: five critic updates and a generator update, of BigGAN two and one
    ratio     the plain loop in fp32 / this
    same      the plain loop in this precision / this
    busy      share of the time in which the GPU computes (kernels by torch's profiler, of a step without it)
    launches  calls that start kernels, a step
    kernels   a step
    waits     times a step that the host waits for the GPU, by CUDA's own check
    peak MB   of torch's memory

fp32 is without TF32, and tf32 with it in convolutions and products; torch's own default is in between. The plain loop
has its samples in the GPU's memory, eager in the host's.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.timing import Line

NEEDED = ("torch", "torchvision", "lightning", "torchmetrics", "pydantic", "numpy", "matplotlib", "PIL", "rich")
COLUMNS = ("case", "way", "precision", "ms", "ratio", "same", "busy", "launches", "kernels", "waits", "peak MB", "note")
WIDTHS = (26, 12, 10, 8, 7, 7, 6, 9, 8, 6, 8, 4)
RESERVED = 60.0  # seconds for the default run, at the end


def main() -> None:
    """Prints the table."""
    began, arguments = perf_counter(), _arguments()
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(f"benchmarks.gpu needs {', '.join(missing)}, which this Python does not have")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # for the checks: before CUDA starts
    import torch

    from benchmarks.gpu.checks import CHECKS
    from benchmarks.gpu.default_run import default_run
    from benchmarks.gpu.games import WAYS, games
    from benchmarks.gpu.measure import measured, noted
    from benchmarks.timing import write
    from gan_lightning.core import console

    device = "cpu" if arguments.cpu else "cuda"
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit("no CUDA GPU here: add --cpu to try the script with tiny games")
    console.silence_libraries()
    offered, named = games(tiny=arguments.cpu), arguments.cases
    runs = named is None or "default run" in named
    end = began + arguments.seconds - (RESERVED if runs else 0)
    lines: list[Line] = []

    def add(line: Line) -> None:
        lines.append({"at s": round(perf_counter() - began, 1), **line})
        print(shown(line), flush=True)
        write(arguments.json, lines)

    print(torch.cuda.get_device_name() if device == "cuda" else "CPU", "torch", torch.__version__)
    if named is None or "checks" in named:
        for check in CHECKS:
            left = min(arguments.limit, end - perf_counter())
            for line in noted(partial(check, offered[0], device), left, {"check": check.__name__}):
                add(line)
    chosen = [game for game in offered if named is None or game.case.name in named]
    if chosen:
        print(shown(dict(zip(COLUMNS, COLUMNS, strict=True))))
    for game in chosen:
        plain: dict[str, float] = {}
        for way in (way for way in WAYS if arguments.ways is None or way.name in arguments.ways):
            left = min(arguments.limit, end - perf_counter())
            add(measured(game, way, device, arguments.each, left, plain))
    if runs:
        add(default_run(device, arguments.seconds - (perf_counter() - began)))


def shown(line: Line) -> str:
    """A line of the table; of a check its name and what was found."""
    if "check" in line:
        found, allowed = line.get("found"), line.get("allowed")
        verdict = "" if found is None or allowed is None else "  ok" if found <= allowed else f"  more than {allowed:g}"
        return f"{line['check']}: {line.get('note') or f'{found:.3g}'}{verdict}"
    cells = []
    for k, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        value = line.get(name)
        digits = {"ms": ".2f", "ratio": ".2f", "same": ".2f", "busy": ".0%"}.get(name, ",.0f")
        text = "" if value is None else value if isinstance(value, str) else format(value, digits)
        cells.append(text.ljust(width) if k < 3 else text if name == "note" else text.rjust(width))
    return " ".join(cells).rstrip()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cpu", action="store_true", help="tiny games on the CPU")
    parser.add_argument("--json", type=Path, help="also write the lines here, each as soon as it is there")
    parser.add_argument("--cases", nargs="*", help='by name, "checks" and "default run" among them; all')
    parser.add_argument("--ways", nargs="*", help="by name; all")
    parser.add_argument("--seconds", type=float, default=330, help="of everything")
    parser.add_argument("--each", type=float, default=1.0, help="seconds on the clock of a measurement")
    parser.add_argument("--limit", type=float, default=25, help="seconds of a measurement, all in all")
    return parser.parse_args()


if __name__ == "__main__":
    main()
