"""Composing a config from Python, as a command line does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from gan_lightning.config.explain import explain_hydra_error
from gan_lightning.config.renamed import check_renamed
from gan_lightning.config.search_path import SearchPath
from gan_lightning.config.validate import CONFIG_DIR


def compose_config(name: str, overrides: Sequence[str]) -> DictConfig:
    """Composes conf/NAME.yaml with overrides; also inside a command, whose own config directory is then used.

    Raises:
        UsageError: the overrides name something that does not exist.
    """
    check_renamed(list(overrides))
    started = GlobalHydra.instance().is_initialized()
    with nullcontext() if started else initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        try:
            return compose(name, list(overrides))
        except Exception as error:
            raise explain_hydra_error(error, overrides, SearchPath.of([f"--config-name={name}", *overrides])) from None
