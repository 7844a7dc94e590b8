"""An exported folder: `config.json` says what the weights in `model.safetensors` are of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, get_type_hints

import safetensors.torch
import torch
from annotated_types import Ge, Le
from torch import Tensor

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.validation import Count, Index, violation
from gan_lightning.nn.fast.swap import use_fast_layers
from gan_lightning.nn.fixed_stage import FixedStage
from gan_lightning.objective.hyperparameters import latent_dim_of
from gan_lightning.run.checkpoint_format import check_compatible
from gan_lightning.trained.generator import TrainedGenerator, to_device
from gan_lightning.trained.network import build_network
from gan_lightning.version import __version__

CONFIG, WEIGHTS = "config.json", "model.safetensors"
FORMAT = 1  # incremented when older versions can't read new folders


class Stage(TypedDict):
    """Level and alpha of a progressive network."""

    level: Index
    alpha: Annotated[float, Ge(0), Le(1)]


class FolderData(TypedDict, total=False):
    """Facts of the training data, where they are not the usual ones.

    Attributes:
        bands: channels that pictures show.
        bits: of the values of image files, 16 in place of 8.
        class_names: in the order of the classes.
    """

    bands: list[Index]
    bits: Literal[8, 16]
    class_names: list[str]


class FolderConfig(FolderData):
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


def read_folder(folder: Path, device: torch.device | str = "cpu", *, address: str | None = None) -> TrainedGenerator:
    """Reads an exported folder.

    Args:
        folder: with `config.json` and `model.safetensors`.
        device: of the weights.
        address: of the Hub or the zoo, where the folder is from there.

    Raises:
        UsageError: files are missing or damaged, do not fit each other, or name a foreign class; the device can't be
            used.
    """
    file, config = folder / WEIGHTS, read_config(folder / CONFIG)
    network, weights = build_network(config["generator"], relative_to_cwd(folder / CONFIG)), read_weights(folder)
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
        bands=tuple(bands) if (bands := config.get("bands")) else None,
        bits=config.get("bits", 8),
        class_names=tuple(names) if (names := config.get("class_names")) else None,
        address=address,
    )


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The generator's parameters and buffers by name.

    Raises:
        UsageError: the file is missing or damaged.
    """
    file = folder / WEIGHTS
    if not file.is_file():
        raise UsageError(f"{relative_to_cwd(folder)} has no {WEIGHTS}: export it with format=safetensors")
    try:
        return safetensors.torch.load_file(file)
    except Exception as error:  # SafetensorError, or of the operating system
        raise UsageError(f"{relative_to_cwd(file)} is damaged: {first_line(error)}") from error


def read_config(file: Path) -> FolderConfig:
    """A folder's `config.json`.

    Raises:
        UsageError: it is damaged, or not of an exported generator.
    """
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


def _check_entries(given: Any, expected: Any, where: str) -> None:
    for key, annotation in get_type_hints(expected, include_extras=True).items():
        if not isinstance(given, Mapping) or (key not in given and key in expected.__required_keys__):
            raise UsageError(f"{where} is not of an exported generator: it has no {key}")
        if key not in given:
            continue
        plain = dict[str, Any] if key == "generator" else Any if key == "stage" else annotation
        if (reason := violation(given[key], plain)) is not None:
            raise UsageError(f"{where} is not of an exported generator: {key}={given[key]} {reason}")
