"""Runs of a sweep that fall behind the others."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.early_end import ReportEarlyEnd
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.prune import Prune
from gan_lightning.callback.score import Scoring
from gan_lightning.core.console import SWEEP
from gan_lightning.core.errors import UsageError
from gan_lightning.logger.csv import CSV
from tests.helper.planned_metric import Planned

pruners = pytest.importorskip("optuna.pruners")
STEPS = 12


def ended(play: Any, sweep: Path, *values: float, **options: Any) -> int:
    """The step at which a run with these scores, one every 2 steps, ends."""
    directory = sweep / "own"
    prune = Prune(**({"pruner": pruners.MedianPruner(n_startup_trials=2)} | options))
    callbacks = (LogMetrics(), Scoring(metric=Planned(*values), every=2), prune, ReportEarlyEnd(), Checkpoint())
    trainer, _ = play(*callbacks, steps=STEPS, directory=directory, logger=[CSV(directory=str(directory))])
    return int(trainer.global_step)


def other(sweep: Path, name: str, *values: float, steps: int = STEPS, result: bool = True) -> None:
    """Another run of the sweep, with these scores."""
    directory = sweep / name
    directory.mkdir(parents=True)
    rows = "".join(f"{2 * k},{value},{-value}\n" for k, value in enumerate(values, start=1))
    (directory / "metrics.csv").write_text(f"step,planned,turned\n{rows}")
    if result:
        (directory / "result.json").write_text(json.dumps({"steps": steps, "metrics": {}, "optimized_metric": None}))


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(SWEEP, "sweep")
    other(tmp_path / "sweep", "0", 9, 8, 5, 4, 3, 2)
    other(tmp_path / "sweep", "1", 9, 7, 6, 5, 4, 3)
    (tmp_path / "sweep" / "notes").mkdir()
    return tmp_path / "sweep"


@pytest.mark.parametrize(
    ("values", "options", "step"),
    [
        ((9, 8, 7, 1, 1, 1), {}, 4),  # the medians are 9, 7.5, 5.5, 4.5, 3.5, 2.5
        ((9, 7.5, 6, 1, 1, 1), {}, 6),
        ((9, 7.5, 5.5, 4, 3, 2), {}, STEPS),
        ((99, 98, 97, 96, 95, 94), {"pruner": pruners.MedianPruner(n_startup_trials=3)}, STEPS),
        ((99, 98, 97, 96, 95, 94), {"pruner": pruners.MedianPruner(n_startup_trials=1, n_warmup_steps=8)}, 8),
        ((9, 8, 7, 1, 1, 1), {"monitor": "turned"}, 4),  # higher is better
        ((7, 7, 8, 3, 2, 1), {"pruner": pruners.ThresholdPruner(upper=7.5)}, 6),
    ],
)
def test_a_run_that_falls_behind_ends(
    values: tuple[float, ...], options: dict[str, Any], step: int, play: Any, sweep: Path
) -> None:
    assert ended(play, sweep, *values, **options) == step


def test_it_ends_with_a_checkpoint_and_a_line(play: Any, sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended(play, sweep, 99, 99, 99, 99, 99, 99)
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "Prune" in line)
    assert line.startswith(
        "training ended at step 2 of 12: Prune: planned is worse than that of other runs of the sweep (MedianPruner); "
    )
    assert (sweep / "own" / "checkpoints" / "last.ckpt").is_file()


def test_only_finished_runs_with_numbers_count(play: Any, sweep: Path) -> None:
    other(sweep, "2", 0, 0, steps=4)
    other(sweep, "3", 0, 0, 0, 0, 0, 0, result=False)
    other(sweep, "4", 0, 0, 0, 0, 0, float("nan"))
    assert ended(play, sweep, 9, 7.5, 5.5, 4, 3, 2) == STEPS


def test_alone_it_says_that_there_is_nothing_to_compare(
    play: Any, sweep: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(SWEEP)
    assert ended(play, sweep, 99, 99, 99, 99, 99, 99) == STEPS
    assert "callback.prune: this run is no job of a sweep, there is none to compare it with" in capsys.readouterr().err


def test_refusals(play: Any, sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"HyperbandPruner needs Optuna's own loop: use optuna.pruners.MedianPruner"):
        Prune(pruner=pruners.HyperbandPruner())
    with pytest.raises(UsageError, match=r"callback.prune.monitor=planed is not logged: did you mean planned"):
        ended(play, sweep, 1, monitor="planed")
    with pytest.raises(UsageError, match=r"callback.prune takes scores, and this run has none"):
        play(Prune(pruner=pruners.MedianPruner()), steps=2)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UsageError, match=r'pip install "gan_lightning\[sweep\]"'):
        ended(play, sweep, 1, 1, 1, 1, 1, 1)
