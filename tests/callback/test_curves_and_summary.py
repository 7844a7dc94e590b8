from __future__ import annotations

import io
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.curves import Curves
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.progress import Progress
from gan_lightning.callback.samples import Samples
from gan_lightning.callback.summary import Summary
from gan_lightning.logger.csv import CSV
from tests.helper.tiny_module import TinyGame, size_and_frames


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Lightning turns Ctrl-C off for good when one comes."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def summary(*commands: str) -> tuple[Summary, io.StringIO]:
    last, out = Summary(next=commands), io.StringIO()
    last.console = Console(file=out, width=80)
    return last, out


def test_summary_names_figures_files_and_commands(play: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "runs" / ("a_long_name_" * 8)
    last, out = summary("python -m gan_lightning.train objective=wgan_clip")
    logger = [CSV(str(run))]
    callbacks = [LogMetrics(), Samples(every=2, count=4), Curves(), last, Checkpoint()]
    play(*callbacks, steps=4, validate_every=4, directory=run, logger=logger)
    lines = out.getvalue().splitlines()
    said = {line[:12].strip(): line[12:] for line in lines if line[:12].strip()}
    assert lines[1].startswith("finished ─")
    assert said["steps"] == "4"
    assert said["images"] == "32 (real, in all critic updates)"
    assert re.fullmatch(r"\d+:\d\d", said["time"])
    assert re.fullmatch(r"[\d,.]+ images/s", said["throughput"])
    assert said["losses"] == "critic -4.00, generator 40.0"
    assert said["divergence"] == "wasserstein 0.250, held-out 2.00"
    assert said["try next"] == "python -m gan_lightning.train objective=wgan_clip"
    places = {name: said[name] for name in ("samples", "video", "curves", "metrics", "checkpoint")}
    assert places["video"] == str(Path("runs") / ("a_long_name_" * 8) / "samples" / "film.gif")
    assert all(Path(place).exists() for place in places.values())


def test_summary_names_no_file_that_is_not_there(play: Any) -> None:
    last, out = summary()
    play(last, steps=2)
    assert not {"samples", "video", "curves", "metrics", "checkpoint", "W&B run", "try next"} & {
        line[:12].strip() for line in out.getvalue().splitlines()
    }


def test_a_keyboard_interrupt_leaves_curves_and_a_summary(play: Any, tmp_path: Path) -> None:
    last, out = summary()
    game = TinyGame()
    game.fail_at, game.failure = 3, KeyboardInterrupt()
    with pytest.raises(SystemExit):
        play(LogMetrics(), Curves(), last, steps=9, game=game, logger=[CSV(str(tmp_path))])
    assert "stopped ─" in out.getvalue()
    assert str(tmp_path / "curves.png") in out.getvalue()
    assert size_and_frames(tmp_path / "curves.png")[0][0] == 800


def test_an_error_leaves_curves_and_has_the_last_word(play: Any, tmp_path: Path) -> None:
    last, out = summary()
    game = TinyGame()
    game.fail_at = 3
    with pytest.raises(RuntimeError, match="on purpose"):
        play(LogMetrics(), Curves(), last, steps=9, game=game, logger=[CSV(str(tmp_path))])
    assert out.getvalue() == ""
    assert (tmp_path / "curves.png").is_file()


@pytest.mark.training
def test_a_run_that_was_at_its_end_has_nothing_to_tell(play: Any, tmp_path: Path) -> None:
    play(Checkpoint(), steps=3)
    last, out = summary()
    _, game = play(
        *[LogMetrics(), Samples(), Curves(), Progress(), last, Checkpoint()],
        steps=3,
        ckpt_path=tmp_path / "checkpoints" / "last.ckpt",
        directory=tmp_path / "again",
    )
    assert game.asked == []
    assert out.getvalue() == ""


def test_no_table_no_curves(play: Any, tmp_path: Path) -> None:
    play(Curves(), steps=2)
    assert not (tmp_path / "curves.png").exists()
