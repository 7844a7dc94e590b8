"""The command `python -m gan_lightning.sample`, whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf
from PIL import Image

from gan_lightning.config.path_keys import quote_paths
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import CONFIG_DIR, instantiate, resolve_and_validate
from gan_lightning.core.errors import UsageError
from gan_lightning.sample.__main__ import main, preprocess, sample
from gan_lightning.train import train
from tests.helper import command
from tests.helper.forked import Done
from tests.helper.run_directory import DIGITS, RING, make_run


def sampled(*overrides: str) -> Path:
    """What the command does, in this process."""
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        return sample(**resolve_and_validate(compose("sample", quote_paths(preprocess(list(overrides)))), sample))


def program(*arguments: str, cwd: Path) -> Done:
    return command.run(*arguments, cwd=cwd, module="gan_lightning.sample")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("it's mine, a=b"), *DIGITS)


@pytest.mark.process
def test_a_trained_run_is_sampled_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    small = ["logger=none", "trainer.accelerator=cpu", "trainer.max_steps=2", "data.batch_size=8"]
    small += ["callback.samples=null", "callback.curves=null", "callback.progress=null", f"run_dir={tmp_path / 'run'}"]
    train(TrainConfig(**command.checked(*RING, *small)))
    done = program(f"run={tmp_path / 'run'}", "output=grid,points", "output.points.n=30", cwd=tmp_path / "elsewhere")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "run" / "samples_2"
    assert {file.name for file in folder.iterdir()} == {"grid.png", "points.npy", "points.png", "samples.json"}
    assert np.load(folder / "points.npy").shape == (30, 2)
    assert len(done.stderr.splitlines()) == 3
    assert "points.npy" in done.stderr
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.process
def test_help_and_refusals_are_quick(tmp_path: Path) -> None:
    code = "import gan_lightning.sample, sys; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0
    helped = program("--help", cwd=tmp_path)
    for option in (CONFIG_DIR / "what").glob("*.yaml"):
        assert f"  {option.stem} " in helped.stdout


@pytest.mark.training
@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("output=gird", "error: output=gird does not exist: did you mean grid?"),
        ("chekpoint=x", "error: chekpoint is not a key of the config: did you mean checkpoint?"),
        ("output.grid.m=3", "error: output.grid.m is not a key of output.grid: "),
    ],
)
def test_mistyped_keys_are_explained(
    argument: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sample", "run=nowhere", argument])
    with pytest.raises(SystemExit, match="1"):
        main()
    said = capsys.readouterr().err
    assert said.startswith(says)
    assert len(said.splitlines()) == 1


@pytest.mark.training
@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("seed=-1", "seed=-1 must be greater than or equal to 0"),
        ("batch=0", "batch=0 must be greater"),
        ("output.interpolation.steps=1", "output.interpolation.steps=1 must be greater than or equal to 2"),
        ("output.truncation.thresholds=[0.0]", "must be greater than 0"),
        ("+output.grid.m=3", "output.grid.m is not a key of Grid: known: n"),
        ("output=[]", "there is nothing to make"),
        ("output=points", "output=images does"),
        ("run=nowhere", "run=nowhere holds no run"),
        ("checkpoint=x.ckpt", "either run=DIR"),
        ("device=abacus", "device=abacus can't be used here"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(digits: Path, override: str, says: str) -> None:
    before = sorted(digits.rglob("*"))
    with pytest.raises(UsageError) as refusal:
        sampled(f"run={digits}", override)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert sorted(digits.rglob("*")) == before


@pytest.mark.training
def test_each_seed_and_kind_of_weights_has_its_folder(digits: Path, tmp_path: Path) -> None:
    few = f"run={digits}", "output=grid", "output.grid.n=4"
    folders = [sampled(*few), sampled(*few, "seed=3"), sampled(*few, "ema=false"), sampled(*few, "ema=false", "seed=3")]
    assert [folder.name for folder in folders] == [
        "samples_7",
        "samples_7_seed3",
        "samples_7_raw",
        "samples_7_raw_seed3",
    ]
    pictures = [np.asarray(Image.open(folder / "grid.png")) for folder in folders]
    assert not any(np.array_equal(pictures[0], other) for other in pictures[1:])
    origin = json.loads((folders[1] / "samples.json").read_text())
    assert (origin["step"], origin["seed"], origin["weights"]) == (7, 3, "averaged weights")
    with pytest.raises(UsageError, match="holds samples of another seed"):
        sampled(*few, "seed=4", f"out={folders[1]}")


@pytest.mark.training
def test_truncated_and_standing_samples_have_a_folder_of_their_own(digits: Path) -> None:
    few = f"run={digits}", "output=grid", "output.grid.n=4"
    plain, truncated, standing = sampled(*few), sampled(*few, "truncation=0.5"), sampled(*few, "standing=1")
    assert (truncated.name, standing.name) == ("samples_7_truncation0.5", "samples_7_standing1")
    pictures = [np.asarray(Image.open(folder / "grid.png")) for folder in (plain, truncated, standing)]
    assert not any(np.array_equal(pictures[0], other) for other in pictures[1:])
    with pytest.raises(UsageError, match="holds samples of another truncation"):
        sampled(*few, "truncation=0.3", f"out={truncated}")


@pytest.mark.training
def test_another_checkpoint_of_the_same_step_overwrites_nothing(digits: Path, tmp_path: Path) -> None:
    out = f"out={tmp_path / 'out, here'}"
    file = digits / "checkpoints" / "last.ckpt"
    sampled(f"checkpoint={file}", "output=grid", "output.grid.n=4", out)
    picture = (tmp_path / "out, here" / "grid.png").read_bytes()
    other = make_run(tmp_path / "other", *DIGITS, seed=1)
    with pytest.raises(UsageError, match="holds samples of another checkpoint"):
        sampled(f"run={other}", "output=grid", "output.grid.n=4", out)
    assert (tmp_path / "out, here" / "grid.png").read_bytes() == picture


def test_paths_and_lists_survive_hydras_grammar() -> None:
    typed = ["run=it's/a=b, c", "output=grid,images", "output=[grid]", "out=null", "checkpoint='x'", "--help"]
    run, what, *others = quote_paths(preprocess(typed))
    assert OverridesParser.create().parse_override(run).value() == "it's/a=b, c"
    assert what == "output=[grid,images]"
    assert others == typed[2:]


def test_files_give_the_defaults_of_the_signatures() -> None:
    for path in (CONFIG_DIR / "what").glob("*.yaml"):
        built = instantiate(OmegaConf.to_container(OmegaConf.load(path)))
        assert type(built).__module__ == f"gan_lightning.sample.output.{path.stem}"
        assert vars(built) == vars(type(built)())
