"""`python -m gan_lightning.compare`: runs side by side."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gan_lightning.config.version_option import is_version_asked
from gan_lightning.core import console
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.given_path import given_path
from gan_lightning.core.output import drop_failed_output

HELP = """\
Compares runs: one table, one page.

  python -m gan_lightning.compare multirun/NAME                all runs of a sweep
  python -m gan_lightning.compare runs/ONE runs/ANOTHER        single runs
  python -m gan_lightning.compare runs multirun out=all        whatever is in there
  python -m gan_lightning.compare multirun/NAME rank=modes     ranked by another score
  python -m gan_lightning.compare multirun/NAME grid=model,objective

Columns are the settings that differ between the configs; runs that differ by their seed only are one row: mean and
standard error. Scores are those of scores.json where `python -m gan_lightning.evaluate` wrote one, else the last of
metrics.csv. Scores of different provenance are not ranked against each other.

  out=DIR       where to; otherwise `compare` in the one directory given, or here
  rank=SCORE    the score to rank by, such as frechet/digits; otherwise the one that most runs have
  burn_in=N     the first step of the correlation of loss and score (0)
  grid=ROW,COL  also a table of two keys of a sweep: samples, scores and outcomes, in grid.html and grid.png

It writes compare.html, compare.csv, and, where there is something to draw, curves.png, sweep.png and loss_vs_score.png.
"""
_OPTIONS = ("out", "rank", "burn_in", "grid")


class Arguments(NamedTuple):
    """The parsed command line."""

    places: list[Path]
    out: Path
    rank: str | None
    burn_in: int
    grid: tuple[str, str] | None


def compare(
    places: Sequence[Path],
    out: Path,
    rank: str | None = None,
    burn_in: int = 0,
    grid: tuple[str, str] | None = None,
) -> None:
    """Compares the runs in these directories; prints the table and writes it to `out` with page and figures.

    Args:
        places: directories of runs or of sweeps.
        out: created if missing; files of an earlier comparison are overwritten.
        rank: the score to rank by.
        burn_in: the first step of the correlation of loss and score.
        grid: two keys, for a table of samples, scores and outcomes.

    Raises:
        UsageError: for input that can't work, in one line, before anything is written.
    """
    from rich.console import Console

    from gan_lightning.compare import figures, table
    from gan_lightning.compare.comparison import compare_runs
    from gan_lightning.compare.grid import figure
    from gan_lightning.compare.grid import grid as grid_of
    from gan_lightning.compare.grid_page import grid_page
    from gan_lightning.compare.page import page
    from gan_lightning.core.atomic_file import write_text
    from gan_lightning.core.machine_errors import explain_machine_errors
    from gan_lightning.core.paths import make_dir, relative_to_cwd
    from gan_lightning.plot.picture_file import save_png
    from gan_lightning.plot.series import stacked

    with explain_machine_errors():
        found = compare_runs(places, rank, burn_in)
        drawn = {f"sweep_{n}": figures.of_sweep(sweep, found.by) for n, sweep in enumerate(found.sweeps)}
        score = found.by.name if found.by else None
        if (curves := figures.over_steps(found.ordered, score)) is not None:
            drawn["curves"] = curves
        if score and (scatters := figures.loss_vs_score(found.ordered, score, burn_in)) is not None:
            drawn["loss_vs_score"] = scatters
        files = {"compare.html": page(found, drawn), "compare.csv": table.text(found)}
        if grid is not None:
            cells = grid_of(found.runs, grid, found.by)
            files["grid.html"], drawn["grid"] = grid_page(cells), figure(cells)
        make_dir(out, "out")
        for name, text in files.items():
            write_text(out / name, text)
        whole = {name: picture for name, picture in drawn.items() if not name.startswith("sweep_")}
        if found.sweeps:
            whole["sweep"] = stacked([drawn[f"sweep_{n}"] for n in range(len(found.sweeps))])
        for name, picture in whole.items():
            save_png(picture, out / f"{name}.png")
    screen = Console()
    if not screen.is_terminal:
        screen = Console(width=160)
    table.show(found, screen)
    for name in (*files, *(f"{name}.png" for name in whole)):
        console.print_rank_zero(relative_to_cwd(out / name))


def parse_arguments(arguments: Sequence[str]) -> Arguments:
    """Parses the command line. A directory's name may hold `=`, as those of sweeps do.

    Raises:
        UsageError: an option is unknown or no directory is given.
    """
    options: dict[str, str] = {}
    places: list[Path] = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if equals and key in _OPTIONS:
            options[key] = value
        elif argument.startswith("-") or (equals and os.sep not in key and not Path(argument).exists()):
            raise UsageError(f"{key} is not an option: {did_you_mean(key.lstrip('-'), _OPTIONS)}; see --help")
        else:
            places.append(given_path(argument, "DIR"))
    if not places:
        raise UsageError("nothing to compare: give directories of runs or of sweeps, such as multirun/NAME")
    burn_in = options.get("burn_in", "0")
    if not burn_in.isdecimal():
        raise UsageError(f"burn_in={burn_in} must be a whole number of steps, 0 or more")
    keys = tuple(options["grid"].split(",")) if "grid" in options else None
    if keys is not None and (len(keys) != 2 or not all(keys)):
        raise UsageError(
            f"grid={options['grid']} must be two keys of a sweep: rows,columns, such as grid=model,objective"
        )
    alone = len(places) == 1 and not (places[0] / "config.yaml").exists()
    out = options.get("out") or (places[0] / "compare" if alone else "compare")
    return Arguments(places, given_path(str(out), "out"), options.get("rank"), int(burn_in), keys)


def main() -> None:
    """The command: 0, or 1 with one line of what was wrong."""
    drop_failed_output()
    arguments = sys.argv[1:]
    if is_version_asked(arguments):
        return
    if not arguments or {"-h", "--help"} & set(arguments):
        print(HELP, end="")
        return
    try:
        parsed = parse_arguments(arguments)
        console.silence_libraries()
        compare(*parsed)
    except UsageError as error:
        console.exit_with_error(error)


if __name__ == "__main__":
    main()
