"""What bf16 and compiled graphs do to the samples.

    python -m benchmarks.precision
    python -m benchmarks.precision --games ring8 --seeds 5 --json precision.json

The same runs in single precision, under bf16-mixed, under bf16-mixed with the penalty's multiplications in bf16 as
well, and compiled. Scores are those of `benchmarks.penalty_cost`: means over seeds, with standard deviations.
"""

from __future__ import annotations

import warnings
from statistics import mean, stdev
from time import process_time
from typing import Any

import torch

from benchmarks.penalty_cost import on_digits, on_ring8
from benchmarks.timing import Line, parser, show, write
from benchmarks.train_all import composed, fit
from gan_lightning.core import console

GAMES = {
    "ring8": (("experiment=swiss_roll", "data=ring8"), on_ring8, 2000),  # the plain recipe
    "digits": (("condition=none",), on_digits, 800),  # the default run without classes, shortened
}
VARIANTS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "32-true": ((), {}),
    "bf16-mixed": ((), {"precision": "bf16-mixed"}),
    "bf16-mixed, coarse penalty": (("objective.penalty_autocast=true",), {"precision": "bf16-mixed"}),
    "32-true, compiled": ((), {"compile": True}),
}


def scores(name: str, variant: str, seeds: int, length: int) -> Line:
    """Mean and deviation over seeds."""
    recipe, score, _ = GAMES[name]
    overrides, options = VARIANTS[variant]
    found, since = [], process_time()
    for seed in range(seeds):
        module, data = composed(*recipe, *overrides, f"seed={seed}", f"trainer.max_steps={length}")
        fit(module, data, length, **options)
        found.append(score(module))
    line: Line = {"game": name, "variant": variant, "steps": length}
    for key in found[0]:
        values = [one[key] for one in found]
        line |= {key: mean(values), f"± {key}": stdev(values) if seeds > 1 else None}
    return line | {"seconds a run": (process_time() - since) / seeds}


def main() -> None:
    """Prints the tables."""
    options = parser(__doc__)
    options.add_argument("--games", nargs="*", default=list(GAMES), choices=list(GAMES))
    options.add_argument("--seeds", type=int, default=3)
    arguments = options.parse_args()
    torch.set_num_threads(1)
    console.silence_libraries()
    warnings.filterwarnings("ignore", message=".*learning rates fall to zero")
    lines: list[Line] = []
    for name in arguments.games[: 1 if arguments.quick else None]:
        length, seeds = (16, 1) if arguments.quick else (GAMES[name][2], arguments.seeds)
        found = [scores(name, variant, seeds, length) for variant in list(VARIANTS)[: 3 if arguments.quick else None]]
        show(found, name)
        lines += found
    write(arguments.json, lines)


if __name__ == "__main__":
    main()
