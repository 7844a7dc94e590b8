from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.logger.tensorboard import TensorBoard


def test_metrics_images_videos_and_histograms_by_step(tmp_path: Path) -> None:
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    logger = TensorBoard(str(tmp_path))
    logger.log_metrics({"critic_loss": -1.5}, step=50)
    logger.log_metrics({"critic_loss": -2.5}, step=100)
    logger.log_image("samples", [Image.new("RGB", (6, 4), (255, 0, 0))], step=100)
    Image.new("L", (3, 2)).save(tmp_path / "film.gif", save_all=True, append_images=[Image.new("L", (3, 2), 9)])
    logger.log_video("film", [tmp_path / "film.gif"], step=100)
    logger.log_histogram("critic_weights/0", (np.array([1.0, 3.0]), np.array([-1.0, 0.0, 1.0])), step=100)
    logger.finalize("success")
    events = event_accumulator.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in events.Scalars("critic_loss")] == [(50, -1.5), (100, -2.5)]
    (picture,) = events.Images("samples")
    assert (picture.step, picture.width, picture.height) == (100, 6, 4)
    (film,) = events.Images("film")
    assert (film.step, film.width, film.height) == (100, 3, 2)
    assert film.encoded_image_string == (tmp_path / "film.gif").read_bytes()
    (histogram,) = events.Histograms("critic_weights/0")
    value = histogram.histogram_value
    assert (histogram.step, value.bucket_limit, value.bucket) == (100, [0.0, 1.0], [1.0, 3.0])
    assert (value.num, value.sum, value.min, value.max) == (4, 1 * -0.5 + 3 * 0.5, -1, 1)


def test_without_the_package_it_is_refused_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(UsageError, match=r'pip install "gan_lightning\[tensorboard\]"'):
        TensorBoard(str(tmp_path))
