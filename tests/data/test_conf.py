"""The files under conf/data."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig, OmegaConf

from gan_lightning.config.resolvers import register_resolvers
from gan_lightning.data.base import AdversarialDataModule

CONF = Path(__file__).parents[2] / "conf"
SOURCE = Path(__file__).parents[2] / "src" / "gan_lightning" / "data"
FILES = sorted(path.stem for path in (CONF / "data").glob("*.yaml"))
SHAPES = {
    "ring8": (2,),
    "grid25": (2,),
    "swiss_roll": (2,),
    "mnist5k": (1, 28, 28),
    "mnist": (1, 28, 28),
    "fashion_mnist": (1, 28, 28),
    "cifar10": (3, 32, 32),
    "cifar100": (3, 32, 32),
    "stl10": (3, 96, 96),
    "svhn": (3, 32, 32),
    "emoji": (3, 64, 64),
    "stacked_mnist": (3, 28, 28),
    "huggingface": (3, 64, 64),
    "image_folder": (3, 64, 64),
    "array": (3, 6, 5),
    "computed_labels": (1, 28, 28),
    "paired_folder": (3, 256, 256),
    "unpaired_folders": (3, 256, 256),
    "computed_domain": (1, 28, 28),
}


NO_SIZE = ("array", "computed_labels", "computed_domain")


def composed(name: str, *overrides: str) -> DictConfig:
    register_resolvers()
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base=None):
        config = compose(overrides=[f"+data={name}", *overrides])
    part: DictConfig = config.data
    return part


@pytest.fixture
def needed(tmp_path: Path) -> dict[str, str]:
    """Overrides for what has no default."""
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 6, 5, 3), np.uint8), y=np.zeros((4, 2)))
    (tmp_path / "b").mkdir()
    return {
        "huggingface": "data.name=owner/name",
        "image_folder": f"data.root={tmp_path}",
        "array": f"data.path={tmp_path}/a.npz data.key=x",
        "paired_folder": f"data.root={tmp_path}",
        "unpaired_folders": f"data.root_a={tmp_path} data.root_b={tmp_path / 'b'}",
    }


def test_every_file_is_tested() -> None:
    assert sorted(SHAPES) == FILES


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_configures_the_module_of_its_name(name: str) -> None:
    assert (SOURCE / f"{name}.py").is_file()
    assert composed(name)._target_.rpartition(".")[0] == f"gan_lightning.data.{name}"


@pytest.mark.training
@pytest.mark.parametrize("name", SHAPES)
def test_the_shape_that_others_read_is_the_shape_of_the_data(name: str, needed: dict[str, str]) -> None:
    config = composed(name, *needed.get(name, "").split())
    data = instantiate(config, _convert_="all")
    assert isinstance(data, AdversarialDataModule)
    assert tuple(config.shape) == data.shape == SHAPES[name]


@pytest.mark.parametrize("name", [name for name, shape in SHAPES.items() if len(shape) == 3 and name not in NO_SIZE])
def test_the_size_is_all_one_types(name: str, needed: dict[str, str]) -> None:
    config = composed(name, "data.size=48", *needed.get(name, "").split())
    assert instantiate(config, _convert_="all").shape == tuple(config.shape) == (SHAPES[name][0], 48, 48)


def test_the_shape_of_an_array_follows_its_key(needed: dict[str, str]) -> None:
    path, _ = needed["array"].split()
    assert list(composed("array", path, "data.key=y").shape) == [2]


@pytest.mark.training
@pytest.mark.parametrize("name", SHAPES)
def test_files_list_every_argument_with_its_default(name: str) -> None:
    written = OmegaConf.to_container(composed(name))
    assert isinstance(written, dict)
    signature = inspect.signature(get_class(written.pop("_target_")))
    assert list(written) == list(signature.parameters)
    follows = {"shape", "label_shape", "of"}
    follows |= {k for k, v in written.items() if k == "classes" and str(v).startswith("${")}
    defaults = {
        k: [*p.default] if isinstance(p.default, tuple) else p.default
        for k, p in signature.parameters.items()
        if k not in follows
    }
    assert {k: v for k, v in written.items() if k not in follows} == defaults


@pytest.mark.process
def test_the_resolver_of_array_shapes_loads_no_torch() -> None:
    code = "import sys, gan_lightning.data.io.npy; sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(SOURCE.parents[1])}).returncode
        == 0
    )
