"""Memory of a Fréchet distance over processes: random features, whose moments go to rank 0.

    python -m benchmarks.metric_memory
    python -m benchmarks.metric_memory --quick --processes 1

Each rank adds its share of real and fake features in batches of 512, and all compute the distance. "share" is how far a
rank's peak grew while it added (its moments, and the rows that wait), "beyond" how far it grew from there in `compute`:
what is sent, received and factored.
"""

from __future__ import annotations

import resource
import time

import torch

from benchmarks.timing import Line, parser, show, write
from gan_lightning.core.rng import new_rng
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.distributed.launch import run_on_devices
from gan_lightning.metric import FrechetDistance

BATCH = 512


def megabytes() -> float:
    """The largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(samples: int, features: int) -> list[Line]:
    """A line for each rank, on rank 0."""
    group, metric = ProcessGroup.current(), FrechetDistance()
    torch.linalg.eigvalsh(torch.eye(64, dtype=torch.float64))  # libraries are loaded
    before, since = megabytes(), time.perf_counter()
    for real in (True, False):
        rows = len(group.rows(samples))
        for k, start in enumerate(range(0, rows, BATCH)):
            rng = new_rng("memory", group.rank, k, int(real))
            metric.update(torch.randn(min(BATCH, rows - start), features, generator=rng), real=real)
    added, between = megabytes(), time.perf_counter()
    value = metric.values("value")["value"]
    figures = [added - before, megabytes() - added, between - since, time.perf_counter() - between, value]
    names = ("share, MB", "beyond, MB", "update, s", "compute, s", "value")
    table = group.gather_rows_to_first(torch.tensor([figures], dtype=torch.float64))
    size = {"samples": samples, "features": features}
    rows_of_all = [] if table is None else table.tolist()
    return [{"rank": rank, **size, **dict(zip(names, row, strict=True))} for rank, row in enumerate(rows_of_all)]


def main() -> None:
    """Prints the table."""
    options = parser(__doc__)
    options.add_argument("--processes", type=int, default=2)
    arguments = options.parse_args()
    torch.set_num_threads(1)
    size = (500, 64) if arguments.quick else (50_000, 2048)
    lines = run_on_devices(lambda device: measured(*size), "cpu", arguments.processes)
    if ProcessGroup.current().rank == 0:
        show(lines)
        write(arguments.json, lines)


if __name__ == "__main__":
    main()
