"""Run directories of someone else: they run no code, set nothing, and write nowhere else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from gan_lightning.compare.run import find
from gan_lightning.config.command_line import preprocess_argv
from gan_lightning.config.stored import load_stored_config
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.trust import take_trust
from gan_lightning.config.validate import resolve_and_validate
from gan_lightning.core.errors import UsageError
from gan_lightning.run.signature import is_signed, sign
from gan_lightning.trained.checkpoint import load_generator
from tests.helper import command
from tests.helper.run_directory import RING, make_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "their's, a=b", *RING, "callback=none", "logger=csv", "run_dir=/theirs")


def edited(run: Path, key: str, value: Any) -> Path:
    config = OmegaConf.create((run / "config.yaml").read_text())
    OmegaConf.update(config, key, value, merge=False, force_add=True)
    OmegaConf.save(config, run / "config.yaml")
    return run


def resumed(run: Path, *typed: str) -> dict[str, Any]:
    """The validated config of `train run=DIR`."""
    arguments = preprocess_argv([f"run={run}", *typed])
    options = dict(a.removeprefix("--").split("=", 1) for a in arguments if a.startswith("--"))
    with initialize_config_dir(options["config-path"], version_base="1.3"):
        config = compose(options["config-name"], [a for a in arguments if not a.startswith("--")])
    return resolve_and_validate(config, TrainConfig)


def touch(target: str, **arguments: Any) -> dict[str, Any]:
    return {"_target_": target, **arguments}


POPEN = {"class_path": "subprocess.Popen", "init_args": {"args": ["touch", "harm"]}}
HYDRA = {
    "callbacks": {
        "a": touch("lightning.pytorch.cli.instantiate_class", args=[], init=POPEN),
        "b": touch("torch.hub.load", repo_or_dir="there", model="harm", source="local"),
        "c": touch("os.system", command="touch harm"),
    },
    "hydra_logging": {"version": 1, "handlers": {"x": {"()": "subprocess.Popen", "args": ["touch", "harm"]}}},
    "job_logging": {"version": 1, "handlers": {"x": {"()": "subprocess.Popen", "args": ["touch", "harm"]}}},
    "job": {"env_set": {"HARM": "done"}, "chdir": True},
    "searchpath": ["file://there"],
    "launcher": touch("os.system", command="touch harm"),
    "sweeper": touch("os.system", command="touch harm"),
    "run": {"dir": "elsewhere"},
    "mode": "MULTIRUN",
}


@pytest.mark.process
@pytest.mark.training
def test_hydra_obeys_nothing_of_a_run_directory(tmp_path: Path) -> None:
    quick = (*RING, "callback=none", "logger=none", "trainer.accelerator=cpu", "trainer.max_steps=1")
    keep = "+callback@callback.checkpoint=checkpoint"
    assert command.run(*quick, keep, "hydra.run.dir=run", cwd=tmp_path).returncode == 0
    edited(edited(tmp_path / "run", "hydra", HYDRA), "defaults", ["harm"])
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "hubconf.py").write_text("def harm(): open('harm', 'w')\n")
    done = command.run("run=run", "trainer.max_steps=2", "trainer.devices=2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "there"]
    written = load_stored_config(tmp_path / "run" / "config.yaml")
    assert written["trainer"]["max_steps"] == 2
    assert "\nhydra:" not in (tmp_path / "run" / "config.yaml").read_text()


@pytest.mark.training
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("callback.zz", touch("lightning.pytorch.cli.instantiate_class", args=[], init=POPEN)),
        ("callback.zz", touch("torch.hub.load", repo_or_dir=".", model="x", source="local")),
        ("callback.zz", touch("gan_lightning.objective.gan.GAN.load_from_checkpoint", weights_only=False)),
        ("callback.zz", [touch("os.system", command="touch harm")]),
        ("objective.schedule", touch("gan_lightning.sweep.job.subprocess.run", args=["touch", "harm"])),
        ("objective.loss", touch("hydra.utils.instantiate", config={})),
        ("model.generator", touch("hydra.utils.get_method", path="os.system")),
        ("model.generator", touch("gan_lightning.config.validate.instantiate", node={})),
        ("model.generator.width", "${oc.env:HOME}"),
        ("model.generator.width", "${oc.decode:8}"),
        ("data.batch_size", "${array_shape:/etc/passwd}"),
        ("objective.seed", "${seed}"),
        ("model.generator.layers", [{"deep": [touch("os.system", command="touch harm")]}]),
    ],
)
def test_a_run_directory_builds_parts_only(
    key: str, value: Any, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    edited(run, key, value)
    with pytest.raises(UsageError) as refusal:
        resumed(run)
    assert "\n" not in str(refusal.value)
    if key.startswith("model.generator"):  # which `sample` and `evaluate` build
        with pytest.raises(UsageError):
            load_generator(str(run))
    assert [path.name for path in tmp_path.iterdir()] == [run.name]


def test_what_is_typed_is_set_on_top(run: Path) -> None:
    typed = ("trainer.max_steps=7", "objective.on_nan=skip", "~logger", "+callback.mine=null", "resume=null")
    config = resumed(run, *typed)
    assert (config["trainer"]["max_steps"], config["objective"]["on_nan"]) == (7, "skip")
    assert "logger" not in config
    assert (config["callback"], config["resume"]) == ({"mine": None}, None)
    assert resumed(run)["resume"] == "auto"
    with pytest.raises(UsageError, match="single keys can be set"):
        resumed(run, "objective=gan")
    with pytest.raises(UsageError, match="leave -m out"):
        resumed(run, "-m")


def test_a_run_writes_where_it_is_now(run: Path) -> None:
    config = resumed(run)
    assert config["run_dir"] == config["logger"]["csv"]["directory"] == str(run.resolve())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("logger.csv.directory", "/elsewhere"),
        ("logger.csv.directory", "/theirs/../elsewhere"),
        ("callback.keep", touch("lightning.pytorch.callbacks.ModelCheckpoint", dirpath="/elsewhere")),
        ("callback.keep", touch("lightning.pytorch.callbacks.ModelCheckpoint", filename="../../x")),
    ],
)
def test_a_run_writes_nowhere_else(key: str, value: Any, run: Path) -> None:
    if key == "logger.csv.directory":
        assert resumed(edited(run, key, value), f"{key}=/typed")["logger"]["csv"]["directory"] == "/typed"
    with pytest.raises(UsageError, match="lies outside its directory: to write there, type"):
        resumed(edited(run, key, value))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "can't be read"),
        (b"\xff\xfe\x00".decode("latin1"), "can't be read|is not the config of a run"),
        ("- 1\n", "is not the config of a run: it holds no keys"),
        ("", "is not the config of a run: it holds no keys"),
        ("a: &x [1]\nb: *x\n", "holds YAML aliases"),
        ("a: !!python/object/apply:os.system ['touch harm']\n", "can't be read"),
        ("[" * 3000, "can't be read"),
        ("seed: ${oc.env:HOME}\n", "seed is an interpolation"),
    ],
)
def test_a_damaged_config_is_named(text: str, says: str, run: Path) -> None:
    (run / "config.yaml").write_bytes(text.encode("latin1"))
    for read in (resumed, lambda run: load_generator(str(run)), lambda run: find([run])):
        with pytest.raises(UsageError, match=says) as refusal:
            read(run)
        assert "config.yaml" in str(refusal.value)
        assert "\n" not in str(refusal.value)


FOREIGN = {"_target_": "os.system", "command": "touch harm"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("callback.mine", {"_target_": "lightning.pytorch.callbacks.LambdaCallback", "on_fit_start": FOREIGN}),
        ("callback.mine", {"_target_": "lightning.pytorch.callbacks.Timer", "duration": [FOREIGN]}),
        ("objective.regularizers", {"a": {"b": {"c": [FOREIGN]}}}),
        ("data.shape", [[FOREIGN], 3]),
        ("condition", {"a": "x", "b": FOREIGN}),
        ("seed", FOREIGN),
        *(
            ("model.generator", {"_target_": target})
            for target in (
                "os.system",
                "torch.load",
                "torch.hub.load",
                "lightning.pytorch.cli.instantiate_class",
                "lightning.pytorch.cli.LightningCLI",
                "mynets.Generator",
                3,
            )
        ),
    ],
)
def test_a_stored_config_names_known_parts_only(path: str, value: Any, tmp_path: Path) -> None:
    config = OmegaConf.create(command.checked())
    OmegaConf.update(config, path, value, merge=False, force_add=True)
    OmegaConf.save(config, tmp_path / "config.yaml")
    with pytest.raises(UsageError, match=r"is code of someone else.*: if you trust it, type trust=\w+$"):
        load_stored_config(tmp_path / "config.yaml")


def test_what_is_trusted_or_signed_may_name_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "keys"))
    file, text = tmp_path / "config.yaml", "model:\n  generator:\n    _target_: mynets.nets.Generator\n"
    file.write_text(text)
    with pytest.raises(UsageError, match="trust=mynets"):
        load_stored_config(file)
    for named in ("mynets", "mynets.nets", "[other,mynets]"):
        assert take_trust(["seed=1", f"trust={named}"]) == ["seed=1"]
        assert load_stored_config(file)["model"]["generator"]["_target_"] == "mynets.nets.Generator"
    take_trust(["trust=mynet"])
    with pytest.raises(UsageError, match="trust=mynets"):
        load_stored_config(file)
    take_trust([])
    file.write_text(sign(text))
    assert load_stored_config(file)["model"]["generator"]["_target_"] == "mynets.nets.Generator"
    file.write_text(sign(text).replace("mynets", "theirs"))
    with pytest.raises(UsageError, match="trust=theirs"):
        load_stored_config(file)
    file.write_text(sign(text))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another machine"))
    with pytest.raises(UsageError, match="trust=mynets"):
        load_stored_config(file)
    assert not (tmp_path / "another machine").exists()


def test_a_command_is_stopped_only_by_parts_that_it_needs(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "model:\n  generator: {width: 3}\n  critic: {_target_: mynets.Critic}\nobjective: {latent_dim: 2}\n"
    )
    assert load_stored_config(file, ("model.generator", "objective.latent_dim", "data")) == {
        "model": {"generator": {"width": 3}},
        "objective": {"latent_dim": 2},
    }


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_the_key_is_the_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert is_signed(sign("a: 1\n"))
    assert not is_signed("a: 1\n")
    assert not is_signed(sign("a: 1\n").replace(": 1", ": 2"))
    assert not is_signed("a: 1\n# written here: größe\n")
    (key,) = (tmp_path / "gan_lightning").iterdir()
    assert (key.name, key.stat().st_mode & 0o777) == ("key", 0o600)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null")
    assert sign("a: 1\n") == "a: 1\n"


@pytest.mark.parametrize("value", ["", "my nets", "os;x", "mynets.", "../x"])
def test_trust_takes_names_of_modules(value: str) -> None:
    with pytest.raises(UsageError, match="give modules or packages by name"):
        take_trust([f"trust={value}"])
