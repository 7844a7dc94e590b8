"""Configs that Hydra composes; a package, so that it finds them as pkg://gan_lightning.conf."""
