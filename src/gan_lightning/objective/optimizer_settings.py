"""Hyper-parameters of optimizers, as configured and as in a checkpoint."""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer

from gan_lightning.core.console import print_rank_zero

Group = dict[str, Any]


def hyperparameters_of(optimizer: Optimizer) -> list[Group]:
    """The numbers among the settings of each parameter group: learning rate, betas, ..."""
    return [{key: value for key, value in group.items() if _is_number(value)} for group in optimizer.param_groups]


def restore_configured(name: str, optimizer: Optimizer, configured: list[Group], *, scheduled: bool) -> None:
    """Sets the hyper-parameters that were configured, where a checkpoint has brought others; prints a line for each.

    The current rate is left as the checkpoint has it, unless another initial rate was configured: schedules change it.

    Args:
        name: of the optimizer in messages.
        optimizer: with the state of the checkpoint.
        configured: see `hyperparameters_of`.
        scheduled: a schedule sets the rate of each step.
    """
    for group, given in zip(optimizer.param_groups, configured, strict=True):
        if group["initial_lr"] != given["initial_lr"]:
            print_rank_zero(
                f"{name}.lr={given['initial_lr']:g}, as configured: the checkpoint has {group['initial_lr']:g}"
            )
            group["lr"], group["initial_lr"] = given["lr"], given["initial_lr"]
        elif not scheduled and group["lr"] != given["lr"]:
            print_rank_zero(
                f"{name}: going on at the checkpoint's learning rate of {group['lr']:g}, which a schedule has made of "
                f"{given['lr']:g}"
            )
        for key in given.keys() - {"lr", "initial_lr"}:
            if key in group and _plain(group[key]) != _plain(given[key]):
                print_rank_zero(f"{name}.{key}={given[key]}, as configured: the checkpoint has {group[key]}")
                group[key] = given[key]


def _is_number(value: Any) -> bool:
    parts = value if isinstance(value, tuple | list) else (value,)
    return all(type(part) in (int, float) for part in parts)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
