"""A short run of the fuzzer, and that it notices what must not come; `python -m benchmarks.fuzz` does many."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from benchmarks.fuzz import __main__ as fuzz
from benchmarks.fuzz.checkpoints import change, regions, same
from benchmarks.fuzz.command_lines import wrong
from benchmarks.fuzz.forked import Ended, run_cases
from benchmarks.fuzz.images import damages
from benchmarks.fuzz.result import Result, report


@pytest.mark.process
def test_nothing_goes_wrong_in_a_short_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"OMP_NUM_THREADS": "1", "COLUMNS": "100", "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    fuzz.import_everything()
    counts = {"command_lines": 50, "images": 100, "flips": 300, "changed": 10, "damaged": 12}
    found = list(fuzz.results(counts, 1234, tmp_path))
    assert [(one.kind, one.case, one.wrong) for one in found if one.wrong] == []
    assert len(found) == sum(counts.values())


@pytest.mark.parametrize(
    ("ended", "new", "words"),
    [
        (Ended(1, "", "Traceback (most recent call last):\n  File\nKeyError: 'x'", False), [], "traceback"),
        (Ended(-11, "", "", False), [], "signal 11"),
        (Ended(0, "", "", False), ["runs/a/.x.png.writing"], "half-written"),
        (Ended(-9, "", "", True), [], "signal 9"),
        (Ended(1, "", "", True), [], "did not end"),
        (Ended(1, "", "warning: x", False), [], "without one line"),
        (Ended(1, "", "error: x\nerror: y", False), [], "without one line"),
        (Ended(1, "", "error: x", False), ["runs", "runs/a"], "left behind"),
        (Ended(3, "", "", False), [], "exit code 3"),
        (Ended(1, "", "error: step 3: loss is nan", False), ["runs/a", "runs/a/metrics.csv"], ""),
        (Ended(1, "", "error: x", False), [], ""),
        (Ended(75, "", "stopped by SIGTERM", True), ["runs/a"], ""),
        (Ended(0, "", "", False), ["runs/a"], ""),
    ],
)
def test_what_is_wrong_with_an_end(ended: Ended, new: list[str], words: str) -> None:
    said = wrong(ended, new)
    assert words in said
    assert bool(said) == bool(words)


def _crash(_case: int) -> str:
    os.kill(os.getpid(), 11)
    return ""


def _hang(_case: int) -> str:
    time.sleep(60)
    return ""


def _raise(_case: int) -> str:
    raise KeyError("x")


def _refuse(case: int) -> str:
    return f"case {case}"


@pytest.mark.process
@pytest.mark.parametrize(
    ("check", "words"), [(_crash, "exit code"), (_hang, "no answer"), (_raise, "KeyError"), (_refuse, "case 3")]
)
def test_a_case_that_goes_wrong_ends_only_itself(check: Callable[[int], str], words: str, tmp_path: Path) -> None:
    def check_third(case: int) -> str:
        return check(case) if case == 3 else ""

    found = dict(run_cases(check_third, range(6), limit=1.0, directory=tmp_path))
    assert list(found) == list(range(6))
    assert words in found.pop(3)
    assert set(found.values()) == {""}


def test_the_report_counts_failures(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([Result("a", "one"), Result("a", "two", "bad\nvery"), Result("b", "three")]) == 1
    printed = capsys.readouterr().out
    assert "a: two\n    bad\n    very\n" in printed
    assert "      2       1  a\n      1       0  b\n" in printed


def test_regions_of_a_checkpoint_cover_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.ckpt"
    torch.save({"state_dict": {"w": torch.ones(100)}}, file)
    found = regions(file)
    assert {name for name, _, _ in found} == {"header of a record", "record", "directory"}
    assert sum(after - first for _, first, after in found) == file.stat().st_size


def test_changes_of_a_checkpoint_change_it() -> None:
    def whole() -> dict[str, object]:
        return {"state_dict": {"w": torch.ones(3), "b": torch.zeros(2)}, "list": [1, {"a": 2}], "step": 7}

    for seed in range(200):
        changed = whole()
        said = change(changed, random.Random(seed))
        assert not same(changed, whole()), said


def test_damaged_images_follow_from_the_seed() -> None:
    assert [str(one) for one in damages(5, 20)] == [str(one) for one in damages(5, 20)]
    assert len({one.description.split(", ")[1].split(" ")[0] for one in damages(5, 200)}) > 8
