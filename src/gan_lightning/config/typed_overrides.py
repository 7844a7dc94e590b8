"""The overrides of the command line, as Hydra keeps them."""

from __future__ import annotations

from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf


def typed_overrides(hydra: Any = None) -> list[str]:
    """The overrides as typed: an interpolation in one stays text.

    Args:
        hydra: Hydra's config; None: that of the job that runs.
    """
    task = (HydraConfig.get() if hydra is None else hydra).overrides.task
    typed: Any = OmegaConf.to_container(task, resolve=False)
    return [str(each) for each in typed]
