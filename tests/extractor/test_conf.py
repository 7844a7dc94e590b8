from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from gan_lightning.config.validate import CONFIG_DIR, import_target

FILES = sorted((CONFIG_DIR / "extractor").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_files_give_the_defaults_of_the_signature(path: Path) -> None:
    config = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(config, dict)
    target = import_target("extractor", config.pop("_target_"))
    assert target.__module__ == f"gan_lightning.extractor.{path.stem}"
    parameters = inspect.signature(target).parameters
    defaults = {name: "???" if p.default is p.empty else p.default for name, p in parameters.items()}
    assert config == defaults


def test_every_extractor_has_its_file() -> None:
    package = importlib.import_module("gan_lightning.extractor")
    named = {e.__module__.rpartition(".")[2] for e in vars(package).values() if inspect.isclass(e)}
    assert named - {"base"} == {p.stem for p in FILES}
