from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from gan_lightning.callback.curves import Curves
from gan_lightning.callback.last_files import write_last_files
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.loss_vs_score import LossVsScorePlot
from gan_lightning.callback.samples import Samples
from gan_lightning.logger.csv import CSV


def test_files_of_the_end_are_made_up_after_a_kill(play: Any, tmp_path: Path) -> None:
    """As of a run that was killed between its last checkpoint and these files, and resumed."""

    def callbacks() -> list[Any]:
        return [LogMetrics(), Samples(every=2, count=4), Curves(), LossVsScorePlot()]

    trainer, module = play(*callbacks(), steps=4, directory=tmp_path, logger=[CSV(str(tmp_path))])
    written = {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert {Path("curves.png"), Path("samples/film.gif"), Path("samples/step_000004.png")} <= written.keys()
    for lost in ("curves.png", "samples/film.gif"):
        (tmp_path / lost).unlink()
    trainer.callbacks = callbacks()
    write_last_files(trainer, module)
    after = {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert after == written
    shutil.rmtree(tmp_path / "samples")
    trainer.callbacks = callbacks()
    write_last_files(trainer, module)
    assert (tmp_path / "samples" / "step_000004.png").read_bytes() == written[Path("samples/step_000004.png")]
