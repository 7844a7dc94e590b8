from __future__ import annotations

import json
from pathlib import Path

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.sample.manifest import check_and_write_manifest

ORIGIN = {"checkpoint": "a/last.ckpt", "sha256": "ab", "step": 3, "weights": "averaged weights", "seed": 0}


def test_notes_the_origin_once(tmp_path: Path) -> None:
    check_and_write_manifest(tmp_path / "new" / "folder", ORIGIN)
    check_and_write_manifest(tmp_path / "new" / "folder", ORIGIN | {"checkpoint": "moved/last.ckpt"})
    assert json.loads((tmp_path / "new" / "folder" / "samples.json").read_text()) == ORIGIN


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sha256": "cd"}, r"another checkpoint \(step 3 of a/last.ckpt, averaged weights, seed 0\)"),
        ({"seed": 1}, "another seed"),
        ({"weights": "raw weights"}, "other weights"),
    ],
)
def test_refuses_what_has_another_origin(tmp_path: Path, change: dict[str, object], says: str) -> None:
    check_and_write_manifest(tmp_path, ORIGIN)
    with pytest.raises(UsageError, match=says):
        check_and_write_manifest(tmp_path, ORIGIN | change)


def test_refuses_other_peoples_files(tmp_path: Path) -> None:
    (tmp_path / "grid.png").write_text("mine")
    with pytest.raises(UsageError, match=r"holds other files: choose an empty folder"):
        check_and_write_manifest(tmp_path, ORIGIN)
    assert [path.name for path in tmp_path.iterdir()] == ["grid.png"]


@pytest.mark.parametrize("damaged", ["", "[1]", '{"sha', "null", "{}", "[" * 100_000])
def test_beside_a_damaged_manifest_everything_stays(damaged: str, tmp_path: Path) -> None:
    check_and_write_manifest(tmp_path, ORIGIN)
    (tmp_path / "samples.json").write_text(damaged)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "000000.png").write_text("of another seed, perhaps")
    with pytest.raises(UsageError, match=r"samples.json is damaged.*choose another folder .*, or remove") as error:
        check_and_write_manifest(tmp_path, ORIGIN)
    assert "\n" not in str(error.value)
    assert (tmp_path / "samples.json").read_text() == damaged
    assert (tmp_path / "images" / "000000.png").is_file()
