"""The structure of checkpoints, checked before anything of them is used: a file may be whole and yet be crafted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch import __version__ as here  # type: ignore[attr-defined]
from packaging.version import InvalidVersion, Version
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.errors import UsageError
from gan_lightning.core.structure import describe, difference, not_plain

Factory = Callable[[Iterable[nn.Parameter]], Optimizer]
_TYPES: dict[str, type] = {
    "state_dict": dict,
    "global_step": int,
    "epoch": int,
    "pytorch-lightning_version": str,
    "loops": dict,
    "callbacks": dict,
    "optimizer_states": list,
    "lr_schedulers": list,
    "gan_lightning": dict,
    "metrics": dict,
    "loss_scales": dict,
    "stage": dict,
    "data": dict,
    "hyper_parameters": dict,
}
_LOSS_SCALE = {"scale": 1.0, "growth_tracker": 0, "skipped": 0}
_OWN: dict[str, dict[str, Any]] = {
    "data": {"train": 0, "held_out": 0, "shape": "", "digest": ""},
    "gan_lightning": {"version": "", "format": 0},
    "stage": {"images": 0, "level": 0, "alpha": 0.0, "batch_size": 0},
    "loss_scales": {"critic": _LOSS_SCALE, "generator": _LOSS_SCALE},
}
_OLDEST_LIGHTNING = Version("2.0.0")  # older checkpoints would be rewritten by Lightning before they are checked


def check_plain(checkpoint: Mapping[str, Any]) -> None:
    """Checks the types of all that any checkpoint has, whatever its networks.

    Raises:
        UsageError: names the first entry of another type.
    """
    for key, kind in _TYPES.items():
        if key in checkpoint and (not isinstance(checkpoint[key], kind) or isinstance(checkpoint[key], bool)):
            raise UsageError(f"{key} is {describe(checkpoint[key])}, not a {kind.__name__}")
    wrong = next((found for key, value in checkpoint.items() if (found := not_plain(value, str(key)))), None)
    wrong = wrong or next(
        (
            f"state_dict.{name} is {describe(value)}, not a tensor"
            for name, value in checkpoint["state_dict"].items()
            if not isinstance(value, Tensor)
        ),
        None,
    )
    for key in ("global_step", "epoch"):
        wrong = wrong or difference(0, checkpoint.get(key, 0), key)
    for key, expected in _OWN.items():
        wrong = wrong or (difference(expected, checkpoint[key], key) if key in checkpoint else None)
    for name, state in {} if wrong else checkpoint.get("loss_scales", {}).items():
        if not 0 < state["scale"] < math.inf:
            wrong = f"loss_scales.{name}.scale is {describe(state['scale'])}"
    for name, value in checkpoint.get("metrics", {}).items():
        if not wrong and not (
            isinstance(name, str) and type(value) in (int, float)
        ):  # those of a skipped step may be NaN
            wrong = f"metrics.{name} is {describe(value)}, not a number"
    for name, state in checkpoint.get("callbacks", {}).items():
        wrong = wrong or (None if isinstance(state, dict) else f"callbacks.{name} is {describe(state)}, not a dict")
    if wrong := wrong or _wrong_version(checkpoint.get("pytorch-lightning_version")) or _wrong_metadata(checkpoint):
        raise UsageError(wrong)


def holds_weights_only(name: str, missing: str) -> UsageError:
    """The error for a checkpoint without all that a run goes on from."""
    return UsageError(
        f"{name} holds weights only, a run can't go on from it: {missing} is missing "
        "(callback.checkpoint.weights_only=false keeps all); start=FILE in place of resume=FILE begins anew with it"
    )


def check_resumable(
    checkpoint: Mapping[str, Any], trainer: Trainer, players: Mapping[nn.Module, Factory] | None
) -> None:
    """Checks all that training is resumed from, but for the weights, against what this run would itself write.

    Args:
        checkpoint: as loaded, after `check_plain`.
        trainer: of this run, before its optimizers are built.
        players: the networks with their optimizer factories, in the order of the checkpoint; None where
            `configure_optimizers` is overridden: torch checks these states itself.

    Raises:
        UsageError: names the first entry that differs.
    """
    missing = [key for key in ("loops", "optimizer_states", "lr_schedulers") if key not in checkpoint]
    if missing:
        raise holds_weights_only("the checkpoint", missing[0])
    wrong = _wrong_loops(checkpoint, trainer) or _wrong_callbacks(checkpoint, trainer)
    states, known = checkpoint["optimizer_states"], players or {}
    if not wrong and players is not None and len(states) != len(players):
        wrong = f"optimizer_states is {describe(states)}, not of {len(players)}"
    for place, ((network, factory), state) in enumerate(zip(known.items(), states, strict=False)):
        wrong = wrong or _wrong_optimizer(factory, list(network.parameters()), state, f"optimizer_states.{place}")
    if wrong:
        raise UsageError(f"the checkpoint is not one of this run: {wrong}")


def _wrong_version(version: str | None) -> str | None:
    try:
        old = version is not None and Version(version) < _OLDEST_LIGHTNING
    except InvalidVersion:
        return f"pytorch-lightning_version is {version!r:.40}, not a version"
    return f"it was written by Lightning {version}, older than {_OLDEST_LIGHTNING}" if old else None


def _wrong_metadata(checkpoint: Mapping[str, Any]) -> str | None:
    # torch reads the versions of layers from this attribute.
    metadata = getattr(checkpoint["state_dict"], "_metadata", {})
    nested = isinstance(metadata, dict) and all(isinstance(value, dict) for value in metadata.values())
    return None if nested else "the metadata of state_dict is not a dict of dicts"


def _wrong_loops(checkpoint: Mapping[str, Any], trainer: Trainer) -> str | None:
    loops = {f"{name}_loop": getattr(trainer, f"{name}_loop") for name in ("fit", "validate", "test", "predict")}
    if wrong := difference({name: loop.state_dict() for name, loop in loops.items()}, checkpoint["loops"], "loops"):
        writer = checkpoint.get("pytorch-lightning_version")
        return wrong if writer == here else f"{wrong} (Lightning {writer} wrote it, this is {here})"
    done = checkpoint["loops"]["fit_loop"]
    automatic = done["epoch_loop.automatic_optimization.optim_progress"]["optimizer"]["step"]["total"]["completed"]
    steps = automatic + done["epoch_loop.manual_optimization.optim_step_progress"]["total"]["completed"]
    stated = checkpoint.get("global_step")
    return None if steps == stated else f"global_step is {stated}, and its loops have done {steps:,} steps"


def _wrong_callbacks(checkpoint: Mapping[str, Any], trainer: Trainer) -> str | None:
    given: dict[str, Any] = checkpoint.get("callbacks", {})
    for callback in callbacks_of(trainer, Callback):
        state, own = given.get(callback.state_key), callback.state_dict()
        for key, value in (state or {}).items():
            path = f"callbacks.{callback.state_key}.{key}"
            if key not in own:
                return f"{path} is unknown"
            if value is not None and own[key] is not None and not isinstance(value, Tensor | type(own[key])):
                return f"{path} is {describe(value)}, not {describe(own[key])}"
            names = [value] if isinstance(value, str) else value if isinstance(value, dict) else ()
            if any(".." in PurePath(str(name)).parts for name in names):  # of files that the callback may delete
                return f"{path} names a file outside its folder"
    return None


def _wrong_optimizer(factory: Factory, parameters: list[nn.Parameter], given: Any, path: str) -> str | None:
    optimizer = factory(parameters)
    expected = optimizer.state_dict()["param_groups"]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]  # as it numbers them
    groups = given.get("param_groups") if isinstance(given, dict) else None
    if not isinstance(groups, list) or len(groups) != len(expected) or not isinstance(given.get("state"), dict):
        return f"{path} is not the state of {len(expected)} group(s) of parameters"
    for place, (own, group) in enumerate(zip(expected, groups, strict=True)):
        if wrong := _wrong_group(own, group, f"{path}.param_groups.{place}"):
            return wrong
    for index, state in given["state"].items():
        if not isinstance(index, int) or not 0 <= index < len(parameters):
            return f"{path}.state.{index} is of no parameter, there are {len(parameters)}"
        own = _moments(factory, parameters[index])
        if wrong := difference(own, state, f"{path}.state.{index}"):
            return wrong
        for key, value in state.items():
            counts = isinstance(value, Tensor) and value.dim() == 0 and (key == "step" or parameters[index].dim())
            if counts and not (value.isfinite() and value >= 0):  # a moment of a single number may be negative
                return f"{path}.state.{index}.{key} is {value.item()}"
    return None


def _wrong_group(own: dict[str, Any], given: Any, path: str) -> str | None:
    """As `difference`, but switches, of which each version of torch has its own, may be missing or new."""
    if not isinstance(given, dict):
        return f"{path} is {describe(given)}, not a dict"
    own = {**own, "initial_lr": own["lr"]}  # `configure_optimizers` adds it
    switches = {key for key in {**own, **given} if _is_switch(own.get(key)) and _is_switch(given.get(key))}
    for key in switches:
        if None not in (own.get(key), given.get(key)) and own[key] != given[key]:
            return f"{path}.{key} is {given[key]}, not {own[key]}"
    kept, numbers = ({key: value for key, value in group.items() if key not in switches} for group in (own, given))
    wrong = difference(kept, numbers, path)
    numbers_given = (number for key, value in numbers.items() if key != "params" for number in _numbers(value))
    if not wrong and not all(0 <= number < math.inf for number in numbers_given):
        wrong = f"{path} holds a number that is negative or not finite"
    if not wrong and given["params"] != own["params"]:
        wrong = f"{path}.params are not those of the network"
    return wrong


def _numbers(value: Any) -> Sequence[float]:
    return value if isinstance(value, list | tuple) else [value]


def _is_switch(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _moments(factory: Factory, parameter: nn.Parameter) -> dict[str, Any]:
    """The state that an optimizer keeps of such a parameter, found by a step of its own."""
    stand_in = nn.Parameter(torch.zeros(parameter.shape, dtype=parameter.dtype))
    stand_in.grad = torch.zeros_like(stand_in)
    optimizer = factory([stand_in])
    optimizer.step()
    return dict(optimizer.state[stand_in])
