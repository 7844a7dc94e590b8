"""Runs that fail on purpose, and healthy ones."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.doctor import Doctor, defaults
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.progress import Progress
from gan_lightning.callback.score import Scoring
from gan_lightning.callback.summary import Summary
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.core.errors import UsageError
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.ring8 import Ring8
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.diagnostic import ClippedWeightsStuck
from gan_lightning.diagnostic.base import Symptom
from gan_lightning.ensemble.scheduler import fit
from gan_lightning.logger.csv import CSV, read
from gan_lightning.metric.points import Points
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.optimizer import Adam
from gan_lightning.train import train
from gan_lightning.trainer.default import build
from tests.helper.command import checked
from tests.helper.modules import Cloud, networks, same, state
from tests.helper.tiny_module import Memory

QUIET = tuple(
    f"callback.{name}=null" for name in ("samples", "progress", "summary", "curves", "loss_vs_score", "checkpoint")
)
QUIET += ("logger=none", "trainer.accelerator=cpu", "metric=none")
PLANE = ("data=ring8", "model=mlp_small", "data.batch_size=32", "trainer.log_every_n_steps=10", "trainer.max_steps=40")
DIGITS = ("model.generator.width=8", "model.critic.width=8", "data.batch_size=16", "trainer.max_steps=30")
DIGITS += ("trainer.log_every_n_steps=5",)
OLD = ("objective=gan_minimax", *DIGITS, "objective.critic_optimizer.lr=0.01")
CLIPPED = ("objective=wgan_clip", *PLANE, "objective.n_critic=1", "objective.clip=1e-4")
FREE = ("objective=wgan_gp", *PLANE, "objective.n_critic=1", "objective.gp_weight=0")
FREE += ("objective.critic_optimizer.lr=1e-2", "objective.generator_optimizer.lr=1e-2", "trainer.max_steps=120")
R1 = ("objective=r1", *PLANE, "objective.critic_optimizer.lr=0.1")
HUGE = ("objective=gan", *PLANE, "objective.generator_optimizer.lr=0.05", "trainer.max_steps=120")
SICK = {
    "minimax against a critic that learns fifty times as fast": (
        OLD,
        {
            "critic saturated": "objective.critic_optimizer.lr=0.0002",
            "generator gradient vanishing": "loss@objective.loss=non_saturating",
        },
    ),
    "a tiny box": (
        CLIPPED,
        {"generator gradient vanishing": "objective.clip=0.01", "critic weights stuck at ±c": "objective.clip=0.1"},
    ),
    "no penalty": (
        FREE,
        {
            "penalty off its target": "objective.gp_weight=0.1",
            "Wasserstein estimate diverging": "objective.gp_weight=0.1",
            "generator gradient exploding": "objective.gp_weight=0.1",
        },
    ),
    "a critic too fast for its penalty": (R1, {"penalty off its target": "objective.critic_optimizer.lr=0.01"}),
    "a generator too fast": (HUGE, {"samples repeating": "objective.generator_optimizer.lr=0.0002"}),
}


def examined(directory: Path, *overrides: str) -> Doctor:
    """The doctor of a run with these overrides."""
    trainer = train(TrainConfig(**checked(*QUIET, *overrides, f"run_dir={directory}")))
    return next(callback for callback in trainer.callbacks if isinstance(callback, Doctor))


@pytest.mark.training
@pytest.mark.parametrize("illness", SICK)
def test_names_it_and_gives_an_override_that_composes(
    illness: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    overrides, expected = SICK[illness]
    doctor = examined(tmp_path, *overrides)
    found = {finding.name: finding.advice for finding in doctor.findings.values() if finding.until is None}
    assert found == expected
    said = capsys.readouterr().err.splitlines()
    for finding in doctor.findings.values():
        checked(*overrides, *finding.advice.split())
        assert sum(f": {finding.name} since step {finding.since}: " in line for line in said) == 1
    with (tmp_path / "doctor.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert {row["name"]: row["advice"] for row in table} == expected
    assert all(row["until"] == "" and "threshold" in row["evidence"] for row in table)


@pytest.mark.training
@pytest.mark.parametrize("illness", ["minimax against a critic that learns fifty times as fast", "a tiny box"])
def test_the_advice_heals(illness: str, tmp_path: Path) -> None:
    overrides, expected = SICK[illness]
    for index, (name, advice) in enumerate(expected.items()):
        healed = examined(tmp_path / str(index), *overrides, *advice.split())
        assert name not in {finding.name for finding in healed.findings.values()}


@pytest.mark.training
@pytest.mark.parametrize(
    "overrides",
    [
        (*DIGITS, "trainer.max_steps=40"),
        ("experiment=ring8", "trainer.max_steps=100", "trainer.log_every_n_steps=10"),
        ("objective=wgan_gp", *PLANE, "objective.gp_weight=0.1", "trainer.max_steps=20", "trainer.log_every_n_steps=5"),
        ("objective=wgan_gp", *DIGITS, "trainer.max_steps=10", "trainer.log_every_n_steps=2"),
        (
            "experiment=progan_digits",
            "data.size=8",
            *(f"model.{player}.max_width=8" for player in ("generator", "critic")),
            "objective.schedule.stable_images=160",
            "objective.schedule.fade_images=160",
            "trainer.log_every_n_steps=5",
        ),
    ],
    ids=["default", "ring8", "wgan_gp on ring8", "wgan_gp on digits", "progan"],
)
def test_healthy_runs_have_no_findings(
    overrides: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor = examined(tmp_path, *overrides)
    assert doctor.observations >= 5
    assert doctor.findings == {}
    assert "since step" not in capsys.readouterr().err
    assert not (tmp_path / "doctor.csv").exists()


# ---- plans written by hand -------------------------------------------------------------------------------------------


class Planned:
    """A rule that sees what is planned: x wrong, a dot right, a blank nothing."""

    name, fatal = "planned", True

    def __init__(self, plan: str) -> None:
        self.plan, self.memory = plan, [0.0]

    def __call__(self, observation: Any) -> Any:
        now, self.memory = self.plan[int(self.memory[0])], [self.memory[0] + 1]
        return None if now == " " else Symptom(now == "x", f"seen {int(self.memory[0])}", "key=1")


class Some(nn.Module):
    """A generator that makes three of the eight modes only, or one place; it moves, but not far."""

    latent_dim = 2

    def __init__(self, modes: int) -> None:
        super().__init__()
        self.modes, self.off = modes, nn.Parameter(torch.zeros(2))

    def forward(self, latent: Tensor) -> Tensor:
        mode = (latent[:, 0] * 100).floor().remainder(self.modes) * (2 * math.pi / 8)
        return torch.stack([mode.cos(), mode.sin()], 1) + 1e-3 * latent + self.off


def fitted(
    module: AdversarialModule, *callbacks: Any, data: Any = None, steps: int = 12, log_every: int = 2, **options: Any
) -> Any:
    trainer = build(
        max_steps=steps,
        accelerator="cpu",
        log_every_n_steps=log_every,
        callbacks=list(callbacks),
        **{"logger": [], **options},
    )
    trainer.fit(module, datamodule=data or Cloud(batch_size=8), ckpt_path=options.pop("ckpt", None))
    return trainer


def names(doctor: Doctor) -> set[str]:
    return {finding.name for finding in doctor.findings.values()}


@pytest.mark.training
def test_a_generator_of_three_modes_drops_five(tmp_path: Path) -> None:
    module = GAN(Some(3), networks()[1], generator_optimizer=Adam(1e-9))
    doctor, score = Doctor(), Scoring(metric=Points(n_fake_training=100), every=2, keep=False)
    fitted(module, score, doctor, data=Ring8(batch_size=16), default_root_dir=str(tmp_path))
    assert names(doctor) == {"modes dropping"}
    found = doctor.findings["mode_dropping"]
    assert found.evidence == "3 of 8 modes, with 100% of the samples good (threshold all 8)"
    assert (found.since, found.until) == (2, None)
    checked("objective=gan", "data=ring8", "model=mlp_small", *found.advice.split())


def test_a_collapsed_generator_repeats_itself(tmp_path: Path) -> None:
    doctor = Doctor()
    module = GAN(Some(1), networks()[1], generator_optimizer=Adam(1e-9))
    fitted(module, doctor, data=Cloud(batch_size=8), default_root_dir=str(tmp_path))
    assert "samples repeating" in names(doctor)
    assert doctor.findings["sample_repetition"].since == 1


class Few(AdversarialDataModule):
    """Sixteen points of sixty-four numbers to train on, as many others held out."""

    shape = (64,)

    def load(self) -> tuple[SampleTable, SampleTable]:
        points = torch.randn(32, 64, generator=torch.Generator().manual_seed(0))
        return SampleTable(points[:16]), SampleTable(points[16:])


def test_a_critic_that_memorizes_its_samples(tmp_path: Path) -> None:
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    module = GAN(nn.Linear(64, 64), critic, latent_dim=64, critic_optimizer=Adam(1e-2))
    doctor = Doctor()
    fitted(module, doctor, data=Few(batch_size=16), steps=60, log_every=10, default_root_dir=str(tmp_path))
    assert "critic overfitting" in names(doctor)


# ---- the run is the same -------------------------------------------------------------------------------------------


def sick(**options: Any) -> AdversarialModule:
    """Applies to every diagnostic of scores or weights; with batch norm and dropout."""
    generator, critic = networks(norm=True)
    critic.append(nn.Flatten(0))
    generator.insert(1, nn.Dropout(0.1))
    critic.insert(3, nn.Dropout(0.1))
    return GAN(generator, critic, latent_dim=4, **options)


def always() -> Doctor:
    """With all diagnostics and one with a symptom in every observation."""
    return Doctor(diagnostics={**{name: rule() for name, rule in defaults().items()}, "always": Planned("x" * 20)})


def played(directory: Path, *callbacks: Any, end: int = 12, resume: Path | None = None) -> Any:
    module = sick()
    trainer = build(
        max_steps=end,
        accelerator="cpu",
        callbacks=[LogMetrics(), *callbacks, Progress(plain_every=1e9), Checkpoint(every=5)],
        logger=[CSV(str(directory))],
        log_every_n_steps=2,
        val_check_interval=3,
        default_root_dir=str(directory),
    )
    trainer.fit(module, datamodule=Cloud(batch_size=8), ckpt_path=resume)
    rows = [{k: v for k, v in row.items() if k != "images_per_second"} for row in read(directory / "metrics.csv")]
    return state(module), rows


@pytest.mark.training
def test_observing_changes_nothing(tmp_path: Path) -> None:
    """Weights, averages, statistics and figures, with dropout, batch norm and validation, bit for bit."""
    without, figures = played(tmp_path / "without")
    doctor = always()
    looked, rows = played(tmp_path / "looked", doctor)
    assert same(without, looked)
    assert figures == rows
    assert doctor.observations == 7
    assert names(doctor) == {"planned"}


@pytest.mark.training
def test_a_resumed_run_finds_what_an_unbroken_one_does(tmp_path: Path) -> None:
    def known(doctor: Doctor) -> dict[str, Any]:
        checkpoint: dict[str, Any] = {}
        doctor.on_save_checkpoint(None, None, checkpoint)  # type: ignore[arg-type]
        return checkpoint

    whole, broken, again = always(), always(), always()
    played(tmp_path / "whole", whole)
    played(tmp_path / "broken", broken, end=6)
    assert (tmp_path / "broken" / "doctor.csv").exists()
    played(tmp_path / "broken", again, resume=tmp_path / "broken" / "checkpoints" / "last.ckpt")
    assert known(again) == known(whole)
    assert known(again) != known(broken)
    assert whole.findings["always"].since == 1
    tables = [(tmp_path / d / "doctor.csv").read_bytes() for d in ("whole", "broken")]
    assert tables[0] == tables[1]


@pytest.mark.training
def test_members_of_an_ensemble_have_their_own(tmp_path: Path) -> None:
    def member(clip: float, doctor: Doctor, directory: Path) -> tuple[Any, AdversarialModule]:
        torch.manual_seed(0)
        trainer = build(
            max_steps=8,
            accelerator="cpu",
            callbacks=[doctor],
            log_every_n_steps=2,
            default_root_dir=str(directory),
            precision="64-true",
        )
        return trainer, WGAN(*networks(), latent_dim=4, clip=clip)

    alone, together = ([Doctor(), Doctor()] for _ in range(2))
    for doctor, clip in zip(alone, (1e-5, 10.0), strict=True):
        trainer, module = member(clip, doctor, tmp_path / "alone")
        trainer.fit(module, datamodule=Cloud(batch_size=8))
    pairs = [member(clip, doctor, tmp_path) for doctor, clip in zip(together, (1e-5, 10.0), strict=True)]
    fit([p[0] for p in pairs], [p[1] for p in pairs], [Cloud(batch_size=8) for _ in pairs])
    assert [doctor.findings for doctor in together] == [doctor.findings for doctor in alone]
    assert "critic weights stuck at ±c" in names(together[0])
    assert names(together[1]) == set()


# ---- when, and what then ---------------------------------------------------------------------------------------------


@pytest.mark.training
@pytest.mark.parametrize(
    ("plan", "found"),
    [
        ("xx.xx.xx", None),
        ("..xxx.x.", (3, None, "seen 7")),
        ("x  xx  .", (1, None, "seen 5")),
        (".xxxx...", (2, 6, "seen 5")),
        ("xxx...xx", (1, 4, "seen 8")),
        ("xxx..xxx", (1, None, "seen 8")),
    ],
)
def test_patience(plan: str, found: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doctor = Doctor(diagnostics={"one": Planned(plan), "none": None}, every=1)  # type: ignore[dict-item]
    fitted(GAN(*networks(), latent_dim=4), doctor, steps=len(plan), default_root_dir=str(tmp_path))
    one = doctor.findings.get("one")
    assert (one and (one.since, one.until, one.evidence)) == found
    assert capsys.readouterr().err.count("planned since step") == (found is not None)
    assert doctor.observations == len(plan)


def test_stops_at_what_cannot_recover(tmp_path: Path) -> None:
    module = WGAN(*networks(), latent_dim=4, clip=1e-5)
    options: dict[str, Any] = {"steps": 8, "default_root_dir": str(tmp_path)}
    wanted = (
        r"^step 4: generator gradient vanishing since step 1: the gradient at a weight is .*; try objective.clip=0.01; "
    )
    with pytest.raises(UsageError, match=wanted + r"there is no checkpoint yet \(callback.doctor.stop=true\)$"):
        fitted(module, Doctor(stop=True), Checkpoint(), **options)
    assert module.trainer.global_step == 4
    fitted(
        WGAN(*networks(), latent_dim=4, clip=1e-5),
        Doctor(stop=True, diagnostics={"stuck": ClippedWeightsStuck()}),
        **options,
    )


def test_a_plain_loader_leaves_the_rules_that_need_no_samples(tmp_path: Path) -> None:
    doctor = Doctor()
    trainer = build(
        max_steps=8, accelerator="cpu", log_every_n_steps=2, callbacks=[doctor], default_root_dir=str(tmp_path)
    )
    trainer.fit(
        WGAN(*networks(), latent_dim=4, clip=1e-5, n_critic=1),
        DataLoader(TensorDataset(torch.randn(64, 2)), batch_size=8),
    )
    assert names(doctor) == {"critic weights stuck at ±c", "generator gradient vanishing"}


@pytest.mark.parametrize(
    ("doctor", "says"),
    [
        (lambda: Doctor(diagnostics={"one": Planned("." * 9)}), ["no problems in 7 checks"]),
        (lambda: Doctor(diagnostics={"one": Planned("x" * 9)}), ["planned since step 1: seen 7", "try key=1"]),
        (lambda: Doctor(diagnostics={"one": Planned("xxxx...")}), ["planned since step 1, resolved at step 8"]),
    ],
)
def test_the_summary_has_the_findings(doctor: Callable[[], Doctor], says: list[str], tmp_path: Path) -> None:
    last, out, memory = Summary(), io.StringIO(), Memory()
    last.console = Console(file=out, width=80)
    module = GAN(*networks(), latent_dim=4)
    fitted(module, LogMetrics(), doctor(), last, logger=[memory, CSV(str(tmp_path))], default_root_dir=str(tmp_path))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    start = next(index for index, line in enumerate(lines) if line.startswith("doctor"))
    assert [line[12:] for line in lines[start : start + len(says)]] == says
    assert any(line.startswith("findings") for line in lines) == ("no problems" not in says[0])


def test_a_table_goes_to_loggers_that_take_one(tmp_path: Path) -> None:
    class Tables(Memory):
        table: Any = None

        def log_table(self, key: str, columns: list[str], data: list[list[Any]], *, step: int | None = None) -> None:
            self.table = key, columns, data, step

    tables = Tables()
    fitted(
        GAN(*networks(), latent_dim=4),
        Doctor(diagnostics={"one": Planned("x" * 9)}),
        logger=[tables],
        default_root_dir=str(tmp_path),
    )
    columns = ["name", "since", "until", "evidence", "advice"]
    assert tables.table == ("doctor", columns, [["planned", 1, None, "seen 7", "key=1"]], 12)


def test_numbers_gone_wrong_are_not_the_doctors(tmp_path: Path) -> None:
    module = WGANGP(*networks(), latent_dim=4, n_critic=1, critic_optimizer=Adam(1e30))
    doctor = Doctor(every=1)
    fitted(module, doctor, steps=20, default_root_dir=str(tmp_path))
    assert doctor.observations == 20
