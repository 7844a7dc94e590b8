"""The recipes of the CIFAR-10 table: each builds networks that fit its images, and is what its row says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from benchmarks.recipe_cost import LAZY, recipes, stand_in
from benchmarks.train_all import composed
from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.data.stream import StepBatch
from gan_lightning.nn.labels import is_conditional

NAMES = recipes("cifar10")
UNSUPERVISED = {"ali", "began", "dcgan", "improved_gan", "egan_ent_vi", "dfm", "wgan_gp"}
SUPERVISED = {"steingan", "dcgan_labels", "improved_gan_labels", "ac_gan", "sgan_no_joint", "wgan_gp_labels", "sgan"}
PAGE = Path(__file__).parents[2] / "docs" / "experiments" / "cifar10.md"


def test_a_recipe_for_each_row_of_the_table() -> None:
    names = {name.rpartition("/")[2] for name in NAMES}
    assert names == UNSUPERVISED | SUPERVISED
    rows = re.findall(r"^\| `cifar10/(\w+)` \| [^|]* \| ([\d.]+(?: ± [.\d]+)?) \|", PAGE.read_text(), re.MULTILINE)
    assert {name for name, _ in rows} == names
    for name, score in rows:
        head = (CONFIG_DIR / "experiment" / "cifar10" / f"{name}.yaml").read_text().partition("defaults:")[0]
        assert f"Inception score {score}" in " ".join(head.replace("# ", " ").split()), name


@pytest.mark.training
@pytest.mark.parametrize("name", NAMES)
def test_networks_fit_the_images(name: str, tmp_path: Path) -> None:
    chosen = [f"experiment={name}", *LAZY]
    module, data = composed(*chosen, *stand_in(chosen, tmp_path))
    images = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    module.dry_run(images[:2])
    assert (data.shape, data.classes) == ((3, 32, 32), 10)
    supervised = name.rpartition("/")[2] in SUPERVISED
    told = is_conditional(module.generator) or module.draws_own_samples
    assert told == supervised
    assert StepBatch(images[None], 0, 4).real.shape[2:] == module.shape
