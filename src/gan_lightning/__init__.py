"""Generative adversarial networks you can trust and look at."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_lightning.version import __version__ as __version__

if TYPE_CHECKING:
    from gan_lightning.core.errors import UsageError as UsageError
    from gan_lightning.data.tensor_data import TensorData as TensorData
    from gan_lightning.distributed.flat_ddp import FlatDDP as FlatDDP
    from gan_lightning.export.generator import LoadedGenerator as LoadedGenerator
    from gan_lightning.export.load import load as load
    from gan_lightning.notebook import play as play
    from gan_lightning.objective.gan import GAN as GAN
    from gan_lightning.objective.progan import ProGAN as ProGAN
    from gan_lightning.objective.semi_supervised import SemiSupervised as SemiSupervised
    from gan_lightning.objective.wgan import WGAN as WGAN
    from gan_lightning.objective.wgan_gp import WGANGP as WGANGP

# Imported on first use: the commands answer `--help` without loading torch.
_HOMES = {
    "FlatDDP": "gan_lightning.distributed.flat_ddp",
    "GAN": "gan_lightning.objective.gan",
    "LoadedGenerator": "gan_lightning.export.generator",
    "ProGAN": "gan_lightning.objective.progan",
    "UsageError": "gan_lightning.core.errors",
    "SemiSupervised": "gan_lightning.objective.semi_supervised",
    "TensorData": "gan_lightning.data.tensor_data",
    "WGAN": "gan_lightning.objective.wgan",
    "WGANGP": "gan_lightning.objective.wgan_gp",
    "load": "gan_lightning.export.load",
    "play": "gan_lightning.notebook",
}
__all__ = list(_HOMES)


if not (_here := Path(__file__).parent / "conf").is_dir():  # in a checkout conf/ lies beside src/
    __path__.append(str(_here.parents[2]))  # so that Hydra finds it as pkg://gan_lightning.conf there, too


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
