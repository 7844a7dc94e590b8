"""Outputs that look into a generator: projection, directions, walk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.extractor.digits import Digits
from gan_lightning.plot.sample_plot import sample_plot_for
from gan_lightning.plot.video import write_video
from gan_lightning.sample.output.directions import Directions, directions_of
from gan_lightning.sample.output.projection import Projection
from gan_lightning.sample.output.walk import Walk
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from tests.helper.run_directory import DIGITS, make_run

SMALL = {"restarts": 3, "steps": 4, "frames": 3}


def make(output, sampler: Sampler, folder: Path) -> list[Path]:  # type: ignore[no-untyped-def]
    output.check(sampler)
    paths: list[Path] = output.make(sampler, sample_plot_for(sampler.shape), folder)
    assert all(path.stat().st_size for path in paths)
    return paths


@pytest.mark.training
def test_a_generators_own_sample_is_found_again(digits: Sampler, folder: Path) -> None:
    make(Projection(restarts=16, steps=400), digits, folder)
    found = json.loads((folder / "projection.json").read_text())
    other = Sampler(digits.trained, seed=digits.seed + 1)
    own, again = other(other.latents([0])), digits(torch.tensor([found["latent"]]))
    assert float((own - again).abs().max()) < 1e-4
    assert found["label"] is None


@pytest.mark.training
def test_features_are_compared_in_place_of_pixels(digits: Sampler, folder: Path) -> None:
    extractor, other = Digits(), Sampler(digits.trained, seed=digits.seed + 1)
    target = extractor.differentiable(other(other.latents([0])))

    start = float((extractor.differentiable(digits(digits.latents(range(4)))) - target).square().mean(1).min())
    make(Projection(restarts=4, steps=60, frames=3, extractor=extractor), digits, folder)
    found = json.loads((folder / "projection.json").read_text())
    again = float((extractor.differentiable(digits(torch.tensor([found["latent"]]))) - target).square().mean())
    assert found["extractor"] == "digits"
    assert again == pytest.approx(found["error"], rel=1e-3, abs=1e-6)
    assert again < 0.5 * start


@pytest.mark.training
def test_an_image_file_is_the_target(digits: Sampler, folder: Path) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8))
    image.save(folder / "photo.png")
    paths = make(Projection(image=str(folder / "photo.png"), **SMALL), digits, folder)
    assert {path.name for path in paths} == {"projection.png", "projection.gif", "projection.json"}
    assert json.loads((folder / "projection.json").read_text())["error"] > 0.01


def test_images_that_are_none(digits: Sampler, ring: Sampler, folder: Path) -> None:
    (folder / "text.png").write_text("no image")
    for name, says in [("none.png", "is not a file"), ("text.png", "can't be read")]:
        with pytest.raises(UsageError, match=f"output.projection.image=.*{name} {says}"):
            Projection(image=str(folder / name)).check(digits)
    with pytest.raises(UsageError, match="output=projection shows images"):
        Projection().check(ring)


@pytest.mark.training
def test_restarts_cycle_through_the_classes(tmp_path: Path) -> None:
    trained = load_generator(str(make_run(tmp_path / "run", *DIGITS, "condition=concatenation")))
    make(Projection(**SMALL | {"steps": 60, "restarts": 10}), Sampler(trained), tmp_path)
    assert json.loads((tmp_path / "projection.json").read_text())["label"] == 0  # of the next seed's sample 0


@pytest.mark.training
def test_directions_and_walks(digits: Sampler, ring: Sampler, folder: Path) -> None:
    make(Directions(count=2, steps=3, n=50), digits, folder)
    make(Directions(count=2, steps=3, n=50, methods=["probe"], extractor=Digits()), digits, folder)
    paths = make(Walk(rows=2, frames=4, n=50, method="pca", index=1), digits, folder)
    assert [path.name for path in paths] == ["walk.png", "walk.gif"]
    with Image.open(folder / "walk.gif") as gif:
        assert gif.n_frames == 4
    make(Directions(count=2, steps=3, n=50), ring, folder)
    make(Walk(rows=2, frames=2), ring, folder)


@pytest.mark.training
def test_directions_of_a_generator(digits: Sampler) -> None:
    found = directions_of(digits, "sefa", 3, 0)
    weight = digits.trained.generator.layers[0].project.weight.double()
    assert found.shape == (3, 6)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(3, dtype=torch.float64))
    stretched = (found @ weight.T).norm(dim=1)
    torch.testing.assert_close(stretched, torch.linalg.svdvals(weight)[:3])
    components = directions_of(digits, "pca", 2, 4000)
    # latents are white: components of the first layer's activations are its singular vectors, but for the finite sample
    assert float((components[0] @ found[:3].T).norm()) > 0.9


def test_one_line_for_mistakes(digits: Sampler, ring: Sampler) -> None:
    for output, sampler, says in [
        (Directions(methods=["probe"]), digits, r"add \+extractor@output.directions.extractor=digits"),
        (Walk(method="probe"), digits, r"add \+extractor@output.walk.extractor=digits"),
        (Directions(methods=["probe"], extractor=Digits()), ring, "use sefa or pca"),
        (Walk(index=6), digits, "there are directions 0 to 5"),
    ]:
        with pytest.raises(UsageError, match=says):
            output.check(sampler)
    with pytest.raises(UsageError, match="methods"):
        Directions(methods=["magic"])


@pytest.mark.process
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # imageio-ffmpeg's reader
def test_videos(folder: Path) -> None:
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    write_video([Image.new("RGB", (63, 41), color) for color in ("red", "green", "blue")], folder / "film.mp4")
    assert [path.name for path in folder.iterdir()] == ["film.mp4"]
    reader = ffmpeg.read_frames(str(folder / "film.mp4"))
    assert next(reader)["size"] == (64, 42)
    frames = [np.frombuffer(frame, np.uint8).reshape(42, 64, 3) for frame in reader]
    assert [int(frame[20, 30].argmax()) for frame in frames] == [0, 1, 2]
