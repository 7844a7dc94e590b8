from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.logger.csv import CSV, read

Metrics = dict[str, float]


def lines(directory: Path) -> list[str]:
    return (directory / "metrics.csv").read_text().splitlines()


def test_the_first_column_is_the_step_and_numbers_keep_their_digits(tmp_path: Path) -> None:
    logger = CSV(str(tmp_path))
    logger.log_metrics({"loss": 0.1 + 0.2, "seen": 64}, step=1)
    logger.log_metrics({"loss": torch.tensor(1.5), "seen": torch.tensor(128)}, step=2)
    logger.log_metrics({"loss": float("nan"), "seen": 1e-30}, step=3)
    assert lines(tmp_path) == ["step,loss,seen", "1,0.30000000000000004,64", "2,1.5,128", "3,nan,1e-30"]


def test_a_new_metric_adds_a_column(tmp_path: Path) -> None:
    logger = CSV(str(tmp_path))
    logger.log_metrics({"b": 1}, step=1)
    logger.log_metrics({"a,a": 2}, step=2)
    logger.log_metrics({"b": 3}, step=3)
    assert lines(tmp_path) == ['step,b,"a,a"', "1,1,", "2,,2", "3,3,"]
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.csv"]


def test_one_step_has_one_row(tmp_path: Path) -> None:
    logger = CSV(str(tmp_path))
    logger.log_metrics({"loss": 1, "val": 0.123456789}, step=5)
    logger.log_metrics({"val": 2}, step=5)
    logger.log_metrics({"new": 3}, step=5)
    logger.log_metrics({"loss": 4})
    logger.log_metrics({"loss": 5}, step=6)
    assert lines(tmp_path) == ["step,loss,val,new", "5,4,2,3", "6,5,,"]


def test_a_resumed_run_drops_later_rows_and_appends(tmp_path: Path) -> None:
    first = CSV(str(tmp_path))
    for k in range(1, 5):
        first.log_metrics({"loss": k / 3}, step=k * 10)
    second = CSV(str(tmp_path))
    second.rewind(25)
    assert lines(tmp_path) == ["step,loss", "10,0.3333333333333333", "20,0.6666666666666666"]
    second.log_metrics({"loss": 9}, step=30)
    assert lines(tmp_path)[3:] == ["30,9"]


def test_without_a_rewind_rows_from_the_first_logged_step_on_are_dropped(tmp_path: Path) -> None:
    CSV(str(tmp_path)).log_metrics({"loss": 1}, step=10)
    CSV(str(tmp_path)).log_metrics({"loss": 2}, step=20)
    CSV(str(tmp_path)).log_metrics({"loss": 3}, step=20)
    assert lines(tmp_path) == ["step,loss", "10,1", "20,3"]


def test_rewinding_to_the_start_leaves_an_empty_table(tmp_path: Path) -> None:
    CSV(str(tmp_path)).log_metrics({"old": 1}, step=10)
    logger = CSV(str(tmp_path))
    logger.rewind(0)
    assert read(tmp_path / "metrics.csv") == []
    logger.log_metrics({"new": 1}, step=1)
    assert lines(tmp_path) == ["step,new", "1,1"]


def test_a_truncated_last_row_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("step,loss\n10,1.5\n20")
    assert read(tmp_path / "metrics.csv") == [{"step": 10, "loss": 1.5}]


def test_no_file_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path / "metrics.csv") == []
    CSV(str(tmp_path)).rewind(0)
    assert list(tmp_path.iterdir()) == []


def test_the_directory_is_made(tmp_path: Path) -> None:
    CSV(str(tmp_path / "a" / "b")).log_metrics({"loss": 1}, step=1)
    assert lines(tmp_path / "a" / "b") == ["step,loss", "1,1"]


KEYS = st.sampled_from(["loss", "val loss", "a,b", 'quo"te', "é"])
METRICS = st.dictionaries(KEYS, st.floats(allow_nan=False), max_size=4)


@given(st.lists(st.tuples(st.integers(0, 3), METRICS), max_size=12), st.integers(0, 12))
def test_read_returns_the_logged_values(calls: list[tuple[int, Metrics]], reopened: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        logger, expected, at = CSV(directory), {}, 1
        for index, (ahead, figures) in enumerate(calls):
            at += ahead
            if index == reopened:
                logger = CSV(directory)
                logger.rewind(at)
            logger.log_metrics(figures, step=at)
            expected.setdefault(at, {"step": at}).update(figures)
        assert read(Path(directory) / "metrics.csv") == list(expected.values())


@pytest.mark.parametrize("wrong", ["text", None])
def test_a_value_that_is_no_number_is_an_error(tmp_path: Path, wrong: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        CSV(str(tmp_path)).log_metrics({"loss": wrong}, step=1)


def test_damaged_lines_are_left_out_named_and_kept_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A torn block in the middle, after a power cut, and a last line without its end."""
    torn = b"step,loss\n10,0.5\n20,0.\x00\xff\x00\n,3\n30,0.25\n40,0.1"
    (tmp_path / "metrics.csv").write_bytes(torn)
    logger = CSV(str(tmp_path))
    logger.rewind(30)
    assert lines(tmp_path) == ["step,loss", "10,0.5", "30,0.25"]
    assert "metrics.csv has 2 damaged lines, the first is line 3" in capsys.readouterr().err
    assert (tmp_path / "metrics.damaged.csv").read_bytes() == torn
    logger.log_metrics({"loss": 1}, step=40)
    assert lines(tmp_path)[-1] == "40,1"


@pytest.mark.parametrize("saved", ["\ufeffstep;loss\r\n10;0,5\r\n", "\ufeffstep\tloss\n10\t0.5\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_run_goes_on_with_a_table_that_a_spreadsheet_has_saved(saved: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_bytes(saved.encode(encoding))
    logger = CSV(str(tmp_path))
    logger.rewind(10)
    logger.log_metrics({"loss": 2}, step=20)
    assert lines(tmp_path) == ["step,loss", "10,0.5", "20,2"]
