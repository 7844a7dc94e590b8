from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gan_lightning.metric import feature_cache

SEEN = {"features": torch.arange(12.0).view(4, 3), "classes": torch.arange(4)}


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    file = feature_cache.cache_file(tmp_path / "new", "digits", "a1b2")
    assert feature_cache.load_features(file) is None
    feature_cache.save_features(file, SEEN)
    found = feature_cache.load_features(file)
    assert found is not None
    assert all(torch.equal(found[name], rows) for name, rows in SEEN.items())
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_another_key_is_another_file(tmp_path: Path) -> None:
    assert len({feature_cache.cache_file(tmp_path, *key) for key in (("a", "b"), ("ab", ""), ("a", "c"), ("a",))}) == 4


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    file = feature_cache.cache_file(tmp_path, "x")
    feature_cache.save_features(file, SEEN)
    whole, refused = file.read_bytes(), 0
    for place in range(0, len(whole), 20):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        found = feature_cache.load_features(file)
        refused += found is None  # some bytes, of padding and dates, mean nothing
        assert found is None or all(torch.equal(found[name], rows) for name, rows in SEEN.items())
    assert refused > 20
    for other in (b"", whole[:-1], b"features"):
        file.write_bytes(other)
        assert feature_cache.load_features(file) is None
    torch.save([1, 2], file)
    assert feature_cache.load_features(file) is None


def test_a_folder_that_takes_nothing_is_no_reason_to_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    feature_cache.save_features(feature_cache.cache_file(tmp_path / "file", "x"), SEEN)
    said = capsys.readouterr().err
    assert said.startswith("warning: statistics of the reals are not cached in")
    assert len(said.splitlines()) == 1
