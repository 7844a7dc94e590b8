from __future__ import annotations

from pathlib import Path

import pytest

from gan_lightning.run.remove_empty import remove_if_empty


@pytest.mark.parametrize("made", ["runs/one", "runs/debug/one", "multirun/a/b/c"])
def test_a_refused_run_leaves_no_empty_directory(made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / made).mkdir(parents=True)
    remove_if_empty(made)
    assert not any(tmp_path.iterdir())

    (tmp_path / made).mkdir(parents=True)
    (tmp_path / made).with_name("other").touch()
    remove_if_empty(made)
    assert [path.name for path in (tmp_path / made).parent.iterdir()] == ["other"]
