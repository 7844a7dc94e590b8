"""Provenance of scores, all that moves them but the generator: two scores compare only where it is equal."""

from __future__ import annotations

import functools
import typing
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal

from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.validation import Index, LargeCount, NumPasses, Positive, violation

Normalization = Literal["batch", "running", "standing", "none"]


class _Entries(ABC):
    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""

    def differences(self, other: _Entries) -> list[str]:
        """A readable line for each entry that differs; none where the scores compare."""
        ours, theirs = self.to_dict(), other.to_dict()
        pairs = {name: (ours.get(name, "unknown"), theirs.get(name, "unknown")) for name in ours | theirs}
        return [f"{name}: {one} against {another}" for name, (one, another) in pairs.items() if one != another]


@dataclass(frozen=True, kw_only=True)
class Provenance(_Entries):
    """Everything but the generator that moves a score.

    Args:
        data: the real data.
        split: the part of it that fakes are scored against.
        extractor: the network whose features or classes are compared; `none` for scores of the samples themselves.
        weights: hash of its weights; null where it has none.
        resize: how images are brought to its size: filter, antialiasing, size; `none` where they are not.
        quantized: True if fakes pass through 8-bit values, as stored images do.
        n_real: number of real samples; 0 for a score of the fakes alone; null if only their moments are known.
        n_fake: number of fake samples; null if only their moments are known.
        ema: True if the fakes are the averaged generator's; null for files of samples.
        normalization: of the generator's batch norm: by the statistics of the `batch`, `running` ones, `standing` ones,
            or `none`; null for files of samples.
        seed: of the latents and subsets of the evaluation (not of training).
        truncation: entries of latents beyond it were drawn again; null: none were.
        standing: forward passes that `standing` statistics come from.

    Raises:
        UsageError: a value has another type or range.
    """

    data: str
    split: str
    extractor: str
    weights: str | None
    resize: str
    quantized: bool
    n_real: Index | None
    n_fake: LargeCount | None
    ema: bool | None
    normalization: Normalization | None
    seed: Index
    truncation: Positive | None = None
    standing: NumPasses = 0

    def __post_init__(self) -> None:
        for name, hint in _hints().items():
            wrong = violation(getattr(self, name), hint)
            if wrong is not None:
                raise UsageError(f"Provenance: {name}={getattr(self, name)!r} {wrong}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Provenance:
        """The inverse of `to_dict`; files of older versions have no `truncation` and `standing`.

        Raises:
            UsageError: an entry is missing, unknown, or of another type or range.
        """
        names = [field.name for field in fields(cls)]
        for name in entries:
            if name not in names:
                raise UsageError(f"Provenance: unknown entry {name}: {did_you_mean(name, names)}")
        missing = [field.name for field in fields(cls) if field.name not in entries and field.default is MISSING]
        if missing:
            raise UsageError(f"Provenance: {', '.join(missing)} missing: score the checkpoint again")
        return cls(**entries)


@dataclass(frozen=True)
class TrainingProvenance(_Entries):
    """Provenance of the scores in `metrics.csv`: computed during training, with data and metric as configured.

    Args:
        config: the keys that move a score, dotted, with their values.
    """

    config: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"scored": "during training", **self.config}


@functools.cache
def _hints() -> dict[str, Any]:
    return typing.get_type_hints(Provenance, include_extras=True)
