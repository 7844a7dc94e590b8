"""The backward pass under manual optimization."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule
from lightning.pytorch.strategies import SingleDeviceStrategy
from lightning.pytorch.utilities.model_helpers import is_overridden
from torch import Tensor

from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.distributed.flat_ddp import FlatDDP
from gan_lightning.objective.loss_scale import scaled

Backward = Callable[..., None]  # of a loss, and of what torch.Tensor.backward takes beside it
HOOKS = ("on_before_backward", "on_after_backward")


def backward_function(module: LightningModule) -> Backward:
    """The fastest function that runs a loss's backward pass as Lightning would.

    Lightning's own calls four hooks of every callback, a quarter of a millisecond a pass; torch's is used where no
    callback overrides them and no wrapper needs them. Always outside autocast: within it, the second backward pass of a
    gradient penalty would be rounded to bf16, although its forward pass was kept in single precision. Under fp16 the
    loss is scaled.
    """
    trainer, device = module.trainer, module.device.type
    audience = (module, *callbacks_of(trainer, Callback))
    hooked = any(is_overridden(hook, one) for hook in HOOKS for one in audience) or is_overridden("backward", module)
    wrapped = not isinstance(trainer.strategy, (SingleDeviceStrategy, FlatDDP))
    backward: Backward = partial(LightningModule.manual_backward, module) if hooked or wrapped else Tensor.backward

    def outside_autocast(loss: Tensor, *args: Any, **kwargs: Any) -> None:
        with torch.autocast(device, enabled=False):
            backward(scaled(loss), *args, **kwargs)

    return outside_autocast if str(trainer.precision).endswith("mixed") else backward
