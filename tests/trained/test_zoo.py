"""The zoo: what it says of itself, and what `load("zoo:NAME")` finds and refuses."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
import torch
import yaml

import gan_lightning
from benchmarks.zoo import LIMIT, RECIPES, table
from benchmarks.zoo import main as benchmark
from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import quantize
from gan_lightning.extractor.digits import Digits
from gan_lightning.metric import report
from gan_lightning.trained import zoo

NAMES = list(zoo.read_index())
pytestmark = pytest.mark.skipif(not zoo.CHECKOUT.is_dir(), reason="packages come without the zoo")


def test_everything_in_it_has_a_recipe_and_a_place_in_the_table() -> None:
    assert list(RECIPES) == NAMES
    assert {path.name for path in zoo.CHECKOUT.iterdir() if path.is_dir()} == set(NAMES)
    assert (zoo.CHECKOUT / "README.md").read_text() == table(NAMES), "write it again: benchmarks.zoo NAME --keep"


@pytest.mark.parametrize("name", NAMES)
def test_every_generator_is_small_and_has_a_card(name: str) -> None:
    folder = zoo.find_in_zoo(name)
    names = {"config.json", "model.safetensors", "README.md", "samples.png", "recipe.yaml", "scores.json"}
    assert {path.name for path in folder.iterdir()} == names
    assert sum(path.stat().st_size for path in folder.iterdir()) <= LIMIT
    card = (folder / "README.md").read_text()
    assert yaml.safe_load(card.split("---")[1])["license"] == "mit"
    recipe = RECIPES[name]
    train = " ".join(["python -m gan_lightning.train seed=0 trainer.threads=1 logger=csv", *recipe.train])
    for text in (train, recipe.data, *[score.name for score in report.read(folder / "scores.json")]):
        assert text in card
    config = yaml.safe_load((folder / "recipe.yaml").read_text())
    made = gan_lightning.load(f"zoo:{name}")
    assert (config["seed"], config["trainer"]["threads"]) == (0, 1)
    assert config["logger"].get("csv", config["logger"])["directory"] == "${run_dir}"
    assert made.step == config["trainer"]["max_steps"]
    samples = made.sample(4, seed=1)
    assert samples.shape == (4, *made.shape)
    assert samples.isfinite().all()
    assert samples.std() > 0.1


def test_all_of_it_is_small() -> None:
    assert sum(path.stat().st_size for path in zoo.CHECKOUT.rglob("*") if path.is_file()) <= 15_000_000


@pytest.mark.training
def test_digits_are_of_their_classes() -> None:
    made = gan_lightning.load("zoo:conditional_digits")
    probabilities = Digits()(quantize(made.sample(200))).probabilities
    assert probabilities is not None
    right = (probabilities.argmax(1) == torch.arange(200) % 10).float().mean()
    recorded = {score.name: score.value for score in report.read(zoo.CHECKOUT / "conditional_digits" / "scores.json")}
    assert abs(right - recorded["accuracy/digits"]) < 0.05


def test_points_cover_every_mode() -> None:
    points = gan_lightning.load("zoo:ring8").sample(500)
    angles = torch.atan2(points[:, 1], points[:, 0]) / (2 * math.pi / 8)
    assert set((angles.round() % 8).int().tolist()) == set(range(8))
    assert (points.norm(dim=1) - 1).abs().median() < 0.02


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = gan_lightning.load("zoo:ring8").sample(3)
    monkeypatch.setattr(zoo, "CHECKOUT", tmp_path / "site-packages")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"is not here, .* copy the folder zoo/ring8 .* to zoo/ring8 or .*cache") as no:
        gan_lightning.load("zoo:ring8")
    assert "\n" not in str(no.value)
    own = Path(zoo.__file__).parents[3] / "zoo" / "ring8"
    for place in (tmp_path / "cache" / "gan_lightning" / "zoo" / "ring8", tmp_path / "zoo" / "ring8"):
        shutil.copytree(own, place)
        assert torch.equal(gan_lightning.load("zoo:ring8").sample(3), expected)
        shutil.rmtree(place)


def test_other_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(zoo.CHECKOUT / "ring8", tmp_path / "ring8")
    monkeypatch.setattr(zoo, "CHECKOUT", tmp_path)
    weights = bytearray((tmp_path / "ring8" / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (tmp_path / "ring8" / "model.safetensors").write_bytes(weights)
    with pytest.raises(UsageError, match=r"model.safetensors is not the file that gan_lightning's index names"):
        gan_lightning.load("zoo:ring8")
    assert gan_lightning.load(tmp_path / "ring8").shape == (2,)


@pytest.mark.parametrize("name", ["digit", "", "../runs", "ring8/../ring8"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(UsageError, match=r"is not in the zoo: (did you mean|known:)"):
        gan_lightning.load(f"zoo:{name}")


def test_recipes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    benchmark([])
    assert "experiment=ring8" in capsys.readouterr().out


def test_index_is_of_plain_hashes() -> None:
    for digests in json.loads(zoo.INDEX.read_text()).values():
        assert digests.keys() == {"config.json", "model.safetensors"}
        assert all(len(digest) == 64 for digest in digests.values())
