"""Commands on a run that translates between two domains: both directions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from PIL import Image

from gan_lightning.config.path_keys import quote_paths
from gan_lightning.config.validate import CONFIG_DIR, resolve_and_validate
from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import to_float, to_uint8
from gan_lightning.evaluate import evaluate
from gan_lightning.export.__main__ import export
from gan_lightning.export.load import load
from gan_lightning.nn.two_domains import TwoWayGenerator
from gan_lightning.notebook import play
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from gan_lightning.trained.direction import in_direction
from tests.command.test_translate import opened, translated
from tests.helper.command import QUICK
from tests.helper.run_directory import make_run
from tests.sample.output.test_translated import PIX2PIX, sampled

CYCLE = ("data=computed_domain", "model=cyclegan", "objective=cyclegan", "model.generator.width=2")
CYCLE += ("model.generator.blocks=1", "model.critic.receptive_field=16", "model.critic.width=4")
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("cycle"), *CYCLE)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for name, size in (("a.png", (28, 28)), ("b.png", (36, 20))):
        Image.fromarray(RNG.integers(256, size=size[::-1], dtype=np.uint8)).save(tmp_path / "images" / name)
    return tmp_path / "images"


@pytest.mark.training
@pytest.mark.parametrize("direction", ["a_to_b", "b_to_a"])
def test_translations_of_each_direction(run: Path, images: Path, tmp_path: Path, direction: Any) -> None:
    out = tmp_path / "out"
    translated(f"run={run}", f"images={images}", f"out={out}", f"direction={direction}")
    generator = load_generator(str(run)).generator
    assert isinstance(generator, TwoWayGenerator)
    for name in ("a.png", "b.png"):
        pixels = torch.from_numpy(opened(images / name))[None, None]
        expected = to_uint8(generator.translate(to_float(pixels), direction))[0, 0]
        assert np.array_equal(opened(out / name), expected.numpy())
    other = {"a_to_b": "b_to_a", "b_to_a": "a_to_b"}[direction]
    with pytest.raises(UsageError, match="holds samples of another direction"):
        translated(f"run={run}", f"images={images}", f"out={out}", f"direction={other}")


@pytest.mark.training
def test_refusals_leave_nothing(run: Path, images: Path, tmp_path: Path) -> None:
    def refused(says: str, *overrides: str) -> None:
        with pytest.raises(UsageError, match=says) as caught:
            translated(*overrides, f"images={images}", f"out={tmp_path / 'out'}")
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "out").exists()

    refused("direction=back must be 'a_to_b' or 'b_to_a'", f"run={run}", "direction=back")
    one_way = make_run(tmp_path / "pix2pix", *PIX2PIX)
    refused(
        "^direction=b_to_a: the generator of .* has one direction: leave it out", f"run={one_way}", "direction=b_to_a"
    )
    Image.new("L", (28, 4)).save(images / "odd.png")
    refused(r"odd.png is 28 × 4 px, .* takes sides that are multiples of 4 px, 8 at least", f"run={run}")
    with pytest.raises(UsageError, match=r"this generator takes numbers or images: in Python gan_lightning.load"):
        export(run=str(run), out=str(tmp_path / "exported"))
    assert load(run).network(torch.zeros(2, 1), label=torch.zeros(2, 1, 28, 28)).shape == (2, 1, 28, 28)


@pytest.mark.training
def test_the_grid_shows_the_ways_there_and_back(run: Path, tmp_path: Path) -> None:
    folder = sampled(f"run={run}", "output=grid", f"out={tmp_path / 'out'}")
    page = opened(folder / "grid.png")
    sampler = Sampler(load_generator(str(run)))
    assert sampler.real.labels is not None
    first = opened_tile(page, 0)
    assert np.array_equal(first, sampler.real.labels[torch.tensor([0])][0, 0].numpy())
    assert np.array_equal(opened_tile(page, 3), sampler.real.rows[torch.tensor([0])][0, 0].numpy())
    back = Sampler(in_direction(load_generator(str(run)), "b_to_a"))
    assert back.real.labels is not None
    assert torch.equal(back.real.labels[torch.tensor([0])], sampler.real.rows[torch.tensor([0])])
    made = to_uint8(back(back.latents([0])))[0, 0].numpy()
    assert np.abs(made.astype(int) - opened_tile(page, 4)).max() <= 1


def opened_tile(page: np.ndarray, column: int) -> np.ndarray:
    """The pixels of a tile of the first row, each once."""
    zoom, margin, captions = 3, 2, 18
    left = margin + column * (28 * zoom + margin)
    tile = page[captions + margin :, left:][: 28 * zoom : zoom, : 28 * zoom : zoom]
    return tile[..., 0] if tile.ndim == 3 else tile


@pytest.mark.training
def test_both_directions_are_scored(run: Path, tmp_path: Path) -> None:
    def scores(direction: str) -> list[dict[str, Any]]:
        overrides = (
            f"run={run}",
            f"direction={direction}",
            "n_fake=80",
            f"cache={tmp_path / 'cache'}",
            "metric=digits",
        )
        with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
            file = evaluate(**resolve_and_validate(compose("evaluate", quote_paths(list(overrides))), evaluate))
        assert file is not None
        assert file.parent == (run if direction == "a_to_b" else run / "b_to_a")
        found: list[dict[str, Any]] = json.loads(file.read_text())
        return found

    there, back = scores("a_to_b"), scores("b_to_a")
    assert [one["name"] for one in there] == [one["name"] for one in back]
    assert there[0]["provenance"]["data"] != back[0]["provenance"]["data"]
    assert there[0]["value"] != back[0]["value"]


@pytest.mark.training
def test_a_run_draws_and_scores_both_directions() -> None:
    shown = ["callback.score.every=2", "metric=digits", "metric.n_fake_training=70", "callback.doctor.every=1"]
    played = play(*CYCLE, *QUICK, *shown, "data.batch_size=4")
    scored = [row for row in played.rows if "frechet/digits" in row]
    assert scored
    assert all({"frechet/digits_b_to_a", "triangular_mean"} <= row.keys() for row in scored)
    assert "classifier_score/digits_b_to_a" not in scored[-1]
    assert max(played.pictures) == 3
    assert played.pictures[3].width > 1000


@pytest.mark.training
def test_compiling_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^trainer.compile=true can't follow a pool of earlier fakes: leave"):
        play(*CYCLE, *QUICK, "trainer.compile=true", "metric=none")


@pytest.mark.training
def test_one_domain_is_refused() -> None:
    with pytest.raises(UsageError, match=r"between two domains of images, and these data have one: use data=unpaired"):
        play("data=mnist5k", *CYCLE[1:], *QUICK)
    with pytest.raises(UsageError, match=r"CycleGAN's generator translates both ways, and .*: use model=cyclegan"):
        play("data=computed_domain", "objective=cyclegan", *QUICK)
