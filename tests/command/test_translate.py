"""The command `python -m gan_lightning.translate`, whole."""

from __future__ import annotations

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
from gan_lightning.export.__main__ import export
from gan_lightning.export.load import load
from gan_lightning.trained.checkpoint import load_generator
from gan_lightning.translate import translate
from tests.helper import command
from tests.helper.run_directory import DIGITS, make_run
from tests.sample.output.test_translated import PIX2PIX

RNG = np.random.default_rng(0)


def translated(*overrides: str) -> Path:
    """What the command does, in this process."""
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        return translate(**resolve_and_validate(compose("translate", quote_paths(list(overrides))), translate))


def opened(path: Path) -> Any:
    with Image.open(path) as picture:
        return np.array(picture)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("pix2pix"), *PIX2PIX)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "my images"
    (folder / "deep").mkdir(parents=True)
    for name, size in (("a.png", (28, 28)), ("deep/b.png", (28, 28)), ("c.bmp", (36, 20))):
        Image.fromarray(RNG.integers(256, size=size[::-1], dtype=np.uint8)).save(folder / name)
    return folder


@pytest.mark.training
def test_its_generator_is_loaded_and_not_exported(run: Path, tmp_path: Path) -> None:
    assert load(run).network(torch.zeros(2, 1), label=torch.zeros(2, 1, 28, 28)).shape == (2, 1, 28, 28)
    with pytest.raises(UsageError, match=r"this generator takes numbers or images: in Python gan_lightning.load"):
        export(run=str(run), out=str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.training
def test_one_output_for_each_file(run: Path, images: Path, tmp_path: Path) -> None:
    folder = translated(f"run={run}", f"images={images}", f"out={tmp_path / 'out'}")
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {"a.png", "deep/b.png", "c.png", "samples.json"}
    generator = load_generator(str(run)).generator
    for name, source in (("a.png", "a.png"), ("c.png", "c.bmp")):
        pixels = torch.from_numpy(opened(images / source))[None, None]
        expected = to_uint8(generator(torch.zeros(1, 1), label=to_float(pixels)))[0, 0]
        assert np.array_equal(opened(folder / name), expected.numpy())
    before = (folder / "a.png").read_bytes()
    translated(f"run={run}", f"images={images}", f"out={folder}")  # the same command again
    assert (folder / "a.png").read_bytes() == before
    with pytest.raises(UsageError, match="holds samples of other images"):
        translated(f"run={run}", f"images={images / 'deep'}", f"out={folder}")


@pytest.mark.training
def test_refusals_leave_nothing(run: Path, images: Path, tmp_path: Path) -> None:
    def refused(says: str, *overrides: str) -> None:
        with pytest.raises(UsageError, match=says) as caught:
            translated(*overrides, f"out={tmp_path / 'out'}")
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "out").exists()

    refused("give a folder of images, images=FOLDER", f"run={run}")
    refused("is not a folder", f"run={run}", "images=nowhere")
    (tmp_path / "none").mkdir()
    refused("holds no images", f"run={run}", f"images={tmp_path / 'none'}")
    other = make_run(tmp_path / "digits", *DIGITS)
    refused("does not translate images: its generator takes latents alone", f"run={other}", f"images={images}")
    Image.new("L", (30, 28)).save(images / "odd.png")
    refused(r"odd.png is 30 × 28 px, .* takes sides that are multiples of 4 px", f"run={run}", f"images={images}")
    Image.new("RGB", (28, 28), "red").save(images / "odd.png")
    refused("odd.png has colours, and this generator takes grey images", f"run={run}", f"images={images}")
    (images / "odd.png").write_bytes(b"no picture")
    refused("odd.png can't be read as an image", f"run={run}", f"images={images}")
    (images / "odd.png").unlink()
    Image.new("L", (28, 28)).save(images / "a.bmp")
    refused("a.bmp and a.png would both become a.png", f"run={run}", f"images={images}")


@pytest.mark.process
def test_the_command(run: Path, images: Path, tmp_path: Path) -> None:
    done = command.run(f"run={run}", f"images={images}", cwd=tmp_path, module="gan_lightning.translate")
    assert done.returncode == 0, done.stderr
    assert "3 images" in done.stderr
    assert (run / "translated_7" / "deep" / "b.png").is_file()
