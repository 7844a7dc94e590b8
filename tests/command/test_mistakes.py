"""Mistakes on the command line: one line, exit code 1, nothing left behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.helper.forked import Done, call
from tests.helper.run_directory import RING, make_run

TINY = (
    *("data=ring8", "model=mlp_small", "logger=none", "callback=none", "metric=none"),
    *("trainer.accelerator=cpu", "trainer.max_steps=1", "data.batch_size=16"),
)
SAMPLE, EVALUATE = "gan_lightning.sample.__main__", "gan_lightning.evaluate"
STUDY, COMPARE = "gan_lightning.study.__main__", "gan_lightning.compare.__main__"


def assert_one_line(done: Done, says: str, folder: Path, before: set[Path]) -> None:
    assert done.returncode == 1, done
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert set(folder.rglob("*")) == before


@pytest.mark.training
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("trainer.accelerator=cuda", "trainer.accelerator=cuda is not on this machine: use auto or cpu"),
        ("trainer.accelerator=banana", "use auto or cpu"),
        ("trainer.strategy=fsdp", "known: auto"),
        ("trainer.strategy=ddp_spawn", "trainer.strategy=ddp_spawn can't train both networks"),
        ("trainer.max_time=1h", "an hour is trainer.max_time=00:01:00:00"),
        ("trainer.max_time='00:00: 01:00'", "is not DD:HH:MM:SS"),
        ("seed=99999999999", "seed=99999999999 must be less than or equal to 4294967295"),
        ("trainer.devices=[0]", "a CPU takes a number, trainer.devices=1"),
        ("trainer.devices=100000", "a CPU is shared by at most"),
        ("trainer.threads=100000", "must be less than or equal to 1000"),
        ("trainer.max_steps=100000000000000000000", "must be less than 2^63"),
        ("data.batch_size=1000000000", "must be less than or equal to 1000000"),
        ("model.generator.width=1000000", "make them smaller (model.generator, model.critic)"),
        ("model.generator.depth=100000000", "must be less than or equal to 1000"),
        ("objective.n_critic=1000000000000", "must be less than or equal to 10000"),
        ("objective.gp_weight=1e400", "must be a finite number"),
        ("objective.gp_weight=nan", "objective.gp_weight=nan must be"),
        ("objective.regularizers=0", "objective.regularizers=0 is no part"),
        ("+callback.progress=/dev/null", "callback=/dev/null"),
        ("+callback.mine._target_=lightning.pytorch.callbacks.EarlyStopping", "give +callback.mine.monitor=..."),
        ("callback=samples", "or add one of your own (+callback@callback.NAME=NAME)"),
        ("metric={a: 1}", "metric.a=1 is no part"),
        ("trainer=null", "trainer=null chooses no part: leave trainer= out; known: ddp, default"),
        ("objective.seed=${nothing}", "objective.seed: Interpolation key 'nothing' not found"),
        ("~critic_norm", "critic_norm has no value: give critic_norm=..."),
        ("max_steps=10", "type trainer.max_steps=10"),
        ("lr=1e-3", "type objective.critic_optimizer.lr=1e-3 or objective.generator_optimizer.lr=1e-3"),
        ("batch_size=8", "type data.batch_size=8"),
        ("--max_steps=10", "keys are typed without dashes: trainer.max_steps=10"),
        ("--max_steps 10", "keys are typed without dashes: trainer.max_steps=10"),
        ("trainer.max_steps = 10", "no blanks belong around =, type trainer.max_steps=10"),
        ("trainer.max_steps= 10", "no blanks belong around =, type trainer.max_steps=10"),
        ("trainer.max_steps 10", "type trainer.max_steps=VALUE"),
        ("optimizer@objective.critic_optimizer=rmsprop", "leave it out with ~objective.critic_optimizer.betas"),
        ("hydra.run.dir=/proc/x", "could not write or read /proc/x"),
        ("hydra.run.dir=???", "type hydra.run.dir=VALUE, or leave it out"),
        ("hydra.job.chdir=???", "type hydra.job.chdir=VALUE, or leave it out"),
    ],
)
def test_train(typed: str, says: str, tmp_path: Path) -> None:
    words = typed.split(" ") if typed.startswith(("--", "trainer.max_steps")) else [typed]
    says = says if says != "callback=/dev/null" else "callback.progress"
    assert_one_line(call(*TINY, *words, cwd=tmp_path), says, tmp_path, set())


@pytest.mark.training
def test_the_schedule_of_the_default_objective_can_be_replaced(tmp_path: Path) -> None:
    words = ("schedule@objective.schedule=constant", "objective.schedule.factor=10")
    done = call(*TINY, *words, "hydra.run.dir=out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.training
def test_options_may_stand_between_overrides(tmp_path: Path) -> None:
    done = call("data=ring8", "--cfg", "job", "--package", "trainer", "trainer.max_steps=7", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "max_steps: 7" in done.stdout


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "ring", *RING)


@pytest.mark.training
@pytest.mark.parametrize("module", [SAMPLE, EVALUATE])
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("device=meta", "device=meta can't be used here: this machine has cpu"),
        ("device=privateuseone", "can't be used here"),
        ("batch=100000000000000000000", "must be less than 2^63"),
        ("standing=100000000", "must be less than or equal to 10000"),
        ("seed=18446744073709551616", "must be less than 2^63"),
        ("truncation=inf", "must be a finite number"),
        ("out=/proc/x", "out=/proc/x can't be created"),
        ("out=FILE", "is a file: give a folder"),
        ("out=~nouser/x", "there is no user nouser"),
        (f"out={'x' * 300}", "File name too long"),
        ("run=/dev/null/x", "run=/dev/null/x: Not a directory"),
    ],
)
def test_sample_and_evaluate(module: str, typed: str, says: str, ring: Path, tmp_path: Path) -> None:
    (tmp_path / "FILE").write_text("")
    small = ["metric=points", "n_fake=20", "n_real=20"] if module == EVALUATE else ["output=grid"]
    before = set(ring.rglob("*"))
    done = call(f"run={ring}", *small, typed, cwd=tmp_path, module=module)
    assert_one_line(done, says, tmp_path, {tmp_path / "FILE"})
    assert set(ring.rglob("*")) == before


@pytest.mark.training
@pytest.mark.parametrize(
    ("module", "typed", "says"),
    [
        (SAMPLE, "output.grid.n=100000000", "output.grid.n=100000000 must be less than or equal to 10000"),
        (SAMPLE, "+output.x=5", "output.x=5 is no part"),
        (SAMPLE, "output=grid output.interpolation=1", "output.interpolation"),
        (EVALUATE, "devices=100000", "devices=100000: a CPU is shared by at most"),
        (EVALUATE, "truncation_curve=[inf]", "truncation_curve=[inf] must be a finite number"),
        (EVALUATE, "n_fake=100000000000", "must be less than or equal to 10000000"),
        (EVALUATE, "+metric={a: 1}", "metric.a=1 is no part"),
        (STUDY, "study={}", "study={} builds nothing"),
        (STUDY, "study=clipping seeds=100000000000", "must be less than or equal to 10000"),
    ],
)
def test_other_commands(module: str, typed: str, says: str, ring: Path, tmp_path: Path) -> None:
    run = [] if module == STUDY else [f"run={ring}"]
    words = typed.split(" ") if "{" not in typed else [typed]
    assert_one_line(call(*run, *words, cwd=tmp_path, module=module), says, tmp_path, set())


@pytest.mark.training
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_consoles_of_any_encoding(encoding: str, ring: Path, tmp_path: Path) -> None:
    named = tmp_path / "größe фото"
    shutil.copytree(ring, named)
    for module, words in (
        ("gan_lightning.train", [*TINY, f"hydra.run.dir={tmp_path}/фото"]),
        ("gan_lightning.train", [*TINY, "seed=фото"]),
        (SAMPLE, [f"run={named}", "output=grid"]),
        (EVALUATE, [f"run={named}", "metric=points", "n_fake=20", "n_real=20"]),
        (COMPARE, [f"{tmp_path}/фото", f"out={tmp_path}/c"]),
        (STUDY, []),
        (STUDY, ["study=kl_directions", "size=quick", "hydra.run.dir=größe"]),
        ("gan_lightning.dashboard", ["фото"]),
    ):
        done = call(*words, cwd=tmp_path, module=module, encoding=encoding)
        assert "Traceback" not in done.stderr, (module, done.stderr)
        assert done.returncode == (0 if "seed=фото" not in words and "фото" not in words else 1), (module, done)


@pytest.mark.training
def test_each_job_of_a_sweep_is_judged_by_itself(tmp_path: Path) -> None:
    tiny = [word for word in TINY if word != "data=ring8"]
    words = ("-m", "data=ring8", *tiny, "objective=hinge,wgan_gp", "objective.gp_weight=1", "hydra/launcher=ensemble")
    done = call(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert "1 finished" in done.stderr
    assert "objective=hinge: refused (objective.gp_weight is not a key of objective" in done.stderr
    assert "did you mean gp_weight" not in done.stderr
    shutil.rmtree(tmp_path / "multirun")
    done = call("-m", "data=ring8", *tiny, "objective=hinge,gan", "objective.gp_weight=1", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("refused") == done.stderr.count("error: objective.gp_weight") == 2
    assert not list(tmp_path.iterdir())
    done = call("-m", "data=ring8", *tiny, "model.generator._target_=1", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("error: model.generator._target_=1 is not") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.training
@pytest.mark.parametrize("multirun", [[], ["-m"]])
@pytest.mark.parametrize(
    "typed", ["seed=${oc.env:NOPE}", "version=${oc.env:NOPE}", "optimized_metric=???", "run_dir=???"]
)
def test_a_value_that_is_not_there_is_told_by_its_key(typed: str, multirun: list[str], tmp_path: Path) -> None:
    done = call(*TINY, *multirun, typed, cwd=tmp_path)
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    assert "NOPE" in errors[0] or typed.partition("=")[0] in errors[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.training
def test_a_metric_to_optimize_that_no_part_logs_is_refused_before_training(tmp_path: Path) -> None:
    typed = ("data=ring8", "model=mlp_small", "logger=none", "trainer.max_steps=3", "callback.score.every=3")
    done = call(*typed, "optimized_metric=w2", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: optimized_metric: there is no metric 'w2' to monitor")
    assert not any(tmp_path.iterdir())
    for number, known in enumerate(("w1", "wasserstein_mean", "loss_score_rho", "generator_lr")):
        done = call(*typed, f"optimized_metric={known}", f"hydra.run.dir={number}", cwd=tmp_path)
        assert done.returncode == int(known == "loss_score_rho"), done.stderr  # one scoring has none
