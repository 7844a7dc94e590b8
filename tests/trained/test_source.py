"""Generators of the zoo, of exported folders and of the Hub where a command takes a run, or weights to start from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.evaluate import evaluate
from gan_lightning.export.__main__ import export
from gan_lightning.export.load import load
from gan_lightning.model import mlp
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.sample.__main__ import sample
from gan_lightning.sample.output.grid import Grid
from gan_lightning.trained.source import exported_folder, load_typed
from gan_lightning.trained.start import start_from
from gan_lightning.trained.zoo import CHECKOUT
from tests.helper.forked import call

pytestmark = pytest.mark.skipif(not CHECKOUT.is_dir(), reason="the zoo is in checkouts alone")
GRID = {"grid": {"_target_": f"{Grid.__module__}.{Grid.__qualname__}"}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of zoo:ring8; the working directory is empty."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return Path(shutil.copytree(CHECKOUT / "ring8", tmp_path / "ring8"))


def test_a_command_takes_one_of_the_zoo_and_writes_to_the_working_directory(folder: Path) -> None:
    assert sample(run="zoo:ring8", output=GRID) == Path("ring8_samples_12000")
    assert [path.name for path in Path().glob("*")] == ["ring8_samples_12000"]
    assert Path("ring8_samples_12000/grid.png").is_file()


def test_a_command_takes_an_exported_folder_and_writes_into_it(folder: Path) -> None:
    assert sample(run=str(folder), output=GRID) == folder / "samples_12000"
    assert sample(run=str(folder / "model.safetensors"), output=GRID, seed=1) == folder / "samples_12000_seed1"


def test_what_is_exported_once_more_is_the_same(folder: Path) -> None:
    names = [f"mode {number}" for number in range(8)]
    config = json.loads((folder / "config.json").read_text()) | {"class_names": names}
    (folder / "config.json").write_text(json.dumps(config))
    again = export(run=str(folder), format=["safetensors"], out="again", title="again")
    assert (again / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    assert json.loads((again / "config.json").read_text()) == config
    assert load_typed(str(again), None).class_names == tuple(names)
    assert torch.equal(load(again).sample(3, seed=1), load(folder).sample(3, seed=1))
    assert "w1" in (again / "README.md").read_text(), "its scores are of these weights"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"run": "zoo:ring8", "ema": False}, "zoo:ring8 holds averaged weights alone: type ema=true"),
        ({"run": "zoo:ring8", "checkpoint": "best"}, "holds the weights of one step: leave checkpoint=best out"),
        ({"run": "zoo:ringg8"}, "zoo:ringg8 is not in the zoo: did you mean ring8"),
        ({"run": "hf://nobody"}, "hf://nobody is no model of the Hub: write hf://OWNER/NAME"),
    ],
)
def test_refusals(arguments: dict[str, object], says: str, folder: Path) -> None:
    with pytest.raises(UsageError, match=says):
        sample(output=GRID, **arguments)  # type: ignore[arg-type]
    assert not list(Path().iterdir())


def test_without_the_data_there_is_nothing_to_score_against(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"run=zoo:ring8 does not say what it was trained on: write samples .*fakes="):
        evaluate(run="zoo:ring8")


def test_a_path_is_no_address(folder: Path) -> None:
    assert exported_folder(str(folder)) == folder
    assert exported_folder("nowhere") is None
    assert exported_folder(str(folder.parent)) is None


def test_its_weights_are_the_generators_and_the_averages(folder: Path) -> None:
    expected = load(folder).network.state_dict()
    generator = mlp.Generator(shape=(2,), latent_dim=10, sign_latents=8, width=128, depth=3, norm="none")
    module = WGANGP(generator, mlp.Critic(shape=(2,), width=4))
    start_from(module, "zoo:ring8")
    for network in (module.generator, module.ema.generator):
        assert all(torch.equal(value, expected[name]) for name, value in network.state_dict().items())
    with pytest.raises(UsageError, match="not the critic, which it does not hold: leave start_strict=true out"):
        start_from(module, "zoo:ring8", strict=True)


@pytest.mark.training
@pytest.mark.parametrize("start", ["zoo:ring8", "exported"])
def test_a_run_starts_with_its_generator(start: str, folder: Path) -> None:
    typed = "zoo:ring8" if start.startswith("zoo:") else str(folder)
    words = ("data=ring8", "model=mlp", "callback=none", "logger=none", "trainer.max_steps=1", "hydra.job.chdir=true")
    done = call(f"start={typed}", *words, "hydra.run.dir=run", cwd=Path.cwd())
    assert done.returncode == 0, done.stderr
    assert "begin anew: the critic, which it does not hold" in done.stderr
