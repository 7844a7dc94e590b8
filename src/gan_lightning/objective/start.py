"""A new run that begins with the weights of another."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO
from gan_lightning.run.directory import newest_valid_checkpoint

NETWORKS = ("generator.", "critic.")


def start_from(module: AdversarialModule, start: str, *, strict: bool = False) -> None:
    """Copies the networks' weights from a checkpoint, tensor by tensor; the average begins as the generator.

    Tensors of the module that the checkpoint lacks, or has in other shapes, stay as they are; a line names them.
    Optimizers, schedules and steps begin anew.

    Args:
        module: before training.
        start: a run's directory, or a checkpoint file.
        strict: refuse a checkpoint that doesn't hold every tensor of both networks in its shape.

    Raises:
        UsageError: there is no valid checkpoint, or none of its tensors fits.
    """
    file = _find(start)
    loaded = AtomicCheckpointIO().load_checkpoint(file)
    given: dict[str, Tensor] = loaded["state_dict"]
    own = {name: tensor for name, tensor in module.state_dict().items() if name.startswith(NETWORKS)}
    fitting = {name for name, tensor in own.items() if name in given and given[name].shape == tensor.shape}
    others = [f"{name} {_shapes(tensor, given.get(name))}" for name, tensor in own.items() if name not in fitting]
    where = f"start={relative_to_cwd(file)}"
    if not fitting or (strict and others):
        held = "none" if not fitting else f"{len(fitting)} of {len(own)}"
        remedy = "choose the model of its run" if not fitting else "leave start_strict=true out to begin these anew"
        raise UsageError(f"{where} holds {held} of the networks' tensors, not {few(others)}: {remedy}")
    with torch.no_grad():
        for name in fitting:
            own[name].copy_(given[name])
        module.ema.generator.load_state_dict(module.generator.state_dict())
    rest = f"; these begin anew: {few(others)}" if others else ""
    print_rank_zero(f"{where}, step {loaded.get('global_step', 0):,}: {len(fitting)} of {len(own)} tensors{rest}")


def _find(start: str) -> str:
    path = given_path(start, "start")
    if path.is_dir():
        found = newest_valid_checkpoint(path)
        if found is None:
            raise UsageError(f"start={start} holds no checkpoint: give a run's directory, or a checkpoint file")
        return found[0]
    if not path.is_file():
        raise UsageError(f"start={start} does not exist: give a run's directory, or a checkpoint file")
    return str(path)


def _shapes(own: Tensor, given: Tensor | None) -> str:
    return f"({list(own.shape)}, {'missing' if given is None else f'{list(given.shape)} there'})"
