"""Losses and gradients that are not finite: how they are found, and what happens then."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.run.last_checkpoint import last_checkpoint

PolicyName = Literal["stop", "skip", "rollback"]


class NonFinitePolicy(Protocol):
    """The reaction to an update with a loss or a gradient that is not finite.

    Attributes:
        before_step: True if it acts before the optimizer's step, for which every update waits for the device; False if
            some steps later.
    """

    before_step: bool

    def __call__(self, module: LightningModule, problem: str) -> None:
        """Mends what can be mended; the optimizer's step is not taken.

        Raises:
            UsageError: training can't go on.
        """
        ...


class Stop:
    """Ends training. The last checkpoint is good: weights are checked before they are written."""

    before_step = False

    def __call__(self, module: LightningModule, problem: str) -> None:
        """See `NonFinitePolicy`."""
        raise UsageError(
            f"{problem}; {_last_good(module)}. Lower the learning rates, or try objective.on_nan=skip or rollback"
        )


class Skip:
    """Leaves out the update's optimizer step, up to a hundred in a row."""

    before_step = True
    limit = 100

    def __init__(self) -> None:
        self._last, self._in_a_row = -1, 0

    def __call__(self, module: LightningModule, problem: str) -> None:
        """See `NonFinitePolicy`."""
        self._in_a_row = self._in_a_row + 1 if module.global_step - self._last <= 1 else 1
        self._last = module.global_step
        if self._in_a_row > self.limit:
            raise UsageError(f"{problem}, as in the {self.limit} updates before; {_last_good(module)}")
        warnings.warn(f"{problem}: this update is skipped", stacklevel=2)


class Rollback:
    """Goes back to the weights of the last checkpoint, and on with the data of the next update.

    The data between would lead to the same numbers again and are skipped, as in PaLM (Chowdhery et al. 2022,
    arXiv:2204.02311, section 5.1). Up to three times from the same checkpoint.
    """

    before_step = True
    limit = 3

    def __init__(self) -> None:
        self._from, self._times = -1, 0

    def __call__(self, module: LightningModule, problem: str) -> None:
        """See `NonFinitePolicy`."""
        file = last_checkpoint(module.trainer)
        if file is None or not file.path.exists():
            raise UsageError(f"{problem}; {_last_good(module)} to go back to")
        saved = module.trainer.strategy.load_checkpoint(file.path, weights_only=True)
        self._times = self._times + 1 if saved["global_step"] == self._from else 1
        self._from = saved["global_step"]
        if self._times > self.limit:
            raise UsageError(f"{problem}, after {self.limit} returns to the same checkpoint; {_last_good(module)}")
        module.load_state_dict(saved["state_dict"])
        module.trainer.strategy.load_optimizer_state_dict(saved)
        warnings.warn(f"{problem}: back to the weights of step {self._from:,}", stacklevel=2)


POLICIES: dict[PolicyName, type[NonFinitePolicy]] = {"stop": Stop, "skip": Skip, "rollback": Rollback}


class NonFiniteMonitor:
    """Keeps the losses and gradient norms of all updates since the last check.

    They stay on the device; a check is one transfer, whatever the number of updates.

    Args:
        policy: what happens when a number is not finite.
    """

    def __init__(self, policy: NonFinitePolicy) -> None:
        self.policy = policy
        self._terms: list[tuple[str, str, Tensor]] = []

    @property
    def before_step(self) -> bool:
        """See `NonFinitePolicy`."""
        return self.policy.before_step

    def connect(self, module: LightningModule) -> None:
        """Takes the module, attached to its trainer, for reductions over devices and for the policy."""
        self._module = module

    def add(self, step: int, player: str, terms: Mapping[str, Sequence[Tensor]]) -> None:
        """Keeps the terms of an update.

        Args:
            step: steps done before it.
            player: whose update.
            terms: by name, a tensor for each micro-batch, in the order in which trouble spreads; only scalars are kept.
        """
        update = f"step {step + 1:,}, {player} update"
        self._terms.extend((update, name, part) for name, parts in terms.items() for part in parts if not part.ndim)

    def first_nonfinite(self, reduce: Callable[[Tensor], Tensor]) -> str | None:
        """The first term that is not finite, as "step 187, critic update: penalty is nan"; forgets all updates.

        Args:
            reduce: the mean over all processes, which shows a bad number of any of them. A collective call.
        """
        if not self._terms:
            return None
        terms, self._terms = self._terms, []
        values = reduce(torch.stack([value.float() for _, _, value in terms]))
        wrong = (~values.isfinite()).nonzero()
        if not len(wrong):
            return None
        update, name, _ = terms[int(wrong[0])]
        return f"{update}: {name} is {values[wrong[0]].item()}"

    def check(self) -> bool:
        """Checks all updates since the last check; True after the policy has acted on a number that is not finite.

        Raises:
            UsageError: the policy ends training.
        """
        if not self._terms:
            return False
        strategy = self._module.trainer.strategy
        if (problem := self.first_nonfinite(lambda values: strategy.reduce(values, reduce_op="mean"))) is None:
            return False
        self.policy(self._module, problem)
        return True


def _last_good(module: LightningModule) -> str:
    file = last_checkpoint(module.trainer)
    return file.description if file else "there is no checkpoint"
