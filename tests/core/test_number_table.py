from __future__ import annotations

from pathlib import Path

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.core.number_table import read_rows

ROWS = [{"step": "1", "loss": "0.5"}, {"step": "2", "loss": "-1e-05", "w1": "3.0"}]
PLAIN = "step,loss,w1\n1,0.5,\n2,-1e-05,3.0\n"


@pytest.mark.parametrize(
    "saved",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace(",", ";").replace(".", ",").encode("utf-8-sig"),
        PLAIN.encode() + b"3,0.",
    ],
)
def test_a_table_is_read_as_spreadsheets_save_it(saved: bytes, tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_bytes(saved)
    assert read_rows(tmp_path / "metrics.csv", "step") == ROWS


@pytest.mark.parametrize(
    ("saved", "says"),
    [(b"step,loss\n1,a\n", "line 2"), (b"loss\n1\n", "with a step"), (b"\xff\x00\xff\n", "UTF-8 or UTF-16")],
)
def test_a_damaged_table_is_named(saved: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_bytes(saved)
    with pytest.raises(UsageError, match=rf"metrics.csv is damaged.*{says}"):
        read_rows(tmp_path / "metrics.csv", "step")
