"""Paths as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few
from gan_lightning.core.given_path import given_path


def test_home_is_known() -> None:
    assert given_path("~/photos", "data.root") == Path.home() / "photos"
    assert given_path("a=b/c,d", "data.root") == Path("a=b/c,d")


def test_a_file_may_begin_with_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~photos").mkdir()
    assert given_path("~photos", "data.root") == Path("~photos")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", r"^data.root= is empty: give a path$"),
        (" ", "is empty"),
        ("a\0b", "can't be a path"),
        ("x" * 300, "File name too long"),
        ("~nouser/x", r"^data.root=~nouser/x: there is no user nouser with a home folder$"),
    ],
)
def test_what_is_no_path_is_refused(typed: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        given_path(typed, "data.root")


def test_names_are_counted_beyond_the_first() -> None:
    assert few(["a", "b"]) == "a, b"
    assert few([str(k) for k in range(5010)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 5,000 more"
