from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import to_float
from gan_lightning.plot.sample_plot import sample_plot_for
from gan_lightning.sample.output import neighbours
from gan_lightning.sample.output.neighbours import Neighbours, nearest_images, training_images
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from tests.helper.run_directory import make_run


@pytest.mark.parametrize("part", [7, 64, 1000])
def test_nearest_by_pixels_in_any_number_of_parts(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "CHUNK_SIZE", part)
    real = torch.randint(0, 256, (100, 1, 4, 4), dtype=torch.uint8)
    fake = torch.rand(5, 1, 4, 4) * 2 - 1
    fake[2] = to_float(real[61])
    found = nearest_images(real, fake, 3)
    distances = (to_float(real)[None] - fake[:, None]).flatten(2).norm(dim=2)
    order = distances.argsort(dim=1)[:, :3]
    assert torch.equal(found, to_float(real)[order])
    assert torch.equal(found[2, 0], fake[2])


def test_takes_the_training_images_of_the_run(digits: Sampler, folder: Path) -> None:
    thing = Neighbours(n=2, k=3)
    thing.check(digits)
    assert len(training_images(digits)) == 4500
    assert thing.make(digits, sample_plot_for(digits.shape), folder) == [folder / "neighbours.png"]


@pytest.mark.training
def test_missing_data_are_refused(tmp_path: Path, digits: Sampler) -> None:
    run = make_run(tmp_path, "model=dcgan_small", "model.generator.width=4")
    config = (run / "config.yaml").read_text()
    config = config.replace("gan_lightning.data.mnist5k.Mnist5k", "gan_lightning.data.image_folder.ImageFolder")
    config = config.replace("data:\n", f"data:\n  root: {tmp_path / 'gone'}\n")
    (run / "config.yaml").write_text(config)
    with pytest.raises(UsageError) as refusal:
        Neighbours().check(Sampler(load_generator(str(run))))
    assert "gone" in str(refusal.value)
    assert "\n" not in str(refusal.value)
