"""A trained generator, in whichever way it was loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

import torch
from omegaconf import OmegaConf
from torch import nn

from gan_lightning.config.part import Data, MetricPart, Network
from gan_lightning.config.stored import load_stored_config
from gan_lightning.config.validate import instantiate, resolve_and_validate
from gan_lightning.core.digest import sha256
from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.validation import Count
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.run.directory import CONFIG


@dataclass(frozen=True)
class TrainedGenerator:
    """A generator with the weights of a checkpoint.

    Attributes:
        generator: in eval mode, frozen, in the precision of training; a progressive one at its last stage.
        latent_dim: length of its latents.
        step: training step of the checkpoint.
        averaged: True for the averaged weights.
        checkpoint: the file.
        run: the run directory.
        bands: the data's channels that pictures show; None: see `plot.colours.to_rgb`.
        bits: of the values of image files, as the data's were.
        class_names: of the data's classes in the order of their numbers; None where they have none.
        address: of the Hub or the zoo, where it is from there; its folder is not to be written to.
        config: the run's `model.generator`, `objective.latent_dim` and `objective.fast_layers`, validated.
    """

    generator: nn.Module
    latent_dim: int
    step: int
    averaged: bool
    checkpoint: Path
    run: Path
    config: dict[str, Any]
    bands: tuple[int, ...] | None = None
    bits: int = 8
    class_names: tuple[str, ...] | None = None
    address: str | None = None

    def part(self, name: Literal["data", "metric"]) -> dict[str, Any] | None:
        """The config of another part of the run, validated; None if the run has none, or it is an exported folder.

        Raises:
            UsageError: it names what must not be built, or can't be built here.
        """
        return load_config(self.run / CONFIG, name).get(name) if (self.run / CONFIG).is_file() else None

    def data(self, needed_by: str) -> AdversarialDataModule:
        """The run's data, after `setup`.

        Args:
            needed_by: what needs them, for the error message.

        Raises:
            UsageError: nothing says what they are, or they can't be read here.
        """
        if (node := self.part("data")) is None:
            where = self.address or relative_to_cwd(self.run)
            raise UsageError(f"{where} does not say what it was trained on: {needed_by} needs that")
        data: AdversarialDataModule = instantiate(node)
        data.setup("fit")
        return data

    def folder(self, name: str) -> Path:
        """Folder of things that are made of it, where none was typed: in the run, or else in the working directory."""
        return self.run / name if self.address is None else Path(f"{self.title}_{name}")

    @property
    def title(self) -> str:
        """Name of the run's directory; or of the model, for one of the Hub or the zoo."""
        return self.run.resolve().name if self.address is None else re.split("[:/]", self.address.partition("@")[0])[-1]

    @property
    def name(self) -> str:
        """The address, or else the file, as messages say it."""
        return self.address or relative_to_cwd(self.checkpoint)

    @property
    def sha256(self) -> str:
        """SHA-256 of the checkpoint file, in hexadecimal."""
        return sha256(self.checkpoint)


class _GeneratorKeys(TypedDict):
    generator: Network


class _ObjectiveKeys(TypedDict, total=False):
    latent_dim: Count | None
    fast_layers: bool


def _validated_keys(
    *,
    model: _GeneratorKeys | None = None,
    objective: _ObjectiveKeys | None = None,
    data: Data | None = None,
    metric: MetricPart | None = None,
    version: str | None = None,
) -> None:
    """Signature for the part of a run's config that is read."""


def load_config(file: Path, *keys: str) -> dict[str, Any]:
    """Keys of a run's config, validated; parts may be built.

    Raises:
        UsageError: it names what must not be built, or can't be built here.
    """
    return resolve_and_validate(OmegaConf.create(load_stored_config(file, (*keys, "version"))), _validated_keys)


def to_device(generator: nn.Module, device: torch.device | str) -> nn.Module:
    """The generator on the device.

    Raises:
        UsageError: there is no such device.
    """
    try:
        return generator.to(device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise UsageError(f"device={device} can't be used here: {first_line(error)}") from error
