"""An exported folder: `config.json` says what the weights in `model.safetensors` are of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypedDict, get_type_hints

import safetensors.torch
import torch
from annotated_types import Ge, Le
from torch import nn

from gan_lightning.core.atomic_file import write_bytes, write_text
from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.part_name import part_name
from gan_lightning.core.paths import make_dir, relative_to_cwd
from gan_lightning.core.validation import Count, Index, violation
from gan_lightning.export.network import build_network
from gan_lightning.nn.fast.swap import use_fast_layers
from gan_lightning.nn.fixed_stage import FixedStage
from gan_lightning.nn.labels import num_classes_of
from gan_lightning.objective.hyperparameters import latent_dim_of
from gan_lightning.run.checkpoint_format import check_compatible
from gan_lightning.run.directory import CONFIG as RUN_CONFIG
from gan_lightning.run.stored_config import read_stored_config
from gan_lightning.sample.load import TrainedGenerator, to_device
from gan_lightning.version import __version__

CONFIG, WEIGHTS = "config.json", "model.safetensors"
FORMAT = 1  # incremented when older versions can't read new folders
# Entries that make two exports the same generator, in the words of a message.
DIFFERENCES = {
    "sha256": "another checkpoint",
    "weights": "other weights",
    "standing": "other statistics",
    "standing_seed": "other statistics",
}


class Stage(TypedDict):
    """Level and alpha of a progressive network."""

    level: Index
    alpha: Annotated[float, Ge(0), Le(1)]


class FolderConfig(TypedDict):
    """`config.json`.

    Attributes:
        library: "gan_lightning".
        version: of it, that wrote the folder.
        format: of the folder.
        generator: class and arguments of the network.
        stage: level and alpha of a progressive network; null for others.
        fast_layers: the network samples with the kernels of training.
        latent_dim: length of a latent.
        shape: of one sample.
        classes: number of classes; 0 for an unconditional generator.
        weights: averaged or raw weights.
        step: training step.
        sha256: of the checkpoint.
        standing: forward passes of standing statistics, already in the weights; 0 for those of training.
        standing_seed: of these passes.
        data: name of the training data.
    """

    library: str
    version: str
    format: Count
    generator: dict[str, Any]
    stage: Stage | None
    fast_layers: bool
    latent_dim: Count
    shape: list[Count]
    classes: Index
    weights: str
    step: Index
    sha256: str
    standing: Index
    standing_seed: Index
    data: str


def describe(
    trained: TrainedGenerator, shape: tuple[int, ...], *, standing: int = 0, standing_seed: int = 0
) -> FolderConfig:
    """The `config.json` of a trained generator."""
    generator = trained.generator
    stage = {"level": generator.level, "alpha": generator.alpha} if isinstance(generator, FixedStage) else None
    file = trained.run / RUN_CONFIG
    data = ((read_stored_config(file) if file.exists() else {}).get("data") or {}).get("_target_", "unknown")
    return {
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
        "sha256": trained.sha256,
        "standing": standing,
        "standing_seed": standing_seed if standing else 0,
        "data": part_name(data),
    }


def claim_folder(folder: Path, config: FolderConfig) -> None:
    """Creates the folder with its `config.json`; a folder of the same generator takes more formats.

    Raises:
        UsageError: the folder has other files, or another generator; nothing is changed.
    """
    if (folder / CONFIG).is_file():
        existing = _read_config(folder / CONFIG)
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


def write_weights(network: nn.Module, folder: Path) -> Path:
    """Writes `model.safetensors`: parameters and buffers by their names, in their precision."""
    inner = network.network if isinstance(network, FixedStage) else network
    tensors = {name: value.detach().cpu().contiguous() for name, value in inner.state_dict().items()}
    write_bytes(folder / WEIGHTS, safetensors.torch.save(tensors, metadata={"format": "pt"}))
    return folder / WEIGHTS


def read_folder(folder: Path, device: torch.device | str = "cpu") -> TrainedGenerator:
    """Reads an exported folder.

    Raises:
        UsageError: files are missing or damaged, do not fit each other, or name a foreign class; the device can't be
            used.
    """
    where, file = relative_to_cwd(folder), folder / WEIGHTS
    if not (folder / CONFIG).is_file():
        raise UsageError(f"{where} holds no generator: it has neither config.yaml, as runs have, nor {CONFIG}")
    if not file.is_file():
        raise UsageError(f"{where} has no {WEIGHTS}: export it with format=safetensors")
    config = _read_config(folder / CONFIG)
    network = build_network(config["generator"], relative_to_cwd(folder / CONFIG))
    try:
        weights = safetensors.torch.load_file(file)
    except Exception as error:  # SafetensorError, or of the operating system
        raise UsageError(f"{relative_to_cwd(file)} is damaged: {first_line(error)}") from error
    written = {"gan_lightning": {"version": config["version"]}, "state_dict": weights}
    expected = network.state_dict()
    check_compatible(written, expected)
    for name, value in weights.items():
        if value.is_floating_point() != expected[name].is_floating_point():
            raise UsageError(f"{relative_to_cwd(file)}: {name} is of type {value.dtype}, not {expected[name].dtype}")
    if expected.keys() != {name for name, _ in (*network.named_parameters(), *network.named_buffers())}:
        # Some tensors are not saved: they are computed when the network is built, whose size is known by now.
        network = build_network(config["generator"], relative_to_cwd(folder / CONFIG), shapes_only=False)
    network.load_state_dict(weights, assign=True)
    if config["fast_layers"]:
        use_fast_layers(network)
    latent_dim = latent_dim_of(network, config["latent_dim"])
    if stage := config["stage"]:
        if not 0 <= stage["level"] <= getattr(network, "last_level", -1):
            raise UsageError(f"{relative_to_cwd(folder / CONFIG)}: stage={stage} is not one of this network")
        network = FixedStage(network, stage["level"], stage["alpha"])
    return TrainedGenerator(
        generator=to_device(network, device).eval().requires_grad_(False),
        latent_dim=latent_dim,
        step=config["step"],
        averaged=config["weights"] == "averaged weights",
        checkpoint=file,
        run=folder,
        config={
            "model": {"generator": config["generator"]},
            "objective": {"fast_layers": config["fast_layers"]},
            "data": None,
        },
    )


def _read_config(file: Path) -> FolderConfig:
    where = relative_to_cwd(file)
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{where} can't be read: {first_line(error)}") from error
    if not isinstance(config, Mapping) or config.get("library") != "gan_lightning":
        raise UsageError(f"{where} is not the config of an exported generator of gan_lightning")
    if isinstance(config.get("format"), int) and config["format"] > FORMAT:
        raise UsageError(
            f"{where} was written by gan_lightning {config.get('version')} in format {config['format']}, this is "
            f"{__version__} and reads up to {FORMAT}: install that version"
        )
    _check_entries(config, FolderConfig, where)
    if config["stage"] is not None:
        _check_entries(config["stage"], Stage, f"{where}: stage")
    return config  # type: ignore[return-value]


def _check_entries(given: Any, expected: type, where: str) -> None:
    for key, annotation in get_type_hints(expected, include_extras=True).items():
        if not isinstance(given, Mapping) or key not in given:
            raise UsageError(f"{where} is not of an exported generator: it has no {key}")
        plain = dict[str, Any] if key == "generator" else Any if key == "stage" else annotation
        if (reason := violation(given[key], plain)) is not None:
            raise UsageError(f"{where} is not of an exported generator: {key}={given[key]} {reason}")
