"""What to do when numbers go wrong."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal, Protocol

from gan_lightning.core.errors import UsageError
from gan_lightning.run.last_checkpoint import last_checkpoint

if TYPE_CHECKING:
    from gan_lightning.objective.base import AdversarialModule

PolicyName = Literal["stop", "skip", "rollback"]


class NonFinitePolicy(Protocol):
    """Is told of a move with a loss or a gradient that is not finite.

    Attributes:
        at_once: wants to know before the move's step, which makes every move wait for its device; else some time later.
    """

    at_once: bool

    def __call__(self, module: AdversarialModule, trouble: str) -> None:
        """Mends what can be mended; the move's step is not taken.

        Raises:
            UsageError: training can't go on.
        """
        ...


class Stop:
    """Ends training, from which the last checkpoint is safe: weights are looked at before they are written."""

    at_once = False

    def __call__(self, module: AdversarialModule, trouble: str) -> None:
        """See `OnNaN`."""
        raise UsageError(
            f"{trouble}; {_last_good(module)}. Lower the learning rates, or try objective.on_nan=skip or rollback"
        )


class Skip:
    """Goes on without the move's step, up to a hundred moves in a row."""

    at_once = True
    limit = 100

    def __init__(self) -> None:
        self._last, self._row = -1, 0

    def __call__(self, module: AdversarialModule, trouble: str) -> None:
        """See `OnNaN`."""
        self._row = self._row + 1 if module.global_step - self._last <= 1 else 1
        self._last = module.global_step
        if self._row > self.limit:
            raise UsageError(f"{trouble}, as in the {self.limit} moves before; {_last_good(module)}")
        warnings.warn(f"{trouble}: this step is skipped", stacklevel=2)


class Rollback:
    """Goes on with the weights of the last checkpoint and the data of the next move.

    The data between would lead to the same numbers again and are skipped, as in PaLM (Chowdhery et al. 2022,
    arXiv:2204.02311, section 5.1). Up to three times from the same checkpoint.
    """

    at_once = True
    limit = 3

    def __init__(self) -> None:
        self._from, self._times = -1, 0

    def __call__(self, module: AdversarialModule, trouble: str) -> None:
        """See `OnNaN`."""
        file = last_checkpoint(module.trainer)
        if file is None or not file.path.exists():
            raise UsageError(f"{trouble}; {_last_good(module)} to go back to")
        saved = module.trainer.strategy.load_checkpoint(file.path, weights_only=True)
        self._times = self._times + 1 if saved["global_step"] == self._from else 1
        self._from = saved["global_step"]
        if self._times > self.limit:
            raise UsageError(f"{trouble}, after {self.limit} returns to the same checkpoint; {_last_good(module)}")
        module.load_state_dict(saved["state_dict"])
        module.trainer.strategy.load_optimizer_state_dict(saved)
        warnings.warn(f"{trouble}: back to the weights of step {self._from:,}", stacklevel=2)


POLICIES: dict[PolicyName, type[NonFinitePolicy]] = {"stop": Stop, "skip": Skip, "rollback": Rollback}


def _last_good(module: AdversarialModule) -> str:
    file = last_checkpoint(module.trainer)
    return file.good if file else "there is no checkpoint"
