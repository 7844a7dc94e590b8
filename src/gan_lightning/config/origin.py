"""The origin of a config's keys, in a program that Hydra started: the command line, or files in which directories."""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig

from gan_lightning.config.typed_overrides import typed_overrides


def comes_from_a_file(key: str) -> bool:
    """True if a dotted key, and those it lies in, are not typed."""
    if not HydraConfig.initialized():
        return False
    typed = [override.lstrip("+").partition("=")[0] for override in typed_overrides()]
    return not any(key == one or key.startswith(f"{one}.") for one in typed)


def own_groups(config_dir: Path) -> set[str]:
    """The groups in directories of the person's own; `config_dir` is the package's."""
    sources = HydraConfig.get().runtime.config_sources if HydraConfig.initialized() else []
    own = [Path(one.path) for one in sources if one.schema == "file" and Path(one.path) != config_dir]
    return {path.name for place in own if place.is_dir() for path in place.iterdir() if path.is_dir()}
