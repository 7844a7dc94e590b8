"""Names, descriptions and sizes of the studies, available without importing torch."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf

from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.core.errors import UsageError, did_you_mean

SIZES = ("quick", "full")


def catalog() -> dict[str, str]:
    """Name → description of each study, the first line of its config file."""
    files = sorted((CONFIG_DIR / "study").glob("*.yaml"))
    return {file.stem: file.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ") for file in files}


def listing() -> str:
    """Names and descriptions, one study a line."""
    studies = catalog()
    width = max(map(len, studies))
    return "\n".join(f"  {name:<{width}}  {description}" for name, description in studies.items())


def _sized(quick: Any, full: Any, *, _root_: DictConfig) -> Any:
    size = _root_.get("size")
    if size not in SIZES:
        raise UsageError(f"size={size} is no size of a study: {did_you_mean(str(size), SIZES)}")
    return quick if size == "quick" else full


OmegaConf.register_new_resolver("studies", listing, replace=True)
OmegaConf.register_new_resolver("sized", _sized, replace=True)  # a value for each size, as ${sized:QUICK,FULL}
