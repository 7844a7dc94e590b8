"""Fréchet distance as a `torchmetrics.Metric`."""

from __future__ import annotations

from functools import reduce
from typing import Any

import torch
from torch import Tensor

from gan_lightning.core.chunks import TILE, chunks
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.functional.frechet import Reference, frechet_distance, frechet_distance_of_features
from gan_lightning.metric.functional.moments import Moments
from gan_lightning.metric.generative import GenerativeMetric, rows_of


class FrechetDistance(GenerativeMetric):
    """`frechet_distance` of the features of reals and fakes: FID with Inception's original weights.

    Moments are kept, not features: [d, d] of either side, merged by the rule of Chan, Golub & LeVeque. The last rows,
    fewer than 1,024, wait to be added. As long as a side has no more samples than features, N ≤ d, all its rows wait,
    and the distance takes the route that is exact for them (`frechet_distance_of_features`).

    Args:
        extractor: see `GenerativeMetric`.
        reset_real_features: False: `reset` leaves the reals, whose covariance is factored once.
        **options: those of `torchmetrics.Metric`.
    """

    higher_is_better = False
    plot_lower_bound = 0.0

    real_features: list[Tensor]  # rows that wait
    fake_features: list[Tensor]
    real_moments: list[Tensor]  # packed, [1, 1 + d + d²] each; one, unless states were merged
    fake_moments: list[Tensor]

    def __init__(self, extractor: Extractor | None = None, *, reset_real_features: bool = True, **options: Any) -> None:
        super().__init__(extractor, reset_real_features=reset_real_features, **options)
        for side in ("real", "fake"):
            self.add_state(f"{side}_features", [], dist_reduce_fx="cat")
            self.add_state(f"{side}_moments", [], dist_reduce_fx="cat")
        self._factored: tuple[Moments, Reference] | None = None

    def update(self, x: Tensor, real: bool = False) -> None:
        """Adds a batch of samples: images for an extractor, else features [n, d]."""
        side = "real" if real else "fake"
        rows: list[Tensor] = getattr(self, f"{side}_features")
        rows.append(self.statistic(x))
        n, features = sum(map(len, rows)), rows[0].shape[1]
        if n >= TILE and (n > features or getattr(self, f"{side}_moments")):
            joined, whole = torch.cat(rows), n // TILE * TILE
            setattr(self, f"{side}_moments", [_with(self._merged(side), joined[:whole])[None]])
            setattr(self, f"{side}_features", [joined[whole:].clone()] if n > whole else [])

    def add_moments(self, moments: Moments, real: bool = False) -> None:
        """Adds samples by their moments, such as those of a file."""
        self._update_count, self._computed = self._update_count + 1, None  # as `update` does
        getattr(self, f"{'real' if real else 'fake'}_moments").append(moments.pack()[None].to(self.device))

    def moments(self, real: bool) -> Moments:
        """The moments of this process's samples.

        Raises:
            UsageError: there are none.
        """
        side = "real" if real else "fake"
        merged, rows = self._merged(side), getattr(self, f"{side}_features")
        if merged is not None and not len(rows):
            return merged
        return Moments.unpack(_with(merged, rows_of(side, rows)))

    def score(self) -> float:
        """See `GenerativeMetric.score`."""
        real, fake = self._gaussian("real"), self._gaussian("fake")
        if isinstance(real, Tensor) or isinstance(fake, Tensor):
            return frechet_distance_of_features(real, fake)
        return frechet_distance(self._reference(real), fake)

    def _gaussian(self, side: str) -> Moments | Tensor:
        """The moments of a side, or its rows where it has no more than features."""
        if self._merged(side) is None:
            rows = rows_of(side, getattr(self, f"{side}_features"))
            if len(rows) <= rows.shape[1]:
                return rows
        return self.moments(side == "real")

    def _merged(self, side: str) -> Moments | None:
        """The moments of the rows that don't wait; None if all do."""
        parts = [Moments.unpack(packed) for state in getattr(self, f"{side}_moments") for packed in state]
        return reduce(Moments.merge, parts) if parts else None

    def _reference(self, real: Moments) -> Moments | Reference:
        """The reals with their factor, if they stay."""
        if self.reset_real_features:
            return real
        before = None if self._factored is None else self._factored[0]
        if before is None or not (torch.equal(before.mean, real.mean) and torch.equal(before.scatter, real.scatter)):
            self._factored = real, Reference(real)
        return self._factored[1]  # type: ignore[index]

    def _to_first(self, group: ProcessGroup, name: str) -> Tensor | list[Tensor]:
        """Moments are merged on rank 0 as they arrive, one by one."""
        side, _, kind = name.partition("_")
        if kind != "moments":
            return super()._to_first(group, name)
        merged = self._merged(side)
        for packed in group.receive_each(None if merged is None else merged.pack()):
            other = Moments.unpack(packed.to(self.device))
            merged = other if merged is None else merged.merge(other)
        return [] if merged is None else [merged.pack()[None]]


def _with(moments: Moments | None, rows: Tensor) -> Tensor:
    """The packed moments with more rows, which are taken in blocks; the given ones are left alone."""
    packed = (moments or Moments.empty(rows.shape[1], rows.device)).pack()
    found = Moments.unpack(packed)
    for span in chunks(len(rows)):
        found.update(rows[span])
    packed[0] = found.count
    return packed
