"""Generative adversarial networks you can trust and look at."""

from __future__ import annotations

import importlib
import sys
from importlib.util import module_from_spec, spec_from_file_location
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
    from gan_lightning.objective.aae import AAE as AAE
    from gan_lightning.objective.ali import ALI as ALI
    from gan_lightning.objective.began import BEGAN as BEGAN
    from gan_lightning.objective.cyclegan import CycleGAN as CycleGAN
    from gan_lightning.objective.ebgan import EBGAN as EBGAN
    from gan_lightning.objective.egan import EGAN as EGAN
    from gan_lightning.objective.gan import GAN as GAN
    from gan_lightning.objective.infogan import InfoGAN as InfoGAN
    from gan_lightning.objective.magan import MAGAN as MAGAN
    from gan_lightning.objective.progan import ProGAN as ProGAN
    from gan_lightning.objective.semi_supervised import SemiSupervised as SemiSupervised
    from gan_lightning.objective.sgan import SGAN as SGAN
    from gan_lightning.objective.vae_gan import VAEGAN as VAEGAN
    from gan_lightning.objective.wgan import WGAN as WGAN
    from gan_lightning.objective.wgan_gp import WGANGP as WGANGP

# Imported on first use: the commands answer `--help` without loading torch.
_HOMES = {
    "AAE": "gan_lightning.objective.aae",
    "ALI": "gan_lightning.objective.ali",
    "BEGAN": "gan_lightning.objective.began",
    "CycleGAN": "gan_lightning.objective.cyclegan",
    "EBGAN": "gan_lightning.objective.ebgan",
    "EGAN": "gan_lightning.objective.egan",
    "FlatDDP": "gan_lightning.distributed.flat_ddp",
    "GAN": "gan_lightning.objective.gan",
    "InfoGAN": "gan_lightning.objective.infogan",
    "LoadedGenerator": "gan_lightning.export.generator",
    "MAGAN": "gan_lightning.objective.magan",
    "ProGAN": "gan_lightning.objective.progan",
    "UsageError": "gan_lightning.core.errors",
    "SemiSupervised": "gan_lightning.objective.semi_supervised",
    "SGAN": "gan_lightning.objective.sgan",
    "TensorData": "gan_lightning.data.tensor_data",
    "VAEGAN": "gan_lightning.objective.vae_gan",
    "WGAN": "gan_lightning.objective.wgan",
    "WGANGP": "gan_lightning.objective.wgan_gp",
    "load": "gan_lightning.export.load",
    "play": "gan_lightning.notebook",
}
__all__ = list(_HOMES)


def _find_conf() -> None:
    """Makes conf/, which lies beside src/ in a checkout, the package gan_lightning.conf that it is in a wheel.

    Hydra finds it as pkg://gan_lightning.conf. Nothing else beside src/ becomes a part of this package.
    """
    conf = Path(__file__).parents[2] / "conf"
    if not Path(__file__).with_name("conf").is_dir() and conf.is_dir():
        spec = spec_from_file_location(
            "gan_lightning.conf", conf / "__init__.py", submodule_search_locations=[str(conf)]
        )
        assert spec is not None
        sys.modules.setdefault(spec.name, module_from_spec(spec))


_find_conf()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
