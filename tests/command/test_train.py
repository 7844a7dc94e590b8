"""The command, whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from gan_lightning.config.train_config import TrainConfig
from gan_lightning.core.errors import UsageError
from gan_lightning.logger.csv import read
from gan_lightning.logger.wandb_history import logged_rows, wandb_history
from gan_lightning.train import train
from tests.helper.command import checked, run

QUICK = (
    "model=dcgan_small",
    "model.generator.width=8",
    "model.critic.width=8",
    "data.batch_size=8",
    "trainer.max_steps=4",
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run of the default command from a foreign directory, but for its size; its directory and what it said."""
    where = tmp_path_factory.mktemp("elsewhere")
    done = run(
        *QUICK,
        "trainer.accelerator=cpu",
        "trainer.log_every_n_steps=2",
        "callback.checkpoint.every=3",
        "callback.samples.every=2",
        "trainer.val_check_interval=2",
        cwd=where,
    )
    assert done.returncode == 0, done.stderr
    (directory,) = (where / "runs").iterdir()
    return directory, done.stdout + done.stderr


@pytest.mark.process
def test_run_directory_holds_everything(finished: tuple[Path, str]) -> None:
    directory, _ = finished
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_wgan_gp\w*_dcgan_small_mnist5k", directory.name)
    for name in ("config.yaml", "metrics.csv", "checkpoints/last.ckpt", "curves.png", "samples/film.gif"):
        assert (directory / name).stat().st_size > 0, name
    assert {p.name for p in (directory / "samples").glob("*.png")} >= {"step_000002.png", "step_000004.png"}
    assert list(directory.glob("wandb/offline-run-*/*.wandb"))
    assert {p.name for p in (directory / "checkpoints").iterdir()} == {"last.ckpt", "previous.ckpt", "best.ckpt"}


@pytest.mark.process
def test_metrics_count_steps(finished: tuple[Path, str]) -> None:
    rows = read(finished[0] / "metrics.csv")
    assert [row["step"] for row in rows] == [1, 2, 4]
    per_step = rows[0]["images_seen"]
    assert per_step % 8 == 0
    assert [row["images_seen"] for row in rows] == [per_step, 2 * per_step, 4 * per_step]
    assert {"critic_loss", "generator_loss", "wasserstein", "penalty", "val_wasserstein"} <= rows[-1].keys()


@pytest.mark.process
def test_checkpoint_counts_steps_and_is_plain(finished: tuple[Path, str]) -> None:
    checkpoint = torch.load(finished[0] / "checkpoints" / "last.ckpt", weights_only=True)
    assert checkpoint["global_step"] == 4
    assert any(key.startswith("ema.generator.") for key in checkpoint["state_dict"])


@pytest.mark.process
def test_says_where_everything_is(finished: tuple[Path, str]) -> None:
    _, said = finished
    for word in (
        "step",
        "wasserstein",
        "images/s",
        "samples",
        "curves.png",
        "last.ckpt",
        "python -m gan_lightning.train",
    ):
        assert word in said
    assert "Traceback" not in said
    assert "warning" not in said.lower()


@pytest.mark.process
def test_its_wandb_run_tells_the_same(finished: tuple[Path, str]) -> None:
    directory, _ = finished
    records = list(wandb_history(directory))
    (begun,) = (record["run"] for record in records if record["type"] == "run")
    config = OmegaConf.to_container(OmegaConf.load(directory / "config.yaml"))
    assert {key: value for key, value in begun["config"]["update"].items() if key != "_wandb"} == config
    told = dict(logged_rows(records))
    for row in read(directory / "metrics.csv"):
        assert told[int(row["step"])].items() >= row.items()
    assert "loss_vs_score/frechet/digits_table._type" in told[4]
    kinds = {
        k: {key for key in row if key.endswith("._type") and "loss_vs_score" not in key} for k, row in told.items()
    }
    assert kinds == {
        0: {"samples._type"},
        1: set(),
        2: {"samples._type"},
        4: {"samples._type", "film._type", "curves._type", "scores._type"},
    }


@pytest.mark.process
def test_config_of_a_run_is_resolved(finished: tuple[Path, str]) -> None:
    text = (finished[0] / "config.yaml").read_text()
    assert "${" not in text
    assert "max_steps: 4" in text


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("objective.gp_wait=1",), "error: objective.gp_wait is not a key of objective: did you mean gp_weight"),
        (("objective=wgan_gp", "critic_norm=batch", "model=dcgan_small"), "critic layer 'layers.1.norm' (BatchNorm2d)"),
        (("data=ring8", "model=dcgan"), "use model=mlp"),
        (("data=image_folder", "data.root=nowhere"), "data.root=nowhere is not a folder"),
        (("data.device=cuda", "trainer.accelerator=cpu"), "no CUDA GPU trains: use data.device=auto or cpu"),
        (
            ("trainer.cuda_graph=true", "trainer.accelerator=cpu"),
            "error: trainer.cuda_graph=true needs a CUDA GPU: leave",
        ),
        (("trainer.cuda_graph=true", "trainer.compile=true"), "both replace the losses: leave one of them out"),
        (("trainer.compile=true", "augment=[diff_augment]"), "can't follow regularizers and augmentations (diff_augm"),
        (("objective=nothing",), "error: objective=nothing does not exist"),
        (
            ("data.batch_size=33", "trainer.devices=2", "trainer.accelerator=cpu"),
            "does not divide into 2 device(s) × 1 micro-batch(es): make it a multiple of 2, such as 34",
        ),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_a_refused_run_leaves_an_earlier_one_alone(finished: tuple[Path, str], tmp_path: Path) -> None:
    directory, _ = finished
    before = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file() and ".hydra" not in path.parts}
    for overrides, says in (
        ((), "holds a run already"),
        (("data=image_folder", "data.root=nowhere"), "is not a folder"),
    ):
        done = run(*QUICK, *overrides, f"hydra.run.dir={directory}", cwd=tmp_path)
        assert done.returncode == 1
        assert says in done.stderr
    assert {path: path.read_bytes() for path in before} == before
    assert tmp_path.exists()


@pytest.mark.training
def test_a_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    overrides = (*QUICK, "logger=none", "trainer.accelerator=cpu", "callback.checkpoint.every=4")
    overrides += ("trainer.log_every_n_steps=1", "trainer.max_steps=6", "trainer.precision=64-true")
    overrides += ("callback.score.every=2", "schedule@objective.schedule=linear_decay")
    whole, broken = (f"run_dir={tmp_path / name}" for name in ("whole", "broken"))
    train(TrainConfig(**checked(*overrides, whole)))
    train(
        TrainConfig(
            **checked(*overrides, broken, "resume=auto", "trainer.max_steps=5", "objective.schedule.end_step=6")
        )
    )
    killed = torch.load(tmp_path / "broken" / "checkpoints" / "last.ckpt", weights_only=True)
    assert killed["global_step"] == 5
    train(TrainConfig(**checked(*overrides, broken, "resume=auto")))
    ends = [torch.load(tmp_path / d / "checkpoints" / "last.ckpt", weights_only=True) for d in ("whole", "broken")]
    assert [end["global_step"] for end in ends] == [6, 6]
    for part in ("state_dict", "optimizer_states"):
        torch.testing.assert_close(ends[0][part], ends[1][part], rtol=0, atol=0)
    figures = [read(tmp_path / d / "metrics.csv") for d in ("whole", "broken")]
    assert [row["step"] for row in figures[1]] == [1, 2, 3, 4, 5, 6]
    assert {row["step"] for row in figures[0] if "frechet/digits" in row} == {2, 4, 6}
    for one, two in zip(*figures, strict=True):
        further = two.keys() - one.keys()  # its first end was scored, too
        assert bool(further) == (one["step"] == 5)
        dropped = further | {"images_per_second"}
        assert {k: v for k, v in one.items() if k not in dropped} == {k: v for k, v in two.items() if k not in dropped}


@pytest.mark.training
@pytest.mark.parametrize(
    ("resume", "says"), [("nowhere.ckpt", "does not exist"), ("README.md", "damaged or no checkpoint")]
)
def test_refuses_to_resume_from_what_is_no_checkpoint(resume: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("not a checkpoint")
    with pytest.raises(UsageError, match=says):
        train(
            TrainConfig(**checked(*QUICK, "logger=none", f"run_dir={tmp_path / 'run'}", f"resume={tmp_path / resume}"))
        )
    assert not (tmp_path / "run").exists()


@pytest.mark.process
def test_help_is_readable(tmp_path: Path) -> None:
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "objective=wgan_clip trainer.devices=4" in done.stdout
    assert "wgan_clip, wgan_gp" in done.stdout


@pytest.mark.process
def test_multirun_makes_a_run_each(tmp_path: Path) -> None:
    done = run(
        "-m",
        "objective=wgan_clip",
        "objective.clip=0.01,0.1",
        *QUICK,
        "logger=none",
        "trainer.max_steps=2",
        "trainer.accelerator=cpu",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    (sweep,) = (tmp_path / "multirun").iterdir()
    largest = {}
    for directory in sweep.iterdir():
        if directory.is_dir():
            weights = torch.load(directory / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
            largest[directory.name[:1]] = max(
                w.abs().max().item()
                for k, w in weights.items()
                if k.startswith("critic") and "running" not in k and "num_batches" not in k
            )
    assert largest == {"0": pytest.approx(0.01), "1": pytest.approx(0.1)}


@pytest.mark.distributed
def test_two_devices_write_the_run_of_one(tmp_path: Path) -> None:
    overrides = (
        "objective=wgan_clip",
        "data=ring8",
        "model=mlp_small",
        "data.batch_size=32",
        "trainer.max_steps=20",
        "trainer.precision=64-true",
        "trainer.accelerator=cpu",
        "trainer.val_check_interval=10",
        "logger=none",
    )
    train(TrainConfig(**checked(*overrides, f"run_dir={tmp_path / '1'}")))
    done = run(*overrides, "trainer.devices=2", "hydra.run.dir=2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    weights = [torch.load(tmp_path / d / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"] for d in "12"]
    torch.testing.assert_close(weights[0], weights[1], rtol=0, atol=1e-9)
    one, two = (read(tmp_path / d / "metrics.csv")[-1] for d in "12")
    assert one.keys() == two.keys()
    for name in one.keys() - {"images_per_second"}:
        assert one[name] == pytest.approx(two[name], rel=1e-5, abs=1e-6), name


@pytest.mark.training
@pytest.mark.parametrize("logger", ["csv", "none", "tensorboard"])
def test_metrics_are_there_once_whatever_the_logger(logger: str, tmp_path: Path) -> None:
    record = "+callback.log_metrics._target_=gan_lightning.callback.log_metrics.LogMetrics"
    overrides = (*QUICK, f"logger={logger}", "callback=none", record, "trainer.max_steps=2", "trainer.accelerator=cpu")
    train(TrainConfig(**checked(*overrides, f"run_dir={tmp_path}")))
    assert [row["step"] for row in read(tmp_path / "metrics.csv")] == [1, 2]
    assert (tmp_path / "tensorboard").exists() == (logger == "tensorboard")


@pytest.mark.training
def test_training_brings_the_model_to_the_data(tmp_path: Path) -> None:
    """A few seconds on ring8 lower the exact Wasserstein distance to fresh points."""
    from scipy.optimize import linear_sum_assignment

    overrides = (
        "data=ring8",
        "model=mlp_small",
        "objective=wgan_gp",
        "objective.gp_weight=0.1",
        "logger=none",
        "callback=none",
        "objective.critic_optimizer.lr=1e-3",
        "objective.generator_optimizer.lr=1e-3",
        "objective.ema_decay=0.9",
        "trainer.accelerator=cpu",
    )
    distances = []
    for steps in (1, 300):
        trainer = train(
            TrainConfig(**checked(*overrides, f"trainer.max_steps={steps}", f"run_dir={tmp_path / str(steps)}"))
        )
        module, real = trainer.lightning_module, trainer.datamodule.held_out.rows[:500]
        apart = torch.cdist(real, module.sample(module.latent(500, "test"))).numpy()
        distances.append(apart[linear_sum_assignment(apart)].mean())
    assert distances[1] < distances[0] / 2
