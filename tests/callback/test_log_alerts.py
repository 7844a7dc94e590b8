"""Findings, checkpoints and last scores reach the loggers that take them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.doctor import Doctor
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.score import Scoring
from gan_lightning.diagnostic.base import Diagnostic, Observation, Symptom
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, networks
from tests.helper.planned_metric import Planned
from tests.helper.tiny_module import Memory


class Takes(Memory):
    def __init__(self) -> None:
        super().__init__()
        self.alerts: list[tuple[str, str]] = []
        self.files: list[tuple[str, int, bool]] = []
        self.tables: dict[str, list[dict[str, Any]]] = {}

    def log_alert(self, title: str, text: str) -> None:
        self.alerts.append((title, text))

    def log_checkpoint(self, file: Path, step: int) -> None:
        self.files.append((file.name, step, file.exists()))

    def log_table(self, key: str, columns: list[str], data: list[list[Any]], *, step: int | None = None) -> None:
        self.tables[key] = [dict(zip(columns, row, strict=True)) for row in data]


class Late(Diagnostic):
    """Wrong from step 3 on."""

    name, fatal = "late", False

    def __init__(self) -> None:
        self.memory = []

    def __call__(self, observation: Observation) -> Symptom:
        return Symptom(observation.step >= 3, f"step {observation.step}", "objective.gp_weight=1")


def test_each_of_them(tmp_path: Path) -> None:
    takes, (generator, critic) = Takes(), networks()
    doctor = Doctor(diagnostics={"late": Late()}, every=1, patience=2)
    scoring = Scoring(metric=Planned(5.0, 3.0, 4.0), every=2)
    trainer = build(
        max_steps=6,
        accelerator="cpu",
        callbacks=[LogMetrics(), scoring, doctor, Checkpoint(every=4)],
        logger=[Memory(), takes],
        default_root_dir=str(tmp_path),
    )
    trainer.fit(WGANGP(generator, critic, latent_dim=4), datamodule=Cloud(batch_size=8))
    (alert,) = takes.alerts  # once, although it persists
    assert alert[0] == "late"
    assert alert[1].startswith("step 4: late since step 3: step 4; try objective.gp_weight=1")
    assert takes.files == [
        ("best.ckpt", 2, True),
        ("best.ckpt", 4, True),
        ("last.ckpt", 4, True),
        ("last.ckpt", 6, True),
    ]
    row, turned = takes.tables["scores"]
    assert row["score"] == "planned"
    assert (row["value"], row["step"], row["real_vs_real"]) == (4.0, 6, -1.0)
    assert turned["better"] == "higher"
    assert "n_fake: " in row["provenance"]
    assert "extractor: " in row["provenance"]
