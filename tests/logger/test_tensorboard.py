from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gan_lightning.logger.tensorboard import TensorBoard
from gan_lightning.runtime.refusal import Refusal


def test_figures_and_pictures_by_round(tmp_path: Path) -> None:
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    logger = TensorBoard(str(tmp_path))
    logger.log_metrics({"critic_loss": -1.5}, step=50)
    logger.log_metrics({"critic_loss": -2.5}, step=100)
    logger.log_image("samples", [Image.new("RGB", (6, 4), (255, 0, 0))], step=100)
    logger.finalize("success")
    events = event_accumulator.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in events.Scalars("critic_loss")] == [(50, -1.5), (100, -2.5)]
    (picture,) = events.Images("samples")
    assert (picture.step, picture.width, picture.height) == (100, 6, 4)


def test_without_the_package_it_is_refused_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lightning.fabric.loggers.tensorboard._TENSORBOARD_AVAILABLE", False)
    monkeypatch.setattr("lightning.fabric.loggers.tensorboard._TENSORBOARDX_AVAILABLE", False)
    with pytest.raises(Refusal, match="pip install tensorboard"):
        TensorBoard(str(tmp_path))
