"""Writing an exported folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import safetensors.torch
from torch import nn

from gan_lightning.core.atomic_file import write_bytes, write_text
from gan_lightning.core.errors import UsageError
from gan_lightning.core.part_name import part_name
from gan_lightning.core.paths import make_dir, relative_to_cwd
from gan_lightning.nn.fixed_stage import FixedStage
from gan_lightning.nn.labels import num_classes_of
from gan_lightning.run.directory import CONFIG as RUN_CONFIG
from gan_lightning.run.stored_config import read_stored_config
from gan_lightning.trained.folder import CONFIG, FORMAT, WEIGHTS, FolderConfig, read_config
from gan_lightning.trained.generator import TrainedGenerator
from gan_lightning.version import __version__

# Entries that make two exports the same generator, in the words of a message.
DIFFERENCES = {
    "sha256": "another checkpoint",
    "weights": "other weights",
    "standing": "other statistics",
    "standing_seed": "other statistics",
}


def describe(
    trained: TrainedGenerator, shape: tuple[int, ...], *, standing: int = 0, standing_seed: int = 0
) -> FolderConfig:
    """The `config.json` of a trained generator."""
    generator = trained.generator
    stage = {"level": generator.level, "alpha": generator.alpha} if isinstance(generator, FixedStage) else None
    file = trained.run / RUN_CONFIG
    data = part_name(((read_stored_config(file) if file.exists() else {}).get("data") or {}).get("_target_", "unknown"))
    digest = trained.sha256
    if trained.checkpoint.name == WEIGHTS:  # exported once more
        before = read_config(trained.run / CONFIG)
        data, digest = before["data"], before["sha256"]
        if not standing:
            standing, standing_seed = before["standing"], before["standing_seed"]
    config: FolderConfig = {
        "library": "gan_lightning",
        "version": __version__,
        "format": FORMAT,
        "generator": dict(trained.config["model"]["generator"]),
        "stage": stage,  # type: ignore[typeddict-item]
        "fast_layers": bool(trained.config["objective"].get("fast_layers", True)),
        "latent_dim": trained.latent_dim,
        "shape": list(shape),
        "classes": num_classes_of(generator),
        "weights": "averaged weights" if trained.averaged else "raw weights",
        "step": trained.step,
        "sha256": digest,
        "standing": standing,
        "standing_seed": standing_seed if standing else 0,
        "data": data,
    }
    if trained.bands is not None:
        config["bands"] = list(trained.bands)
    if trained.bits == 16:
        config["bits"] = 16
    if trained.class_names is not None:
        config["class_names"] = list(trained.class_names)
    return config


@contextmanager
def claimed_folder(folder: Path, config: FolderConfig) -> Iterator[None]:
    """Creates the folder with its `config.json`; a folder of the same generator takes more formats.

    If nothing else comes into it inside the `with`, because of an error, a new one is removed.

    Raises:
        UsageError: the folder has other files, or another generator; nothing is changed.
    """
    is_new = not (folder / CONFIG).is_file()
    if not is_new:
        existing = read_config(folder / CONFIG)
        for key, difference in DIFFERENCES.items():
            if existing[key] != config[key]:  # type: ignore[literal-required]
                raise UsageError(
                    f"{relative_to_cwd(folder)} is an export of {difference}: choose another folder (out=DIR), or "
                    "remove it"
                )
    elif folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{relative_to_cwd(folder)} holds other files: choose an empty folder, or a new one (out=DIR)")
    make_dir(folder, "out")
    write_text(folder / CONFIG, json.dumps(config, indent=2) + "\n")
    try:
        yield
    except BaseException:
        if is_new and [path.name for path in folder.iterdir()] == [CONFIG]:
            (folder / CONFIG).unlink()
            folder.rmdir()
        raise


def write_weights(network: nn.Module, folder: Path) -> Path:
    """Writes `model.safetensors`: parameters and buffers by their names, in their precision."""
    inner = network.network if isinstance(network, FixedStage) else network
    tensors = {name: value.detach().cpu().contiguous() for name, value in inner.state_dict().items()}
    write_bytes(folder / WEIGHTS, safetensors.torch.save(tensors, metadata={"format": "pt"}))
    return folder / WEIGHTS
