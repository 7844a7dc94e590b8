from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from gan_lightning.callback.progress import Progress
from tests.helper.tiny_module import TinyGame


def progress(width: int = 80, terminal: bool = False, **options: float) -> tuple[Progress, io.StringIO]:
    bar, out = Progress(**options), io.StringIO()
    bar.console = Console(file=out, width=width, force_terminal=terminal, legacy_windows=False)
    return bar, out


def test_elsewhere_than_on_a_terminal_a_line_now_and_then(play: Any) -> None:
    bar, out = progress(plain_every=1e-9)
    play(bar, steps=4, log_every=2)
    lines = out.getvalue().splitlines()
    assert [line.split("  ")[0] for line in lines] == [f"step {k}/4" for k in (1, 2, 3, 4)]
    expected = (
        r"step 2/4  50%  critic loss -2\.00  generator loss 20\.0  wasserstein 0\.500  [\d,.]+ images/s  "
        r"elapsed \d+:\d\d  left \d+:\d\d"
    )
    assert re.fullmatch(expected, lines[1])
    assert "critic loss -2.00" in lines[2]  # step 3 is not read
    assert "\x1b" not in out.getvalue()
    assert "left" not in lines[3]


def test_a_short_run_prints_its_last_step_only(play: Any) -> None:
    bar, out = progress()
    play(bar, steps=3)
    assert [line.split("  ")[:2] for line in out.getvalue().splitlines()] == [["step 3/3", "100%"]]


@pytest.mark.parametrize("width", [60, 80, 160])
def test_two_lines_fit_the_terminal(play: Any, width: int) -> None:
    bar, _ = progress(width, terminal=True)
    play(bar, steps=4)
    page = Console(width=width, file=io.StringIO(), record=True)
    page.print(bar._render())
    first, second = page.export_text().splitlines()
    assert first.startswith("step 4/4  ━")
    assert len(first) == width
    assert first.endswith("0:00")
    assert second.startswith("critic loss -4.00  generator loss 40.0  wasserstein 0.250  ")
    assert len(second) <= width


def test_a_terminal_is_given_back(play: Any) -> None:
    bar, out = progress(terminal=True)
    game = TinyGame()
    game.fail_at = 2
    with pytest.raises(RuntimeError, match="on purpose"):
        play(bar, steps=5, game=game)
    hidden, shown = "\x1b[?25l", "\x1b[?25h"
    assert out.getvalue().count(hidden) == out.getvalue().count(shown) == 1


def test_figures_are_read_where_all_processes_read_them_also_when_nothing_is_shown(play: Any) -> None:
    bar, out = progress(plain_every=1e-9)
    bar.disable()
    _, game = play(bar, steps=7, log_every=3)
    assert game.asked == [1, 3, 6, 7]
    assert out.getvalue() == ""


def test_without_images_to_count_it_counts_steps(play: Any) -> None:
    bar, out = progress()
    play(bar, steps=2, loader=[0, 1])
    assert "steps/s" in out.getvalue()
