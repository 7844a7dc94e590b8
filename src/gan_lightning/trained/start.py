"""A new run that begins with the weights of another."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.core.address import is_address
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO
from gan_lightning.run.directory import newest_valid_checkpoint
from gan_lightning.trained.folder import CONFIG, read_config, read_weights
from gan_lightning.trained.source import exported_folder

KINDS = "give a run's directory, a checkpoint file, an exported folder, zoo:NAME or hf://OWNER/NAME"
NETWORKS = ("generator.", "critic.")


def start_from(module: AdversarialModule, start: str, *, strict: bool = False) -> None:
    """Copies the networks' weights from a checkpoint, tensor by tensor; the average begins as the generator.

    Tensors of the module that the checkpoint lacks, or has in other shapes, stay as they are; a line names them.
    Optimizers, schedules and steps begin anew.

    Args:
        module: before training.
        start: a run's directory or checkpoint file; an exported folder, `zoo:NAME` or `hf://OWNER/NAME`, which hold
            a generator alone.
        strict: refuse a checkpoint that doesn't hold every tensor of both networks in its shape.

    Raises:
        UsageError: there is no valid checkpoint, or none of its tensors fits.
    """
    file, step, given = _read(start)
    own = {name: tensor for name, tensor in module.state_dict().items() if name.startswith(NETWORKS)}
    fitting = {name for name, tensor in own.items() if name in given and given[name].shape == tensor.shape}
    others = _others(own, given, fitting)
    where = f"start={start if is_address(start) else relative_to_cwd(file)}"
    if not fitting or (strict and others):
        held = "none" if not fitting else f"{len(fitting)} of {len(own)}"
        remedy = "choose the model of its run" if not fitting else "leave start_strict=true out to begin these anew"
        raise UsageError(f"{where} holds {held} of the networks' tensors, not {few(others)}: {remedy}")
    with torch.no_grad():
        for name in fitting:
            own[name].copy_(given[name])
        module.ema.generator.load_state_dict(module.generator.state_dict())
    rest = f"; these begin anew: {few(others)}" if others else ""
    print_rank_zero(f"{where}, step {step:,}: {len(fitting)} of {len(own)} tensors{rest}")


def _read(start: str) -> tuple[Path, int, dict[str, Tensor]]:
    """The file, its training step, and the networks' tensors by name."""
    if folder := exported_folder(start, "start"):
        weights = read_weights(folder)
        return folder, read_config(folder / CONFIG)["step"], {f"generator.{k}": v for k, v in weights.items()}
    path = given_path(start, "start")
    if not path.exists():
        raise UsageError(f"start={start} does not exist: {KINDS}")
    found = newest_valid_checkpoint(path) if path.is_dir() else (str(path), 0)
    if found is None:
        raise UsageError(f"start={start} holds no checkpoint: {KINDS}")
    loaded = AtomicCheckpointIO().load_checkpoint(found[0])
    return Path(found[0]), loaded.get("global_step", 0), loaded["state_dict"]


def _others(own: dict[str, Tensor], given: dict[str, Tensor], fitting: set[str]) -> list[str]:
    """The tensors that don't fit; a player of which there is none is named as a whole."""
    names = [name for name in own if name not in fitting]
    missing = [player for player in NETWORKS if not any(name.startswith(player) for name in given)]
    whole = [f"the {player.rstrip('.')}, which it does not hold" for player in missing]
    return whole + [f"{n} {_shapes(own[n], given.get(n))}" for n in names if not n.startswith(tuple(missing))]


def _shapes(own: Tensor, given: Tensor | None) -> str:
    return f"({list(own.shape)}, {'missing' if given is None else f'{list(given.shape)} there'})"
