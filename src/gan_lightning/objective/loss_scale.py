"""Loss scales of fp16: gradients too small for half precision are computed larger, and scaled back."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.plugins.precision import MixedPrecision
from torch import Tensor
from torch.amp import GradScaler

LEAST = 1.0  # below it, gradients are not finite without a scale either: then `on_nan` decides


class LossScale:
    """One player's loss scale (Micikevicius et al. 2018, arXiv:1710.03740, section 3.2), by torch's `GradScaler`.

    Only the loss of an update is scaled, for its backward pass. Losses, penalties and the gradients inside of penalties
    are not. An update whose gradients overflow is left out, and the next ones have half the scale; it is doubled after
    2,000 updates without one. Gradients are averaged over devices before they are looked at, so that all agree.

    Args:
        scaler: in its first state.

    Attributes:
        skipped: number of updates left out.
    """

    def __init__(self, scaler: GradScaler) -> None:
        self._scaler, self._value, self.skipped = scaler, scaler.get_scale(), 0

    def scale(self, loss: Tensor) -> Tensor:
        """The loss for its backward pass."""
        scaled: Tensor = self._scaler.scale(loss)
        return scaled

    def unscale(self, optimizer: Any) -> bool:
        """Scales the gradients back, in place; True if they are not finite. Waits for the device."""
        self._scaler.unscale_(optimizer)
        self._scaler.update()
        before, self._value = self._value, self._scaler.get_scale()
        overflowed = self._value < before
        self.skipped += overflowed
        return overflowed

    @property
    def can_fall(self) -> bool:
        """True while a smaller scale may make gradients finite."""
        return self._value >= LEAST

    def state_dict(self) -> dict[str, Any]:
        """For checkpoints."""
        return {
            "scale": self._value,
            "growth_tracker": int(self._scaler.state_dict()["_growth_tracker"]),
            "skipped": self.skipped,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self._value, self.skipped = float(state["scale"]), state["skipped"]
        saved = {"scale": self._value, "_growth_tracker": state["growth_tracker"]}
        self._scaler.load_state_dict({**self._scaler.state_dict(), **saved})


def loss_scales(trainer: Trainer) -> dict[str, LossScale]:
    """A scale for each player, by its name, under fp16 ("16-mixed"); none in other precisions.

    Lightning's own, which serves one optimizer, is taken off the trainer.
    """
    plugin = trainer.precision_plugin
    if not isinstance(plugin, MixedPrecision) or plugin.precision != "16-mixed":
        return {}
    first, plugin.scaler = plugin.scaler or GradScaler(plugin.device), None
    return {name: LossScale(copy.deepcopy(first)) for name in ("critic", "generator")}


_scale: LossScale | None = None


@contextmanager
def scaled_by(scale: LossScale | None) -> Iterator[None]:
    """Inside the `with`, `scaled` losses are those of this player; None leaves them."""
    global _scale
    before, _scale = _scale, scale
    try:
        yield
    finally:
        _scale = before


def scaled(loss: Tensor) -> Tensor:
    """The loss times the scale of the player that is updated."""
    return loss if _scale is None else _scale.scale(loss)


def describe_skipped(scales: Mapping[str, LossScale]) -> str | None:
    """The updates left out, as one line; None if there are none."""
    counts = [f"{scale.skipped:,} {name}" for name, scale in scales.items() if scale.skipped]
    if not counts:
        return None
    return f"precision 16-mixed: gradients of {' and '.join(counts)} update(s) overflowed; these were left out"


def skipped_updates(name: str, scale: LossScale, device: torch.device) -> dict[str, Tensor]:
    """The metric of a player: its updates left out so far."""
    return {f"{name}_skipped_updates": torch.tensor(float(scale.skipped), device=device)}
