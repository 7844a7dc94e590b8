"""Augmentations of the critic's inputs, one a file."""

from gan_lightning.augment.base import Augment
from gan_lightning.augment.diff_augment import DiffAugment
from gan_lightning.augment.instance_noise import InstanceNoise

__all__ = ["Augment", "DiffAugment", "InstanceNoise"]
