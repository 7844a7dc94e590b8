"""The base class of scores as `torchmetrics.Metric`s."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import torch
import torchmetrics
from torch import Tensor
from torchmetrics.utilities.distributed import gather_all_tensors

from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import as_stored
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.functional.spread import Estimate

Value = float | Estimate | dict[str, float]


class GenerativeMetric(torchmetrics.Metric):
    """A score of generated samples, in most cases against real ones.

    `update` takes a batch, real or fake; `compute` gives a scalar, or scalars by name, in double precision. It works
    in `self.log`, `MetricCollection` and under `plot()`, as every `torchmetrics.Metric`. A batch has no score of its
    own: `forward` is `update`.

    On several processes states go to rank 0 alone, which computes; the value goes to all. Rows are taken from each rank
    in turn, which is their order where rank r of W has samples r, r + W, …: the value is that of one process.

    Args:
        extractor: network on whose features (or class probabilities) of images the score is computed. Images are uint8,
            or floats in [-1, 1], which pass through 8 bits as stored images do. None: batches are rows already.
        reset_real_features: False: `reset` leaves what is known of the reals.
        **options: those of `torchmetrics.Metric`.

    Attributes:
        uses_real: True if real batches count.
        takes: the statistic of samples that it is computed on, by its name in `SampleStats`.
    """

    is_differentiable = False
    full_state_update = False
    uses_real: ClassVar[bool] = True
    takes: ClassVar[str] = "features"
    _value: Value | None = None  # the last one that was computed

    def __init__(self, extractor: Extractor | None = None, *, reset_real_features: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.extractor, self.reset_real_features = extractor, reset_real_features
        self._on_first = False  # states are synced, to rank 0

    @abstractmethod
    def update(self, x: Tensor, real: bool = False) -> None:
        """Adds a batch of samples, [n, ...], which may be empty."""

    @abstractmethod
    def score(self) -> Value:
        """The value of the states as they are on this process: a mean with its deviation, or values by name."""

    def compute(self) -> Tensor | dict[str, Tensor]:
        """The score; on several processes a collective, with the same value on each.

        Raises:
            UsageError: there are too few samples, or NaN or infinity among them.
        """
        value: Value | UsageError | None = None
        group = ProcessGroup.current() if self._on_first else ProcessGroup()
        if group.rank == 0:
            try:
                value = self.score()
            except UsageError as error:
                value = error
        value = group.broadcast_object(value)
        if isinstance(value, UsageError):
            raise value
        self._value = value
        if isinstance(value, dict):
            return {name: self._scalar(one) for name, one in value.items()}
        return self._scalar(value.mean if isinstance(value, Estimate) else value)  # type: ignore[arg-type]

    def values(self, kind: str) -> dict[str, float]:
        """`compute` as numbers by name, numbers of modes whole; a single one is called `kind`."""
        self.compute()
        value = self._value
        if isinstance(value, dict):
            return dict(value)
        return {kind: value.mean if isinstance(value, Estimate) else value}  # type: ignore[dict-item]

    @property
    def std(self) -> float | None:
        """Standard deviation of the last value over splits or subsets; None where it has none."""
        return self._value.std if isinstance(self._value, Estimate) else None

    def forward(self, *batch: Any, **keys: Any) -> None:
        """`update`: a batch has no score of its own."""
        self.update(*batch, **keys)

    def reset(self) -> None:
        """Forgets all samples, or the fakes alone, see `reset_real_features`."""
        states = {} if self.reset_real_features else self._copy_state_dict()
        super().reset()
        for name, state in states.items():
            if name.startswith("real_"):
                setattr(self, name, state)

    def plot(self, val: Any = None, ax: Any = None) -> Any:
        """Draws a value, or several, with matplotlib; see `torchmetrics.Metric`."""
        return self._plot(val, ax)

    def statistic(self, x: Tensor) -> Tensor:
        """The rows that the score takes of a batch: of images by the extractor, else flattened."""
        if self.extractor is None:
            rows = x.detach().flatten(1) if x.dim() > 1 else x.detach()
        else:
            found = self.extractor(as_stored(x))
            taken = getattr(found, self.takes)
            if taken is None:
                raise UsageError(f"{self.extractor.name} has no classes, which {type(self).__name__} takes")
            rows = taken
        return rows.to(self.device)

    def _scalar(self, value: float) -> Tensor:
        dtype = torch.float32 if self.device.type == "mps" else torch.float64  # which has no double precision
        return torch.tensor(value, dtype=dtype, device=self.device)

    def _apply(self, fn: Callable[..., Any], exclude_state: Any = "") -> Any:
        moved = super()._apply(fn, exclude_state)
        if self.extractor is not None:
            self.extractor.to(self.device)
        return moved

    def _copy_state_dict(self) -> dict[str, Tensor | list[Any]]:
        """States by name; they share memory with the copy, since no tensor of them is changed while it is kept."""
        states = {name: getattr(self, name) for name in self._defaults}
        return {name: list(state) if isinstance(state, list) else state for name, state in states.items()}

    # ---- several processes ----------------------------------------------------------------------------------------

    def _sync_dist(self, dist_sync_fn: Callable[..., Any] = gather_all_tensors, process_group: Any = None) -> None:
        if dist_sync_fn is not gather_all_tensors or (process_group or self.process_group) is not None:
            super()._sync_dist(dist_sync_fn, process_group)  # the user's own: states on all ranks
            return
        group = ProcessGroup.current()
        for name in self._defaults:
            setattr(self, name, self._to_first(group, name))
        self._on_first = True

    def _to_first(self, group: ProcessGroup, name: str) -> Tensor | list[Tensor]:
        """A state of all ranks on rank 0: rows in turn, all else reduced one by one."""
        state = getattr(self, name)
        if isinstance(state, list):
            rows = group.gather_rows_to_first(torch.cat(state) if state else None)
            return [] if rows is None else [rows]
        for other in group.receive_each(state):
            state = self._reductions[name](torch.stack([state, other.to(state.device)]))  # type: ignore[operator,misc]
        return state  # type: ignore[no-any-return]

    def unsync(self, should_unsync: bool = True) -> None:
        """Back to this process's own states; see `torchmetrics.Metric`."""
        super().unsync(should_unsync)
        self._on_first = self._on_first and not should_unsync


class RowMetric(GenerativeMetric):
    """A score of all real and all fake rows at once, which are kept.

    States are `real_features` and `fake_features`, so that a `MetricCollection` keeps the rows of several once.
    """

    real_features: list[Tensor]
    fake_features: list[Tensor]

    def __init__(self, extractor: Extractor | None = None, *, reset_real_features: bool = True, **options: Any) -> None:
        super().__init__(extractor, reset_real_features=reset_real_features, **options)
        self.add_state("real_features", [], dist_reduce_fx="cat")
        self.add_state("fake_features", [], dist_reduce_fx="cat")

    def update(self, x: Tensor, real: bool = False) -> None:
        """Adds a batch of samples: images for an extractor, else rows."""
        if self.uses_real or not real:
            (self.real_features if real else self.fake_features).append(self.statistic(x))

    def score(self) -> Value:
        """See `GenerativeMetric.score`."""
        return self.score_of(rows_of("real", self.real_features), rows_of("fake", self.fake_features))

    @abstractmethod
    def score_of(self, real: Tensor, fake: Tensor) -> Value:
        """The score of all rows: real [N, d] and fake [M, d]."""


def no_samples(name: str) -> UsageError:
    """The error of a score without real, or without fake samples."""
    return UsageError(f"no {name} samples: call update(x, real={name == 'real'}) before compute()")


def rows_of(name: str, state: Tensor | list[Tensor]) -> Tensor:
    """The rows of a list state, synced or not.

    Raises:
        UsageError: there are none.
    """
    if isinstance(state, Tensor):
        return state
    if not state:
        raise no_samples(name)
    return state[0] if len(state) == 1 else torch.cat(state)
