from __future__ import annotations

import io
import sys

import pytest

from gan_lightning.core.console import print_rank_zero


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "plain", "said"),
    [
        (Terminal, False, "step 3: \x1b[33mill\x1b[0m: ill\n"),
        (Terminal, True, "step 3: ill: ill\n"),
        (io.StringIO, False, "step 3: ill: ill\n"),
    ],
)
def test_a_mark_is_yellow_where_there_are_colors(
    stream: type[io.StringIO], plain: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if plain:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stderr", out := stream())
    print_rank_zero("step 3: ill: ill", highlight="ill")
    assert out.getvalue() == said
