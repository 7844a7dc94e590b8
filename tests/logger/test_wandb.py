"""Few, since a W&B run takes seconds to start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import wandb
from PIL import Image

from gan_lightning.logger.wandb import WandB
from gan_lightning.runtime.refusal import Refusal


def records(run: Path) -> dict[str, list[dict[str, Any]]]:
    """Of an offline run by their kind, read back by W&B's own tool."""
    command = [str(Path(sys.executable).with_name("wandb")), "leet", "inspect", "--json", str(run)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found: dict[str, list[dict[str, Any]]] = {}
    for record in map(json.loads, told):
        found.setdefault(record["type"], []).append(record.get(record["type"]))
    return found


def test_an_offline_run_is_written_in_silence_and_closed_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WANDB_MODE", raising=False)
    (tmp_path / "config.yaml").write_text("seed: 7\nobjective: {gp_weight: 10.0}\n")
    logger = WandB(str(tmp_path), tags=("toy",))
    logger.log_metrics({"critic_loss": -1.5, "val_wasserstein": 2.0}, step=50)
    logger.log_metrics({"critic_loss": -2.5}, step=100)
    logger.log_image("samples", [Image.new("RGB", (6, 4))], step=100)
    logger.finalize("failed")
    logger.finalize("failed")
    assert capfd.readouterr() == ("", "")
    assert wandb.run is None
    assert "WANDB_MODE" not in os.environ

    (run,) = (tmp_path / "wandb").glob("offline-run-*")
    told = records(run)
    (begun,) = told["run"]
    assert begun["project"] == "gan_lightning"
    assert begun["display_name"] == tmp_path.name
    assert begun["tags"] == ["toy"]
    assert begun["config"]["update"].items() >= {"seed": 7, "objective": {"gp_weight": 10}}.items()
    history = [record["item"] for record in told["history"]]
    assert [(h["round"], h.get("critic_loss")) for h in history] == [(50, -1.5), (100, -2.5), (100, None)]
    metrics = {record.get("name") or record["glob_name"]: record for record in told["metric"]}
    assert metrics["*"]["step_metric"] == metrics["val_*"]["step_metric"] == "round"
    assert metrics["val_*"]["summary"] == {"min": True}
    assert [record["exit_code"] for record in told["exit"]] == [1]


def test_online_without_a_login_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    monkeypatch.setattr(wandb.setup().settings, "api_key", None)
    with pytest.raises(Refusal, match=r"logger\.offline=false needs a W&B login.*wandb login"):
        WandB(str(tmp_path), offline=False)
    (tmp_path / "netrc").write_text("machine example.org login user password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with pytest.raises(Refusal, match=r"logger\.offline=false"):
        WandB(str(tmp_path), offline=False)


def test_a_start_that_fails_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise wandb.errors.CommError("no such host\nmany\nlines")

    monkeypatch.setattr(wandb, "init", fails)
    with pytest.raises(Refusal, match=r"could not start \(no such host\): try logger\.offline=true$"):
        WandB(str(tmp_path)).log_metrics({"loss": 1.0}, step=1)
