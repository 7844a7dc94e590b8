"""scores.json, written and read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.metric import registry
from gan_lightning.metric.provenance import Provenance
from gan_lightning.metric.report import read, write
from gan_lightning.metric.score import Score
from tests.helper.fake_runs import PROVENANCE

SCORES = [
    Score("w1", 0.25, real_vs_real=0.5, provenance=Provenance(**PROVENANCE)),
    Score("reverse_kl", float("inf"), provenance=Provenance(**PROVENANCE)),
]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert read(write(tmp_path, SCORES)) == SCORES


def test_a_score_of_ones_own_keeps_its_direction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {"gap": "lower"})
    file = write(tmp_path, [Score("gap", 0.5, provenance=Provenance(**PROVENANCE)), *SCORES])
    assert [entry.get("better") for entry in json.loads(file.read_text())] == ["lower", None, None]
    monkeypatch.setattr(registry, "_registered", {})
    assert [score.better for score in read(file)] == ["lower", "lower", "lower"]
    assert registry.registered() == {"gap": "lower"}


def test_files_of_older_versions_are_read(tmp_path: Path) -> None:
    old = [
        {"name": "w1", "value": 0.25, "floor": 0.5, "passport": PROVENANCE},
        {"name": "reverse_kl", "value": "inf", "floor": None, "passport": PROVENANCE},
    ]
    (tmp_path / "scores.json").write_text(json.dumps(old))
    assert read(tmp_path / "scores.json") == SCORES


def test_names_the_broken_file(tmp_path: Path) -> None:
    for content, match in (("[", "is not JSON"), ('[{"name": "w1"}]', "needs name, value and provenance")):
        (tmp_path / "scores.json").write_text(content)
        with pytest.raises(UsageError, match=f"scores.json.*{match}"):
            read(tmp_path / "scores.json")
