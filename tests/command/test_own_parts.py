"""Parts and configs of a person's own, outside the package: by the command, in sweeps, by a program of their own."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

import gan_lightning
from gan_lightning.config.part import import_target
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import resolve_and_validate
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import signature_types, takes_any_keyword
from gan_lightning.new.__main__ import main as new_main
from gan_lightning.new.__main__ import new
from tests.helper.command import checked, run

PARTS = """
import torch
from lightning.pytorch import Callback
from torch import nn
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.objective.gan import GAN


class Generator(nn.Module):
    def __init__(self, shape, latent_dim: int = 3, width=8):
        super().__init__()
        self.latent_dim = latent_dim
        self.layers = nn.Sequential(nn.Linear(latent_dim, width), nn.Tanh(), nn.Linear(width, shape[0]))

    def forward(self, latent):
        return self.layers(latent)


class Wide(Generator):
    def __init__(self, factor: int = 2, **kwargs):
        super().__init__(**kwargs)


def make_critic(shape, **options):
    assert options == {"free": "text"}
    return nn.Sequential(nn.Linear(shape[0], 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0))


class Loss:
    divergence_name = "gap"

    def critic(self, real, fake):
        return fake.mean() - real.mean()

    def generator(self, fake, real):
        return -fake.mean()

    def divergence(self, real, fake):
        return real.mean() - fake.mean()


class Penalty:
    per_sample = False

    def __call__(self, critic, real, fake, rng):
        return critic(real).square().mean()

    def project(self, critic):
        pass


class Decay:
    def __call__(self, step):
        return 1 / (1 + step)


class Square(AdversarialDataModule):
    shape = (2,)

    def load(self):
        rows = torch.rand(100, 2)
        return SampleTable(rows[:90]), SampleTable(rows[90:])


class Counter(Callback):
    def __init__(self, file):
        self.file = file

    def on_train_end(self, trainer, module):
        with open(self.file, "w") as file:
            file.write(str(trainer.global_step))


class MyGAN(GAN):
    def __init__(self, *args, note: str = "", **kwargs):
        super().__init__(*args, **kwargs)
"""
CONFIGS = {
    "model/mine.yaml": """
generator: {_target_: myparts.Generator, shape: [2], width: 4}
critic: {_target_: myparts.make_critic, shape: [2], free: text}
""",
    "data/mine.yaml": "{_target_: myparts.Square, batch_size: 16}\n",
    "loss/mine.yaml": "{_target_: myparts.Loss}\n",
    "penalty/mine.yaml": "{_target_: myparts.Penalty}\n",
    "schedule/mine.yaml": "{_target_: myparts.Decay}\n",
    "optimizer/mine.yaml": "{_target_: torch.optim.AdamW, _partial_: true, lr: 1.0e-3, betas: [0.5, 0.9]}\n",
    "callback/mine.yaml": "{_target_: myparts.Counter, file: counted}\n",
    "objective/mine.yaml": """
# @package _global_
defaults:
  - gan
  - override /loss@objective.loss: mine
  - override /penalty@objective.penalty: mine
  - override /schedule@objective.schedule: mine
  - override /optimizer@objective.critic_optimizer: mine
  - _self_
objective: {_target_: myparts.MyGAN, note: hello}
""",
    "experiment/mine.yaml": """
# @package _global_
defaults:
  - /callback@callback.mine: mine
  - override /data: mine
  - override /model: mine
  - override /objective: mine
  - override /metric: none
  - _self_
trainer: {max_steps: 2}
""",
    "mytrain.yaml": """
defaults:
  - train
  - override experiment: mine
  - _self_
seed: 5
""",
}
MINE = ("logger=none", "trainer.accelerator=cpu", "callback.samples=null", "callback.summary=null")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with parts and configs, from which commands are typed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "keys"))
    here = tmp_path / "here"
    for name, text in CONFIGS.items():
        file = here / "conf" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (here / "myparts.py").write_text(PARTS)
    return here


def targets(run_dir: Path) -> set[str]:
    text = (run_dir / "config.yaml").read_text()
    return {line.rpartition(" ")[2] for line in text.splitlines() if "_target_: myparts" in line}


EVERY = {f"myparts.{name}" for name in ("Generator", "make_critic", "Loss", "Penalty", "Decay", "Square", "Counter")}
EVERY |= {"myparts.MyGAN"}


@pytest.mark.process
def test_a_run_of_own_parts_trains_resumes_and_is_sampled(home: Path) -> None:
    done = run("--config-dir", "conf", "experiment=mine", *MINE, "hydra.run.dir=run", cwd=home)
    assert done.returncode == 0, done.stderr
    assert targets(home / "run") == EVERY
    assert (home / "counted").read_text() == "2"
    done = run("run=run", "trainer.max_steps=4", cwd=home)
    assert done.returncode == 0, done.stderr
    assert (home / "counted").read_text() == "4"
    (home / "run" / "config.yaml").write_text("# edited\n" + (home / "run" / "config.yaml").read_text())
    sampled = run("run=run", "output=points", "output.points.n=5", cwd=home, module="gan_lightning.sample")
    assert sampled.returncode == 1
    assert "model.generator._target_=myparts.Generator is code of someone else" in sampled.stderr
    assert sampled.stderr.strip().endswith("type trust=myparts")
    trusted = ("run=run", "output=points", "output.points.n=5", "trust=myparts")
    sampled = run(*trusted, cwd=home, module="gan_lightning.sample")
    assert sampled.returncode == 0, sampled.stderr


LAUNCHERS = {
    "basic": (),
    "joblib": ("hydra/launcher=joblib", "hydra.launcher.n_jobs=1"),
    "submitit_local": ("hydra/launcher=submitit_local", "hydra.launcher.timeout_min=5"),
    "ensemble": ("hydra/launcher=ensemble",),
}


@pytest.mark.process
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_all_of_a_config_reaches_the_jobs_of_every_launcher(launcher: str, home: Path) -> None:
    (home / "more" / "schedule").mkdir(parents=True)
    (home / "conf" / "schedule" / "mine.yaml").rename(home / "more" / "schedule" / "mine.yaml")
    named = ("--config-dir", "conf", "--config-name", "mytrain", "-m", "hydra.searchpath=[file://more]")
    options = ("hydra.sweep.dir=sweep", "objective.note=swept,other", *LAUNCHERS[launcher])
    done = run(*named, *MINE, *options, cwd=home)
    assert done.returncode == 0, done.stderr
    for job in ("0_objective.note=swept", "1_objective.note=other"):
        config = OmegaConf.load(home / "sweep" / job / "config.yaml")
        assert (config.seed, config.trainer.max_steps, config.objective.note) == (5, 2, job.partition("note=")[2])
        assert targets(home / "sweep" / job) == EVERY


def program(body: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program of one's own, whose function for a job is this."""
    (home / "mytrain.py").write_text(
        "import hydra\nfrom gan_lightning.train import run\n\n\n"
        '@hydra.main(version_base="1.3", config_path="pkg://gan_lightning.conf", config_name="train")\n'
        f"def main(config):\n    {body}\n\n\nmain()\n"
    )
    command = [sys.executable, "mytrain.py", *arguments]
    return subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.process
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_program_of_ones_own_runs_and_sweeps(launcher: str, home: Path) -> None:
    typed = ("hydra.searchpath=[file://conf]", "experiment=mine", *MINE)
    for arguments, job in (
        ((*typed, "hydra.run.dir=run"), "run"),
        (("-m", *typed, *LAUNCHERS[launcher], "hydra.sweep.dir=s", "seed=3,4"), "s/0_seed=3"),
    ):
        if job == "run" and launcher != "basic":
            continue
        done = program("config.trainer.max_steps = 3; return run(config)", *arguments, home=home)
        assert done.returncode == 0, done.stderr
        assert OmegaConf.load(home / job / "config.yaml").trainer.max_steps == 3
        assert targets(home / job) == EVERY


@pytest.mark.process
@pytest.mark.parametrize("first", ["gan", "nope"])
def test_a_program_of_ones_own_reports_the_jobs_that_are_refused(first: str, home: Path) -> None:
    typed = ("data=ring8", "model=mlp_small", "trainer.max_steps=1", "logger=none", "hydra.sweep.dir=s")
    done = program("return run(config)", "-m", f"objective={first},neither", *typed, home=home)
    assert done.returncode == 1
    assert "objective=neither: refused (objective=neither does not exist" in done.stderr
    assert "Traceback" not in done.stderr
    assert (home / "s").exists() == (first == "gan")


@pytest.mark.process
@pytest.mark.parametrize(("body", "times"), [("return None", 0), ("run(config); return run(config)", 4)])
def test_an_ensemble_needs_a_program_that_trains_once_in_each_job(body: str, times: int, home: Path) -> None:
    typed = ("-m", "data=ring8", "model=mlp_small", *LAUNCHERS["ensemble"], "hydra.sweep.dir=s", "seed=3,4")
    done = program(body, *typed, home=home)
    assert done.returncode == 1
    assert f"2 jobs called gan_lightning.train.run {times} times: call it once in each" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_job_is_for_the_process_that_its_sweep_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gan_lightning.config.job_config import read_job_config, write_job_config

    argument, environment = write_job_config(tmp_path, {"seed": 3, "text": "a: b, c"})
    file = Path(argument.removeprefix("job="))
    with pytest.raises(UsageError, match="is for the processes of a sweep"):
        read_job_config(file)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert read_job_config(file) == {"seed": 3, "text": "a: b, c"}
    file.write_text(file.read_text().replace("3", "4"))
    with pytest.raises(UsageError, match="is for the processes of a sweep"):
        read_job_config(file)


@pytest.fixture
def parts(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The parts can be imported, under a name that no other test uses."""
    (home / "parts_for_test.py").write_text(PARTS)
    monkeypatch.syspath_prepend(str(home))
    return home


def validated(path: str, node: dict[str, Any]) -> dict[str, Any]:
    config = OmegaConf.create(checked("objective=gan"))
    OmegaConf.update(config, path, node, merge=False, force_add=True)
    return resolve_and_validate(config, TrainConfig)


@pytest.mark.parametrize(
    ("path", "node", "says"),
    [
        ("model.generator", {"_target_": "Generator", "shape": [2], "widht": 3}, "widht is not a key of Generator"),
        ("model.generator", {"_target_": "Generator", "shape": [2], "latent_dim": "x"}, "latent_dim=x must be a"),
        ("model.generator", {"_target_": "Generator"}, "model.generator.shape has no value"),
        (
            "model.generator",
            {"_target_": "Wide", "shape": [2], "widht": 3},
            "widht is not a key of Wide: did you mean width",
        ),
        ("model.generator", {"_target_": "Wide", "shape": [2], "factor": "x"}, "factor=x must be a"),
        ("model.generator", {"_target_": "Loss"}, "model.generator takes a Module, not Loss"),
        ("model.generator", {"_target_": "Generator", "shape": [2], "_partial_": True}, "leave _partial_ out"),
        ("model.generator", {"_target_": "Generatr"}, "does not exist: did you mean Generator"),
        ("objective", {"_target_": "MyGAN", "note": 3}, "objective.note=3 must be a"),
        (
            "objective",
            {"_target_": "MyGAN", "emadecay": 3},
            "objective.emadecay is not a key of MyGAN: did you mean ema_decay",
        ),
        ("objective.loss", {"_target_": "Penalty"}, "objective.loss takes a"),
        ("callback.mine", {"_target_": "Loss"}, "callback.mine takes a Callback, not Loss"),
    ],
)
def test_own_parts_are_checked_like_ours(path: str, node: dict[str, Any], says: str, parts: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        validated(path, node | {"_target_": f"parts_for_test.{node['_target_']}"})
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_keywords_that_are_passed_on_are_those_of_the_parent(parts: Path) -> None:
    wide = import_target("x", "parts_for_test.Wide")
    assert {*signature_types(wide)} == {"factor", "shape", "latent_dim", "width"}
    assert not takes_any_keyword(wide)
    assert takes_any_keyword(import_target("x", "parts_for_test.make_critic"))
    mine = import_target("x", "parts_for_test.MyGAN")
    assert {"note", "n_critic", "ema_decay"} <= {*signature_types(mine)}
    assert not takes_any_keyword(mine)


def test_the_template_is_a_project_with_the_name_that_was_given(tmp_path: Path) -> None:
    files = new(tmp_path / "my_gan")
    names = {file.relative_to(tmp_path / "my_gan").as_posix() for file in files}
    assert {"my_gan/generator.py", "my_gan/loss.py", "conf/experiment/mine.yaml", "tests/test_parts.py"} <= names
    assert not [file for file in files if "myproject" in file.read_text()]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("my-gan", "can't name a Python package"),
        ("class", "can't name"),
        ("torch", "is installed already"),
        ("full", "exists"),
    ],
)
def test_a_project_that_can_not_be_begun(
    name: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        new_main([name])
    assert ended.value.code == 1
    assert says in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full"]


def test_nothing_beside_the_package_is_a_part_of_it() -> None:
    """A config from elsewhere may name gan_lightning.*: no file of a run directory may become that."""
    assert find_spec("gan_lightning.conf") is not None
    assert find_spec("gan_lightning.tests") is None
    assert [Path(place) for place in gan_lightning.__path__] == [Path(gan_lightning.__file__).parent]


def test_types_are_shipped() -> None:
    assert (Path(gan_lightning.__file__).parent / "py.typed").exists()
