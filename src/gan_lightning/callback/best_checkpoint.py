"""The checkpoint with the best score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from lightning.pytorch import Trainer

from gan_lightning.callback.log_media import log_checkpoint
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.metric.score import Score


class BestCheckpoint:
    """`checkpoints/best.ckpt` of a run.

    Args:
        name: of the score that decides; None: the first of those that are given.
        mode: "min" or "max", its best value; None: the score's own direction.
        keep: write the file.

    Attributes:
        record: name, value and step of the best score so far.
    """

    def __init__(self, name: str | None, mode: Literal["min", "max"] | None, *, keep: bool) -> None:
        self.name, self.mode, self.keep = name, mode, keep
        self.record: tuple[str, float, int] | None = None

    def begin(self, trainer: Trainer, group: ProcessGroup) -> None:
        """Finds the file's place; without a file there the record is that of another run. Collective."""
        self._path = Path(trainer.default_root_dir).resolve() / "checkpoints" / "best.ckpt"
        if not group.broadcast_object(self._path.is_file()):
            self.record = None

    def check(self, names: Sequence[str]) -> None:
        """Checks that there is a score of this name among them; none of them are known yet if there are none.

        Raises:
            UsageError: there is not.
        """
        if self.name is not None and names and self.name not in names:
            raise UsageError(
                f"callback.score.best={self.name} is not a score of this metric: {did_you_mean(self.name, names)}"
            )

    def update(self, trainer: Trainer, scores: Sequence[Score], *, first: bool) -> None:
        """Writes the file if the score is better than the record.

        Args:
            trainer: after the step that was scored.
            scores: of this step.
            first: the run's first, after which a line says if the better direction is unknown.

        Raises:
            UsageError: no score has the name.
        """
        self.check([score.name for score in scores])
        chosen = next(score for score in scores if score.name == (self.name or scores[0].name))
        better = {"min": "lower", "max": "higher", None: chosen.better}[self.mode]
        if better is None:
            if first:
                print_rank_zero(f"no best.ckpt: is a lower {chosen.name} better? set callback.score.mode=min or max")
            return
        sign = 1 if better == "lower" else -1
        before = self.record[1] if self.record and self.record[0] == chosen.name else sign * math.inf
        if sign * chosen.value < sign * before:
            self.record = chosen.name, chosen.value, trainer.global_step
            if self.keep:
                trainer.save_checkpoint(self._path)
                log_checkpoint(trainer, self._path)
