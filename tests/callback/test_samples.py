from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning.pytorch import Callback
from PIL import Image
from torch import Tensor

from gan_lightning.callback.frequent_classes import frequent_classes
from gan_lightning.callback.samples import Samples
from gan_lightning.data.sample_source import SampleTable
from tests.helper.tiny_module import Memory, TinyGame, size_and_frames


def pictures(directory: Path) -> list[int]:
    return [int(path.stem.removeprefix("step_")) for path in sorted((directory / "samples").glob("*.png"))]


def test_before_every_so_often_and_after(play: Any, tmp_path: Path) -> None:
    play(Samples(every=4, count=4), steps=10)
    assert pictures(tmp_path) == [0, 4, 8, 10]
    assert (tmp_path / "samples" / "step_000010.png").is_file()


def test_early_images_are_1_2_5_times_powers_of_ten_below_the_interval() -> None:
    early, steady = Samples(every=500), Samples(every=500, early=False)
    assert [k for k in range(1, 1501) if early.is_due(k)] == [10, 20, 50, 100, 200, 500, 1000, 1500]
    assert [k for k in range(1, 1501) if steady.is_due(k)] == [500, 1000, 1500]


def test_the_gif_has_every_image_at_its_size(play: Any, tmp_path: Path) -> None:
    play(Samples(every=2, count=9), steps=7)
    sizes = {size_and_frames(path)[0] for path in (tmp_path / "samples").glob("*.png")}
    size, frames = size_and_frames(tmp_path / "samples" / "film.gif")
    assert frames == 5  # 0, 2, 4, 6, 7
    assert {size} == sizes


def test_no_gif_if_it_is_off(play: Any, tmp_path: Path) -> None:
    play(Samples(every=2, count=4, film=False), steps=4)
    assert not (tmp_path / "samples" / "film.gif").exists()


def test_the_latents_are_the_same_each_time(play: Any) -> None:
    class Watched(TinyGame):
        def sample(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
            shown.append(latent)
            return super().sample(latent)

    shown: list[Tensor] = []
    play(Samples(every=1, count=70), steps=2, game=Watched())
    assert [len(part) for part in shown] == [64, 6] * 3
    for part in (shown[::2], shown[1::2]):
        assert all(torch.equal(part[0], other) for other in part)
    assert torch.equal(torch.cat(shown[:2]), TinyGame().latent(70, "samples"))


def test_no_global_generator_is_touched(play: Any) -> None:
    class Watch(Callback):
        def copy_state(self, *_: Any) -> None:
            states.append((random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist()))  # noqa: NPY002

        on_train_start = on_train_batch_end = on_train_end = copy_state

    states: list[Any] = []
    play(Watch(), Samples(every=1, count=4), Watch(), steps=2)
    assert len(states) == 8
    assert states[::2] == states[1::2]


def test_images_after_the_step_that_a_run_resumes_from_are_removed(play: Any, tmp_path: Path) -> None:
    folder = tmp_path / "samples"
    folder.mkdir()
    for name in ("step_000000.png", "step_000005.png", "step_000900.png", "step_mine.png"):
        Image.new("RGB", (20, 40)).save(folder / name)
    play(Samples(every=2, count=4), steps=3)
    assert sorted(path.name for path in folder.iterdir()) == [
        "film.gif",
        "step_000000.png",
        "step_000002.png",
        "step_000003.png",
        "step_mine.png",
    ]
    assert size_and_frames(folder / "step_000000.png")[0] != (20, 40)


def test_a_run_that_fails_leaves_the_gif_so_far(play: Any, tmp_path: Path) -> None:
    game = TinyGame()
    game.fail_at = 5
    with pytest.raises(RuntimeError, match="on purpose"):
        play(Samples(every=2, count=4), steps=9, game=game)
    assert pictures(tmp_path) == [0, 2, 4]
    assert size_and_frames(tmp_path / "samples" / "film.gif")[1] == 3


@pytest.mark.training
def test_points_are_shown_over_the_critic(play: Any, tmp_path: Path) -> None:
    play(Samples(every=5), steps=1, shape=(2,))
    assert pictures(tmp_path) == [0, 1]


@pytest.mark.training
def test_without_a_data_module_points_still_have_a_picture(play: Any, tmp_path: Path) -> None:
    play(Samples(every=5), steps=1, shape=(2,), loader=[0])
    assert pictures(tmp_path) == [0, 1]


def test_samples_that_no_picture_can_show_are_told_and_left_out(play: Any) -> None:
    with pytest.warns(
        UserWarning, match=r"samples of shape \[2, 2, 2, 2, 2\] cannot be plotted.*callback\.samples draws nothing"
    ):
        trainer, _ = play(Samples(every=1), steps=2, shape=(2, 2, 2, 2, 2))
    assert trainer.global_step == 2
    assert not list(Path(trainer.default_root_dir).glob("samples/*"))


def test_images_go_to_the_loggers_that_take_them(play: Any) -> None:
    class Shows(Memory):
        def log_image(self, key: str, images: list[Any], step: int | None = None) -> None:
            shown.append((key, step, images[0].size))

    shown: list[Any] = []
    play(Samples(every=2, count=4), steps=2, logger=[Memory(), Shows()])
    size = (2 * (88 + 2) + 2, 2 * (88 + 2) + 2 + 20)  # 8 pixels enlarged to 88; margins; a caption
    assert shown == [("samples", 0, size), ("samples", 2, size)]


def test_a_column_for_each_class(play: Any) -> None:
    class Conditional(TinyGame):
        def sample(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
            assert label is not None
            asked.append(label)
            return super().sample(latent)

    asked: list[Tensor] = []
    game = Conditional()
    game.generator.classes = 10  # type: ignore[assignment]
    play(Samples(every=1, count=64, early=False), steps=1, game=game)
    assert torch.cat(asked[:1]).tolist() == [k % 10 for k in range(60)]


def test_the_most_frequent_classes_in_the_order_of_their_numbers() -> None:
    labels = torch.tensor([5] * 4 + [2] * 3 + [0, 1, 3, 4, 6, 7])
    assert frequent_classes(labels, 9, 2).tolist() == [2, 5]
    assert frequent_classes(labels, 9, 4).tolist() == [0, 2, 4, 5]  # and of the six of one sample two, evenly spaced
    assert frequent_classes(labels, 9, 8).tolist() == list(range(8))
    assert frequent_classes(torch.arange(1000), 1000, 4).tolist() == [0, 250, 500, 750]


def test_classes_are_chosen_where_there_are_more_than_images() -> None:
    table = SampleTable(torch.zeros(200, 1), labels=torch.arange(200) % 100)
    assert Samples()._chosen_classes(table, 100).tolist() == [100 * k // 64 for k in range(64)]  # type: ignore[union-attr]
    assert Samples()._chosen_classes(table, 64) is None
    assert Samples(count=16)._chosen_classes(table, 100) is None  # too few for names above images
    assert Samples()._chosen_classes(SampleTable(torch.zeros(200, 1)), 100) is None
    assert Samples()._chosen_classes(None, 100) is None
