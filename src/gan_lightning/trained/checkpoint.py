"""A run's generator, loaded from a checkpoint without the data and the critic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from gan_lightning.config.stored import load_stored_config
from gan_lightning.config.validate import instantiate
from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.distributed.hardware import check_device
from gan_lightning.nn.fast.swap import use_fast_layers
from gan_lightning.nn.fixed_stage import FixedStage
from gan_lightning.objective.hyperparameters import latent_dim_of
from gan_lightning.run import checkpoint_format
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO
from gan_lightning.run.directory import CONFIG
from gan_lightning.trained.generator import TrainedGenerator, load_config, to_device

AVERAGED, RAW = "ema.generator.", "generator."  # prefixes of the generator's weights in checkpoints


def load_generator(
    run: str | None = None,
    checkpoint: str | None = None,
    *,
    averaged: bool = True,
    device: torch.device | str = "cpu",
) -> TrainedGenerator:
    """Builds the generator of a run's config and loads the weights of a checkpoint.

    Args:
        run: the run directory, for its last checkpoint; or …
        checkpoint: … a checkpoint file with the run's config beside it or in the directory above; with `run`, the name
            of one of its checkpoints: last, best, previous.
        averaged: load the averaged weights.
        device: of the generator.

    Raises:
        UsageError: there is no such run, checkpoint or device; the file is damaged, or of other networks; the config
            names a target that must not be built.
    """
    check_device(str(device))
    directory, file = _find_files(run, checkpoint)
    config = load_config(directory / CONFIG, "model.generator", "objective.latent_dim", "objective.fast_layers")
    shown = load_stored_config(directory / CONFIG, ("data.bands", "data.bits", "data.class_names")).get("data", {})
    if not config.get("model") or "objective" not in config:
        name = relative_to_cwd(directory / CONFIG)
        raise UsageError(f"{name} is not the config of a run: it has no model and objective")
    loaded = AtomicCheckpointIO().load_checkpoint(file)
    generator = instantiate(config["model"]["generator"])
    prefix = AVERAGED if averaged else RAW
    weights = {name: value for name, value in loaded["state_dict"].items() if name.startswith(prefix)}
    checkpoint_format.check_compatible(
        {**loaded, "state_dict": weights}, {prefix + name: value for name, value in generator.state_dict().items()}
    )
    generator.load_state_dict({name.removeprefix(prefix): value for name, value in weights.items()}, assign=True)
    if config["objective"].get("fast_layers", True):  # the kernels of training
        use_fast_layers(generator)
    latent_dim = latent_dim_of(generator, config["objective"].get("latent_dim"))
    if stage := loaded.get("stage"):
        last = getattr(generator, "last_level", None)
        if last is None or stage["level"] > last or not 0 <= stage["alpha"] <= 1:
            raise UsageError(f"{file} stands at level {stage['level']}, and its generator grows to {last}")
        generator = FixedStage(generator, stage["level"], stage["alpha"])
    return TrainedGenerator(
        generator=to_device(generator, device).eval().requires_grad_(False),
        latent_dim=latent_dim,
        step=int(loaded.get("global_step", 0)),
        averaged=averaged,
        checkpoint=file,
        run=directory,
        config=config,
        bands=_list_in(shown, "bands", int),
        bits=16 if shown.get("bits") == 16 else 8,
        class_names=_list_in(shown, "class_names", str),
    )


def _find_files(run: str | None, checkpoint: str | None) -> tuple[Path, Path]:
    own = checkpoint if run is not None and checkpoint in ("last", "best", "previous") else None
    if (run is None) == (checkpoint is None) and own is None:
        raise UsageError(
            "which generator? give either run=DIR, a run's directory (and checkpoint=best for its best), or "
            "checkpoint=FILE"
        )
    if checkpoint is not None and own is None:
        file = given_path(checkpoint, "checkpoint")
        if not file.is_file():
            raise UsageError(f"checkpoint={checkpoint} is not a file: give one such as RUN/checkpoints/last.ckpt")
        for directory in (file.absolute().parent, file.absolute().parent.parent):
            if (directory / CONFIG).is_file():
                return directory, file
        raise UsageError(
            f"checkpoint={checkpoint} has no run: there is no {CONFIG} beside it, nor in the directory above; copy it "
            "there from where the run was"
        )
    assert run is not None
    directory = given_path(run, "run")
    if not (directory / CONFIG).is_file():
        others = sorted((p.parent for p in directory.parent.glob(f"*/{CONFIG}")), key=lambda p: p.stat().st_mtime)
        hint = f"the newest beside it is {others[-1]}" if others else f"it has no {CONFIG}"
        raise UsageError(f"run={run} holds no run: {hint}")
    file = directory / "checkpoints" / f"{own or 'last'}.ckpt"
    if not file.is_file():
        raise UsageError(f"run={run} has no {own or 'checkpoint'} yet: there is no {relative_to_cwd(file)}")
    return directory, file


def _list_in(data: dict[str, Any], key: str, kind: type) -> tuple[Any, ...] | None:
    """A list of the run's data, which may be of a class that has other things under this name."""
    value = data.get(key)
    return tuple(value) if isinstance(value, list) and all(type(one) is kind for one in value) else None
