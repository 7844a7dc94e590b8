"""Few, since a W&B run takes seconds to start."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wandb
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.logger.csv import CSV
from gan_lightning.logger.wandb import WandB
from gan_lightning.logger.wandb_history import Record, wandb_history


def by_kind(directory: Path) -> dict[str, list[Record]]:
    """The records of the W&B runs in a run directory."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in wandb_history(directory):
        found[record["type"]].append(record.get(record["type"], {}))
    return found


def summary(records: dict[str, list[Record]]) -> dict[str, Any]:
    """As it stands in the end."""
    last: dict[str, Any] = {}
    for record in records["summary"]:
        last |= record.get("update", {})
    return last


@pytest.fixture
def gif(tmp_path: Path) -> Path:
    frames = [Image.new("L", (6, 4), shade) for shade in (0, 200)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    return tmp_path / "film.gif"


@pytest.mark.process
def test_an_offline_run_has_it_all_is_silent_and_closed_after_a_failure(
    tmp_path: Path, gif: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WANDB_MODE", raising=False)
    (tmp_path / "config.yaml").write_text("seed: 7\nobjective: {gp_weight: 10.0}\n")
    (tmp_path / "checkpoints").mkdir()
    for name in ("best", "last"):
        (tmp_path / "checkpoints" / f"{name}.ckpt").write_text(name)
    logger = WandB(str(tmp_path), tags=("toy",), log_model=True, id="new")
    logger.rewind(0)
    logger.log_image("samples", [Image.new("RGB", (6, 4))], step=0)
    logger.log_metrics({"critic_loss": -1.5, "val_wasserstein": 2.0}, step=50)
    logger.log_metrics({"frechet/digits": 3.0, "modes": 5.0}, step=50)
    logger.log_metrics({"critic_loss": -2.5, "frechet/digits": 4.0, "modes": 6, "w1": float("nan")}, step=100)
    logger.log_histogram("critic_weights/layers.0", (np.array([1.0, 3.0]), np.array([-1.0, 0.0, 1.0])), step=100)
    logger.log_video("film", [gif], step=100)
    logger.log_table("doctor", ["name", "since"], [["critic saturated", 50]], step=100)
    logger.log_image("curves", [Image.new("RGB", (8, 9))], step=100)
    points = [{"step": k, "estimate": 1 / k, "score": 3.0} for k in (50, 100)]
    logger.log_points("loss_vs_score/frechet/digits", points, "estimate", "score", step=100)
    logger.log_checkpoint(tmp_path / "checkpoints" / "last.ckpt", 50)  # kept at the end
    logger.log_alert("critic saturated", "step 100: critic saturated since step 50")
    logger.finalize("failed")
    logger.finalize("failed")
    assert capfd.readouterr() == ("", "")
    assert wandb.run is None
    assert "WANDB_MODE" not in os.environ

    (run,) = (tmp_path / "wandb").glob("offline-run-*")
    told = by_kind(tmp_path)
    (begun,) = told["run"]
    assert begun["project"] == "gan_lightning"
    assert begun["display_name"] == tmp_path.name
    assert begun["tags"] == ["toy"]
    assert begun["config"]["update"].items() >= {"seed": 7, "objective": {"gp_weight": 10}}.items()
    assert [record["exit_code"] for record in told["exit"]] == [1]

    start, middle, end = (record["item"] for record in told["history"])  # a row a step
    assert [(row["_step"], row["step"]) for row in (start, middle, end)] == [(0, 0), (50, 50), (100, 100)]
    assert (middle["critic_loss"], middle["val_wasserstein"], middle["frechet/digits"]) == (-1.5, 2.0, 3.0)
    assert (end["critic_loss"], end["frechet/digits"], end["modes"]) == (-2.5, 4.0, 6)
    (every,) = (record for record in told["metric"] if record.get("glob_name") == "*")
    assert every["step_metric"] == "step"
    last = summary(told)
    assert (last["best/frechet/digits"], last["best/modes"], last["frechet/digits"]) == (3.0, 6.0, 4.0)
    assert not {"best/w1", "best/critic_loss", "best/val_wasserstein"} & last.keys()

    def stored(name: str) -> Path:
        return run / "files" / name

    for row, key, size in ((start, "samples", (6, 4)), (end, "curves", (8, 9))):
        with Image.open(stored(row[f"{key}.filenames"][0])) as picture:
            assert picture.size == size
    assert stored(end["film.path"]).read_bytes() == gif.read_bytes()
    assert (end["doctor._type"], end["doctor.ncols"], end["doctor.nrows"]) == ("table-file", 2, 1)
    assert (end["critic_weights/layers.0._type"], end["critic_weights/layers.0.values"]) == ("histogram", [1, 3])
    table = json.loads(stored(end["loss_vs_score/frechet/digits_table.path"]).read_text())
    assert table["columns"] == ["step", "estimate", "score"]
    assert table["data"] == [[50, 0.02, 3.0], [100, 0.01, 3.0]]
    assert [(alert["title"], alert["text"]) for alert in told["alert"]] == [
        ("critic saturated", "step 100: critic saturated since step 50")
    ]
    kept = [artifact for artifact in told["artifact"] if artifact["type"] == "model"]
    assert [(one["name"], set(one["aliases"]) - {"latest"}, json.loads(one["metadata"])) for one in kept] == [
        ("model-new", {"best"}, {"step": 100}),
        ("model-new", {"last"}, {"step": 100}),
    ]
    contents = [content for artifact in told["artifact"] for content in artifact["manifest"]["contents"]]
    waiting = [Path(content["local_path"]) for content in contents]
    assert len(waiting) == 4
    assert [path.read_text() for path in waiting[2:]] == ["best", "last"]
    assert all(path.is_file() and path.is_relative_to(tmp_path) for path in waiting)  # not in the home directory
    assert "WANDB_DATA_DIR" not in os.environ
    (chart,) = (value for record in told["config"] for value in record["update"].values())
    assert chart["panel_config"]["panelDefId"] == "wandb/scatter/v0"
    assert chart["panel_config"]["fieldSettings"] == {"x": "estimate", "y": "score"}


@pytest.mark.process
def test_a_resumed_run_is_the_same_run_and_has_every_metric_once(tmp_path: Path) -> None:
    loss = {k: -0.1 * k for k in range(1, 8)}
    score = {k: abs(k - 2.0) for k in range(1, 8)}  # best at step 2
    figures = {"loss": loss, "frechet/digits": score}
    table, first = CSV(str(tmp_path)), WandB(str(tmp_path))
    first.log_image("samples", [Image.new("RGB", (6, 4))], step=0)
    for k in range(1, 6):  # the last two scores were not written when the process was killed
        first.log_metrics({"loss": loss[k]} | ({"frechet/digits": score[k]} if k < 4 else {}), step=k)
    first.finalize("failed")
    for k in range(1, 5):
        table.log_metrics({"loss": loss[k], "frechet/digits": score[k]}, step=k)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "last.ckpt").touch()

    time.sleep(1)  # W&B's directories are named by the second
    second = WandB(str(tmp_path))
    second.rewind(4)
    for k in (5, 6, 7):
        second.log_metrics({"loss": loss[k]}, step=k)
        second.log_metrics({"frechet/digits": score[k]}, step=k)
    second.finalize("success")

    told = by_kind(tmp_path)
    rows = [record["item"] for record in told["history"]]
    assert len({run["run_id"] for run in told["run"]}) == 1
    assert len(told["run"]) == 2
    found = [(key, row["step"], row[key]) for row in rows for key in figures if key in row]
    assert sorted(found) == sorted((key, k, value) for key, of in figures.items() for k, value in of.items())
    assert [row["step"] for row in rows] == [0, 1, 2, 3, 4, 5, 4, 5, 6, 7]
    assert summary(told)["best/frechet/digits"] == 0.0

    first_file, _ = sorted((tmp_path / "wandb").glob("offline-run-*"))
    assert list(wandb_history(tmp_path, offline=False)) == []  # a run that goes on online has all of it yet to send
    first_file.rename(first_file.with_name(first_file.name.removeprefix("offline-")))
    assert len([*wandb_history(tmp_path, offline=False)]) < len([*wandb_history(tmp_path)])
    assert [record["type"] for record in wandb_history(tmp_path)].count("history") == len(rows)


def test_what_no_checkpoint_goes_on_from_is_another_run(tmp_path: Path) -> None:
    (tmp_path / "wandb" / "offline-run-20260101_000000-abc12345").mkdir(parents=True)
    (tmp_path / "wandb" / "latest-run").symlink_to("offline-run-20260101_000000-abc12345")
    assert WandB(str(tmp_path)).version is None
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "best.ckpt").touch()
    assert WandB(str(tmp_path)).version is None
    (tmp_path / "checkpoints" / "previous.ckpt").touch()
    assert WandB(str(tmp_path)).version == "abc12345"
    assert WandB(str(tmp_path), id="other").version == "other"


def test_training_goes_on_without_wandbs_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        id, summary = "x", {}

        def fails(self, *_: Any, **__: Any) -> None:
            raise ConnectionResetError("Connection lost")

        log = finish = fails

        def define_metric(self, *_: Any, **__: Any) -> None: ...

    monkeypatch.setattr(wandb, "init", lambda **_: Gone())
    logger = WandB(str(tmp_path))
    with pytest.warns(UserWarning, match=r"W&B's process is gone; metrics\.csv goes on"):
        logger.log_metrics({"loss": 1.0}, step=1)
    logger.log_metrics({"loss": 1.0}, step=2)  # a second warning would be an error
    logger.finalize("failed")


@pytest.mark.process
def test_online_without_a_login_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    monkeypatch.setattr(wandb.setup().settings, "api_key", None)
    with pytest.raises(UsageError, match=r"logger.wandb.offline=false needs a W&B login.*wandb login"):
        WandB(str(tmp_path), offline=False)
    (tmp_path / "netrc").write_text("machine example.org login user password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with pytest.raises(UsageError, match=r"logger.wandb.offline=false"):
        WandB(str(tmp_path), offline=False)


def test_a_start_that_fails_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise wandb.errors.CommError("no such host\nmany\nlines")

    monkeypatch.setattr(wandb, "init", fails)
    with pytest.raises(UsageError, match=r"could not start \(no such host\): try logger.wandb.offline=true$"):
        WandB(str(tmp_path)).log_metrics({"loss": 1.0}, step=1)


@pytest.mark.parametrize(
    ("environment", "typed", "mode", "project", "entity"),
    [
        ({}, {}, "offline", "gan_lightning", None),
        ({"WANDB_MODE": "disabled", "WANDB_PROJECT": "p", "WANDB_ENTITY": "e"}, {}, "disabled", "p", "e"),
        ({"WANDB_MODE": "online", "WANDB_PROJECT": "p"}, {"offline": True, "project": "q"}, "offline", "q", None),
        ({"WANDB_ENTITY": "e"}, {"entity": "f"}, "offline", "gan_lightning", "f"),
    ],
)
def test_the_environment_holds_and_what_is_typed_wins(
    environment: dict[str, str],
    typed: dict[str, Any],
    mode: str,
    project: str,
    entity: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("WANDB_MODE", "WANDB_PROJECT", "WANDB_ENTITY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    begun = WandB(str(tmp_path), **typed)._wandb_init
    assert (begun["mode"], begun["project"], begun["entity"]) == (mode, project, entity)


def test_an_unknown_mode_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "ofline")
    with pytest.raises(UsageError, match=r"WANDB_MODE=ofline: did you mean offline"):
        WandB(str(tmp_path))
    monkeypatch.setenv("WANDB_MODE", "disabled")
    logger = WandB(str(tmp_path))
    logger.rewind(0)
    logger.log_metrics({"loss": 1.0}, 1)
    logger.finalize("success")
