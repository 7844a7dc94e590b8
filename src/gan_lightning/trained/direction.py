"""The direction of a trained generator that translates between two domains of images."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.translation_direction import TranslationDirection
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.unpaired import OtherDirection
from gan_lightning.nn.two_domains import OneWay, TwoWayGenerator
from gan_lightning.plot.translation_plot import Translate
from gan_lightning.trained.generator import TrainedGenerator


def in_direction(trained: TrainedGenerator, direction: TranslationDirection) -> TrainedGenerator:
    """The generator that translates in this direction.

    Raises:
        UsageError: it translates in one direction only.
    """
    if direction == "a_to_b":
        return trained
    if not isinstance(trained.generator, TwoWayGenerator):
        raise UsageError(
            f"direction={direction}: the generator of {relative_to_cwd(trained.run)} has one direction: leave it out, "
            "or train one with objective=cyclegan model=cyclegan"
        )
    return replace(trained, generator=OneWay(trained.generator, direction))


def direction_of(trained: TrainedGenerator) -> TranslationDirection:
    """The direction in which it translates, as a generator."""
    return trained.generator.direction if isinstance(trained.generator, OneWay) else "a_to_b"


def data_in(direction: TranslationDirection, data: AdversarialDataModule) -> AdversarialDataModule:
    """The data of two domains, after `setup`, as a generator of this direction needs them."""
    if direction == "a_to_b":
        return data
    other = OtherDirection(data)
    other.setup("fit")
    return other


def both_ways(trained: TrainedGenerator) -> Translate | None:
    """A function of images and a direction, for a generator that translates both ways; None for others."""
    generator = trained.generator
    if not isinstance(generator, TwoWayGenerator):
        return None
    weight = next(generator.parameters())

    @torch.no_grad()
    def translate(images: Tensor, direction: TranslationDirection) -> Tensor:
        return generator.translate(images.to(weight), direction)

    return translate
