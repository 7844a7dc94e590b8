"""Runs as training leaves them, without the training."""

from __future__ import annotations

from pathlib import Path

import torch
from omegaconf import OmegaConf

from gan_lightning.config.validate import instantiate
from gan_lightning.run import checkpoint_format
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO
from tests.helper.command import checked

DIGITS = ("model=dcgan_small", "model.generator.width=4", "model.generator.latent_dim=6")
RING = ("data=ring8", "model=mlp_small", "model.generator.width=8", "model.generator.latent_dim=3")


def make_run(directory: Path, *overrides: str, step: int = 7, seed: int = 0) -> Path:
    """A run directory with a config and a checkpoint, whose averaged weights differ from the raw ones.

    Without classes, unless the overrides say otherwise.
    """
    chosen = any(override.startswith("condition") for override in overrides)
    config = checked(*overrides, *(() if chosen else ("condition=none",)))
    torch.manual_seed(seed)
    networks = {player: instantiate(network) for player, network in config["model"].items()}
    module = instantiate(config["objective"], **networks)
    with torch.no_grad():
        for weight in module.ema.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    checkpoint = {"state_dict": module.state_dict(), "global_step": step}
    checkpoint_format.add_format_version(checkpoint)
    AtomicCheckpointIO().save_checkpoint(checkpoint, directory / "checkpoints" / "last.ckpt")
    OmegaConf.save(OmegaConf.create(config), directory / "config.yaml")
    return directory
