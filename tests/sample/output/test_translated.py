"""Samples of generators that take images or numbers as labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from PIL import Image

from gan_lightning.config.validate import CONFIG_DIR, resolve_and_validate
from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import to_float
from gan_lightning.notebook import play
from gan_lightning.plot.sample_plot import sample_plot_for
from gan_lightning.plot.translation_plot import TranslationPlot
from gan_lightning.sample.__main__ import preprocess, sample
from gan_lightning.sample.given_label import given_label
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from tests.helper.command import QUICK
from tests.helper.run_directory import DIGITS, make_run

PIX2PIX = ("data=computed_labels", "model=unet", "objective=pix2pix", "model.generator.width=4")
PIX2PIX += ("model.critic.receptive_field=16", "model.critic.width=4")
NUMBERS = ("data=computed_labels", "data.label=thickness", "condition=concatenation", *DIGITS)


def sampled(*overrides: str) -> Path:
    """What the command does, in this process."""
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        return sample(**resolve_and_validate(compose("sample", preprocess(list(overrides))), sample))


@pytest.mark.training
def test_samples_are_of_the_held_out_labels(tmp_path: Path) -> None:
    for overrides, name in ((PIX2PIX, "images"), (NUMBERS, "numbers")):
        sampler = Sampler(load_generator(str(make_run(tmp_path / name, *overrides))))
        labels = sampler.real.labels
        assert labels is not None
        assert len(labels) == 500
        wanted = labels[torch.tensor([498, 499, 0, 1])]
        assert torch.equal(sampler.labels(range(498, 502)), wanted)
        latents = sampler.latents(range(3))
        expected = sampler.trained.generator(latents, label=to_float(labels[torch.arange(3)]))
        torch.testing.assert_close(sampler(latents), expected, atol=1e-6, rtol=0)
        assert sampler.shape == (1, 28, 28)


@pytest.mark.training
def test_grid_shows_input_output_target(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", *PIX2PIX)
    folder = sampled(f"run={run}", "output=grid", f"out={tmp_path / 'out'}")
    with Image.open(folder / "grid.png") as grid:
        assert grid.width > 1000
    with pytest.raises(UsageError, match="output=interpolation changes latents, and this generator translates images"):
        sampled(f"run={run}", f"out={tmp_path / 'other'}")
    assert not (tmp_path / "other").exists()
    with pytest.raises(UsageError, match=r"^label=3: this generator takes images as labels: leave it out"):
        sampled(f"run={run}", "output=grid", "label=3")


@pytest.mark.training
@pytest.mark.parametrize("overrides", [PIX2PIX, NUMBERS], ids=["images", "numbers"])
def test_a_run_draws_and_scores_samples_of_held_out_labels(overrides: tuple[str, ...]) -> None:
    shown = ["callback.score.every=2", "metric=digits", "metric.n_fake_training=70", "callback.doctor=null"]
    played = play(*overrides, *QUICK, *shown, "data.batch_size=8")
    scored = [row for row in played.rows if "frechet/digits" in row]
    assert scored
    assert "intra_class_frechet/digits" not in scored[-1]
    assert max(played.pictures) == 3


def test_triples_by_hand() -> None:
    inputs = torch.zeros(5, 1, 4, 4, dtype=torch.uint8)
    targets = torch.full((5, 3, 4, 4), 255, dtype=torch.uint8)
    plot = sample_plot_for((3, 4, 4), inputs=inputs, real=targets)
    assert isinstance(plot, TranslationPlot)
    assert plot.num_samples == 20
    page = np.array(plot.sheet(torch.zeros(4, 3, 4, 4), 0))
    levels = page[page.shape[0] // 3].max(1).tolist()
    change = [level for level, before in zip(levels, [None, *levels[:-1]], strict=True) if level != before]
    assert [level for level in change if level in (0, 128, 255)] == [0, 128, 255] * 4


@pytest.mark.training
def test_typed_numbers(tmp_path: Path) -> None:
    trained = load_generator(str(make_run(tmp_path, *NUMBERS)))
    for typed, rows in ((2, [[2.0]]), (2.5, [[2.5]]), ([3], [[3.0]])):
        label = given_label(typed, trained)  # type: ignore[arg-type]
        assert isinstance(label, torch.Tensor)
        assert label.tolist() == rows
    np.save(tmp_path / "asked.npy", np.array([1.5, 2, 4]))
    label = given_label(str(tmp_path / "asked.npy"), trained)
    assert isinstance(label, torch.Tensor)
    sampler = Sampler(trained, label=label)
    assert sampler.labels(range(4)).tolist() == [[1.5], [2], [4], [1.5]]
    for typed, says in (
        ([1, 2], r"^label=1,2 holds \[2\] number\(s\): this generator takes 1, from \[-1\] to \[1\] in its data"),
        ("seven", "^label=seven: this generator takes numbers: type them"),
        (float("nan"), "^label=nan holds"),
    ):
        with pytest.raises(UsageError, match=says):
            given_label(typed, trained)  # type: ignore[arg-type]
    by_class = load_generator(str(make_run(tmp_path / "other", *DIGITS)))
    with pytest.raises(UsageError, match=r"^label=0.5: this generator takes no numbers"):
        given_label(0.5, by_class)
    folder = sampled(f"run={tmp_path}", "label=2.5", "output=grid")
    assert folder.name == "samples_7_label2.5"


@pytest.mark.training
def test_missing_data_are_one_line(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32))
    np.save(tmp_path / "y.npy", np.random.default_rng(1).normal(size=(20, 3)))
    files = (f"data.path={tmp_path / 'x.npy'}", f"data.labels={tmp_path / 'y.npy'}")
    run = make_run(tmp_path / "run", "data=array", *files, "model=mlp_small", "condition=concatenation")
    sampler = Sampler(load_generator(str(run)))
    (tmp_path / "y.npy").unlink()
    with pytest.raises(UsageError, match=r"y.npy is not a file: .*; samples have the labels of these data, or"):
        sampler(sampler.latents([0]))
    assert Sampler(load_generator(str(run)), label=torch.zeros(1, 3)).labels([5]).tolist() == [[0, 0, 0]]
