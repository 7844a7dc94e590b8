from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.config.train_config import TrainConfig
from gan_lightning.core.errors import UsageError
from gan_lightning.study.figure.toys import Cell, samples
from gan_lightning.study.tool.recipe import compose_train_config, train_ensemble, with_objective
from gan_lightning.study.toys import Toys
from gan_lightning.train import train
from tests.helper.study_command import studied

TINY = ["study.steps=3", "study.samples=64", "study.critic_steps=2", "seeds=2", "study.data=[ring8,swiss_roll]"]


@pytest.mark.training
def test_a_row_for_each_run_and_two_pictures(tmp_path: Path) -> None:
    but = [f"~study.objectives.{name}" for name in ("saturating", "LSGAN", "WGAN", "WGAN-GP")]
    folder = studied(tmp_path / "study", "study=toys", "size=quick", *TINY, *but)
    with (folder / "toys.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["objective"], r["data"], r["seed"]) for r in rows] == [
        *(
            (objective, data, seed)
            for data in ("ring8", "swiss_roll")
            for objective in ("GAN", "ours")
            for seed in "01"
        ),
        *(("real samples", data, seed) for data in ("ring8", "swiss_roll") for seed in "01"),
    ]
    assert all((r["modes"] == r["high_quality"] == "") is (r["data"] == "swiss_roll") for r in rows)
    real = [r for r in rows if (r["objective"], r["data"]) == ("real samples", "ring8")]
    assert all(r["modes"] == "8" and float(r["high_quality"]) > 0.93 for r in real)  # 0.989 ± 0.013, of 64
    assert max(float(r["w1"]) for r in real) < min(float(r["w1"]) for r in rows[:4])
    for picture in ("toys.png", "toys_surfaces.png"):
        with Image.open(folder / picture) as image:
            assert image.width > 500


@pytest.mark.training
@pytest.mark.parametrize("recipe", ["ring8", "grid25"])
def test_a_seed_is_what_the_command_trains(tmp_path: Path, recipe: str) -> None:
    exact = ("trainer.accelerator=cpu", "trainer.precision=64-true")
    config = compose_train_config(f"experiment={recipe}", "trainer.max_steps=4", *exact)
    one = train_ensemble(config, [5, 3])[1]
    trained = train(
        TrainConfig(**config | {"seed": 3, "run_dir": str(tmp_path / "run"), "callback": None} | _of_seed(config, 3))
    )
    latent = torch.randn(16, one.latent_dim, dtype=torch.float64)
    torch.testing.assert_close(one.generator(latent), trained.lightning_module.generator(latent))


def _of_seed(config: dict, seed: int) -> dict:
    return {"objective": config["objective"] | {"seed": seed}}


@pytest.mark.training
def test_other_objectives_have_as_many_updates_and_the_same_networks() -> None:
    recipe = compose_train_config("experiment=ring8", "trainer.max_steps=300")
    other = compose_train_config(
        "data=ring8", "model=mlp", "objective=wgan_gp", "schedule@objective.schedule=linear_decay"
    )
    config = with_objective(recipe, other["objective"])
    assert config["trainer"]["max_steps"] == 100  # of 5 + 1 updates each
    assert config["objective"]["schedule"]["end_step"] == 100
    assert config["objective"]["_target_"].endswith("WGANGP")
    assert config["model"] == recipe["model"]
    assert config["data"] == recipe["data"]


@pytest.mark.training
@pytest.mark.parametrize(
    ("objectives", "data", "says"),
    [
        ({}, ["ring8"], "give one of each"),
        ({"GAN": ["objective=gna"]}, ["ring8"], "objective=gna does not exist"),
        ({"GAN": ["objective=gan", "objective.clip=1"]}, ["ring8"], "clip"),
        ({"ours": []}, ["ring9"], "ring9"),
    ],
)
def test_errors_are_one_line(objectives: dict[str, list[str]], data: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says) as error:
        Toys(objectives=objectives, data=data)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_points_are_drawn_at_their_coordinates() -> None:
    """Real points in the corners of a square, one generated in its middle."""
    real = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])
    page = samples({"ring8": real}, {("ours", "ring8"): Cell(torch.zeros(1, 2), "")})
    orange = (np.asarray(page).astype(int) - [242, 100, 25]).__abs__().sum(2) < 120
    orange[-60:] = False  # the key
    rows, columns = np.nonzero(orange)
    middle = (26 + 330 / 2, 24 + 330 / 2)  # of the only panel: margin, head and side in pixels of the page
    assert columns.mean() / 2 == pytest.approx(middle[0], abs=2)
    assert rows.mean() / 2 == pytest.approx(middle[1], abs=2)
