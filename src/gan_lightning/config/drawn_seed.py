"""A seed for runs that are given none (`seed=null`), recorded like one that was typed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from omegaconf import DictConfig

from gan_lightning.core.console import is_rank_zero, print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.environment import external_world_size
from gan_lightning.run.directory import CONFIG
from gan_lightning.run.stored_config import read_stored_config

_DRAWN = "GAN_LIGHTNING_SEED"  # environment variable: the seed that the first process drew, for its other ranks


def draw_missing_seed(config: DictConfig) -> None:
    """Puts a seed where a config has none: that of the run which goes on in its directory, else a new one.

    Args:
        config: as composed; changed in place.

    Raises:
        UsageError: processes that were started from outside would each draw their own.
    """
    if config.get("seed", 0) is not None:
        return
    if external_world_size() > 1:
        raise UsageError("seed=null draws a seed, and processes started from outside would draw different ones: type it")
    stored, rank_zero = Path(config.run_dir) / CONFIG, is_rank_zero()
    if stored.is_file():
        known = read_stored_config(stored).get("seed")
    else:
        known = None if rank_zero else os.environ.get(_DRAWN)
    config.seed = secrets.randbelow(2**32) if known is None else int(known)
    if rank_zero:
        os.environ[_DRAWN] = str(config.seed)
    print_rank_zero(f"seed={config.seed} was drawn")
