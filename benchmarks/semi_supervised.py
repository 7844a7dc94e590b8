"""How well digits are told apart from few labels: with the game, and from the labels alone.

    python -m benchmarks.semi_supervised --csv errors.csv
    python -m benchmarks.semi_supervised --labels 10 --seeds 5

`experiment=semi_supervised_digits`, and the same classifier without the game: the same labelled batches, noise, rates
and steps. No early stopping, the last weights count. A seed chooses the labels and all the rest. Errors are in percent
of the 500 held-out digits, means over seeds with their standard errors. A run that is in the CSV file is not played
again.
"""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from statistics import mean, stdev
from time import process_time

import torch

from benchmarks.timing import Line, parser, show, write
from benchmarks.train_all import composed, fit
from gan_lightning.core import console

# With no weight the game teaches nothing; the least batch makes it cheap.
WAYS = {"game": (), "labels alone": ("objective.unsupervised_weight=0", "data.batch_size=2")}
# Salimans et al. 2016, table 1, in percent of 10,000: MNIST with 60,000 unlabelled digits, fully connected.
PAPER = {2: "16.77 ± 4.52", 5: "2.21 ± 1.36", 10: "0.93 ± 0.07", 20: "0.90 ± 0.04"}
COLUMNS = ["labels", "way", "seed", "error", "seconds"]


def played(labels: int, way: str, seed: int, *overrides: str) -> Line:
    """One run: its error at the end, in percent, and the seconds of one core that it took."""
    labelled = f"objective.labels_per_class={labels}"
    module, data = composed("experiment=semi_supervised_digits", labelled, *WAYS[way], f"seed={seed}", *overrides)
    steps, since = module.schedule.end_step, process_time()  # type: ignore[union-attr]
    fit(module, data, steps, val_check_interval=steps)
    error = 100 * (1 - module.validation["val_accuracy"])
    return {"labels": labels, "way": way, "seed": seed, "error": error, "seconds": process_time() - since}


def table(runs: list[Line]) -> list[Line]:
    """A line for each number of labels, of runs of both ways."""
    lines = []
    for labels in dict.fromkeys(run["labels"] for run in runs):
        errors = {way: [r["error"] for r in runs if (r["labels"], r["way"]) == (labels, way)] for way in WAYS}
        line: Line = {"labels a class": str(labels), "seeds": len(errors["game"])}
        for way, found in errors.items():
            line |= {way: mean(found), f"± {way}": stdev(found) / len(found) ** 0.5 if len(found) > 1 else None}
        lines.append(line | {"the paper's": PAPER.get(labels, "")})
    return lines


def kept(path: Path | None) -> list[Line]:
    """The runs in the CSV file, where there is one."""
    if path is None or not path.exists():
        return []
    with path.open(newline="") as file:
        return [
            {
                **row,
                "labels": int(row["labels"]),
                "seed": int(row["seed"]),
                "error": float(row["error"]),
                "seconds": float(row["seconds"]),
            }
            for row in csv.DictReader(file)
        ]


def keep(path: Path | None, run: Line) -> None:
    """Adds a run to the CSV file, where there is one."""
    if path is not None:
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if new:
                writer.writeheader()
            writer.writerow(run)


def main() -> None:
    """Prints the table."""
    options = parser(__doc__)
    options.add_argument("--labels", type=int, nargs="*", default=[10, 20, 50, 100], help="of each class")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--csv", type=Path, help="a file of runs: those in it are taken from it, new ones added")
    arguments = options.parse_args()
    torch.set_num_threads(1)
    console.silence_libraries()
    warnings.filterwarnings("ignore", message=".*samples: every batch shows")
    seeds, short = (1, ("trainer.max_steps=2",)) if arguments.quick else (arguments.seeds, ())
    runs = kept(arguments.csv)
    done = {(run["labels"], run["way"], run["seed"]) for run in runs}
    wanted = [(labels, way, seed) for seed in range(seeds) for labels in sorted(arguments.labels) for way in WAYS]
    for run in wanted:
        if run not in done:
            runs.append(played(*run, *short))
            keep(arguments.csv, runs[-1])
    lines = table(sorted((r for r in runs if (r["labels"], r["way"], r["seed"]) in wanted), key=lambda r: r["labels"]))
    show(lines, "errors, % of the held-out digits")
    write(arguments.json, lines)


if __name__ == "__main__":
    main()
