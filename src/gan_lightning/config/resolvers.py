"""The resolvers that configs may use, such as ${steps_of_growth:...}."""

from __future__ import annotations

from omegaconf import OmegaConf

from gan_lightning.config.part_groups import part_groups
from gan_lightning.data.io.array_labels import array_classes, array_label_shape
from gan_lightning.data.io.computed_label import computed_label_shape
from gan_lightning.data.io.declared_shape import image_shape
from gan_lightning.data.io.image_labels import image_label_shape, label_classes
from gan_lightning.data.io.npy import array_shape
from gan_lightning.objective.growth import num_steps_of
from gan_lightning.version import __version__


def register_resolvers() -> None:
    """Registers them with OmegaConf; may be called again."""
    OmegaConf.register_new_resolver("array_classes", array_classes, replace=True)
    OmegaConf.register_new_resolver("array_label_shape", array_label_shape, replace=True)
    OmegaConf.register_new_resolver("array_shape", array_shape, replace=True)
    OmegaConf.register_new_resolver("last_of", lambda numbers: numbers[-1], replace=True)
    OmegaConf.register_new_resolver("part_groups", part_groups, replace=True)
    OmegaConf.register_new_resolver("computed_label_shape", computed_label_shape, replace=True)
    OmegaConf.register_new_resolver("image_label_shape", image_label_shape, replace=True)
    OmegaConf.register_new_resolver("image_shape", image_shape, replace=True)
    OmegaConf.register_new_resolver("label_classes", label_classes, replace=True)
    OmegaConf.register_new_resolver("shorter_side", lambda shape: min(shape[-2:]), replace=True)
    OmegaConf.register_new_resolver("steps_of_growth", num_steps_of, replace=True)
    OmegaConf.register_new_resolver("version", lambda: __version__, replace=True)
