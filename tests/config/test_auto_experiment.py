from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_lightning.config.auto_experiment import choices, choose_recipe
from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.survey import Survey, survey
from tests.helper.command import checked

PHOTOS = Survey(images=5000, height=300, width=400, proportions=0.75, channels=3, classes={"cat": 90, "dog": 60})


def folder(root: Path, size: tuple[int, int], mode: str = "RGB", count: int = 5) -> Path:
    """Images of (width, height) in a folder."""
    root.mkdir(parents=True)
    bands = len(Image.new(mode, (1, 1)).getbands())
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 255, (size[1], size[0], bands), dtype=np.uint8)
        Image.fromarray(pixels.squeeze(), mode).save(root / f"{number}.png")
    return root


def overrides(images: Survey, gpu: bool = False) -> dict[str, str]:
    return dict(choice.override.split("=", 1) for choice in choices(images, gpu=gpu))


@pytest.mark.parametrize(
    ("size", "mode", "channels", "proportions"),
    [((40, 40), "L", 1, 1), ((60, 40), "RGB", 3, 2 / 3), ((40, 80), "RGBA", 4, 2)],
)
def test_a_folder_is_seen_as_it_is(
    size: tuple[int, int], mode: str, channels: int, proportions: float, tmp_path: Path
) -> None:
    found = survey(folder(tmp_path / "photos", size, mode))
    assert found == Survey(5, size[1], size[0], pytest.approx(proportions), channels, {})  # type: ignore[arg-type]


def test_grey_images_that_are_stored_in_colour_are_grey(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos", (40, 40), "L")
    for file in root.iterdir():
        with Image.open(file) as image:
            image.convert("RGB").save(file.with_suffix(".jpg"))
        file.unlink()
    assert survey(root).channels == 1


def test_classes_and_parts_are_folders(tmp_path: Path) -> None:
    for name, count in (("train/cat", 3), ("train/dog", 2), ("val/cat", 1)):
        folder(tmp_path / name, (40, 40), count=count)
    assert survey(tmp_path).classes == {"cat": 3, "dog": 2}
    assert survey(tmp_path).images == 5
    assert survey(tmp_path / "train").classes == {"cat": 3, "dog": 2}
    folder(tmp_path / "train/dog/puppies", (40, 40), count=1)
    Image.new("L", (9, 9)).save(tmp_path / "train" / "beside.png")
    assert survey(tmp_path / "train").classes == {}


def test_damaged_images_are_passed_over_and_none_is_refused(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos", (40, 40))
    (root / "0.png").write_bytes(b"none")
    assert survey(root).images == 5  # training names it
    for file in root.iterdir():
        file.write_bytes(b"none")
    with pytest.raises(UsageError, match="holds no image that can be read, of 5 by their names"):
        survey(root)


@pytest.mark.parametrize(
    ("changes", "gpu", "expected"),
    [
        ({}, False, {"data.size": "[32, 40]", "model": "dcgan_small", "condition": "projection", "data.classes": "2"}),
        ({}, True, {"data.size": "[128, 160]", "model": "resnet_sngan128", "objective": "hinge"}),
        ({"proportions": None}, True, {"data.size": "128"}),
        ({"height": 28, "width": 28, "proportions": 1.0}, False, {"data.size": "28"}),
        ({"height": 30, "width": 60, "proportions": 0.5}, True, {"data.size": "[28, 56]"}),
        ({"height": 9, "width": 9, "proportions": 1.0}, False, {"data.size": "16"}),
        ({"height": 200, "width": 90, "proportions": 2.2}, True, {"data.size": "[144, 64]", "model": "dcgan"}),
        ({"images": 500}, True, {"objective": "r1", "trainer.max_steps": "10000"}),
        ({"images": 20}, False, {"data.batch_size": "16", "trainer.max_steps": "3000"}),
        ({"images": 10**6}, False, {"trainer.max_steps": "20000"}),
        ({"classes": {"cat": 90, "dog": 49}}, False, {"condition": "none"}),
        ({"channels": 1, "classes": {}}, False, {"data.channels": "1"}),
    ],
)
def test_the_recipe_follows_from_the_folder_and_the_machine(
    changes: dict[str, object], gpu: bool, expected: dict[str, str], tmp_path: Path
) -> None:
    found = overrides(PHOTOS._replace(**changes), gpu=gpu)
    assert found.items() >= expected.items()
    typed = [f"{key}={value}" for key, value in found.items()]
    assert checked(*typed, f"data.root={tmp_path}")["objective"]  # it composes, with keys that exist


def test_what_is_typed_is_not_chosen_and_each_choice_has_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = folder(tmp_path / "photos", (40, 40), "L")
    typed = ["experiment=auto", f"data.root={root}", "model=mlp", "trainer.accelerator=cpu"]
    found = choose_recipe(typed)
    assert found[-3:] == typed[1:]
    assert "data.size=32" in found
    assert not [one for one in found if one.startswith("model=") and one != "model=mlp"]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == len(found) - 3 + 1
    assert "data.channels=1  " in said[2]
    assert said[2].endswith("the images are grey")
    assert said[-1].startswith("the same, typed: python -m gan_lightning.train data=image_folder")
    assert choose_recipe(typed[1:]) == typed[1:]


@pytest.mark.parametrize("typed", [[], ["data=mnist5k", "data.root=x"], ["data.path=images.npy"]])
def test_it_needs_a_folder(typed: list[str]) -> None:
    with pytest.raises(UsageError, match=r"experiment=auto is for data=image_folder: type experiment=auto data\.root="):
        choose_recipe(["experiment=auto", *typed])
