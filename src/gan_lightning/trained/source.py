"""A trained generator by what a person types for it."""

from __future__ import annotations

from pathlib import Path

import torch

from gan_lightning.core.address import HUB, is_address
from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.run.directory import CONFIG as RUN_CONFIG
from gan_lightning.trained.checkpoint import load_generator
from gan_lightning.trained.folder import CONFIG, WEIGHTS, read_folder
from gan_lightning.trained.generator import TrainedGenerator
from gan_lightning.trained.hub import download, parse_address
from gan_lightning.trained.zoo import find_in_zoo


def load_source(source: str | Path, *, averaged: bool = True, device: torch.device | str = "cpu") -> TrainedGenerator:
    """Loads the generator of a run's directory, checkpoint file, exported folder, or address.

    Args:
        source: any of them.
        averaged: of a run's weights; an exported folder has one kind, and this is ignored.
        device: of the weights.

    Raises:
        UsageError: there is no such generator, a file is damaged or does not fit its config, or the config names what
            must not be built; or the Hub can't be reached.
    """
    if folder := exported_folder(str(source)):
        return read_folder(folder, device, address=str(source) if is_address(str(source)) else None)
    path = Path(source).expanduser()
    if path.is_file():
        return load_generator(checkpoint=str(path), averaged=averaged, device=device)
    if (path / RUN_CONFIG).is_file():
        return load_generator(str(path), averaged=averaged, device=device)
    if path.is_dir():
        raise UsageError(f"{source} holds no generator: it has neither {RUN_CONFIG}, as runs have, nor {CONFIG}")
    raise UsageError(f"load: {source} is no run directory, checkpoint file or exported folder")


def load_typed(
    run: str | None, checkpoint: str | None, *, averaged: bool = True, device: torch.device | str = "cpu"
) -> TrainedGenerator:
    """Loads the generator that a command names by `run=` and `checkpoint=`; `run` may be what `load_source` takes.

    Raises:
        UsageError: as of `load_source`, or they contradict each other or what the source holds.
    """
    if run is None or not (folder := exported_folder(run)):
        return load_generator(run, checkpoint, averaged=averaged, device=device)
    if checkpoint is not None:
        raise UsageError(f"run={run} holds the weights of one step: leave checkpoint={checkpoint} out")
    trained = read_folder(folder, device, address=run if is_address(run) else None)
    if trained.averaged != averaged:
        kind = "averaged" if trained.averaged else "raw"
        raise UsageError(f"run={run} holds {kind} weights alone: type ema={str(trained.averaged).lower()}")
    return trained


def exported_folder(source: str, key: str = "run") -> Path | None:
    """The exported folder of an address or path, downloaded where it is of the Hub; None for anything else.

    Raises:
        UsageError: the address names nothing, or can't be reached.
    """
    if is_address(source):
        return download(parse_address(source)) if source.startswith(HUB) else find_in_zoo(source)
    path = given_path(source, key)
    if path.name == WEIGHTS:
        path = path.parent
    return path if (path / CONFIG).is_file() and not (path / RUN_CONFIG).is_file() else None
