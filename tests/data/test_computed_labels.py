"""Data sets with labels that are computed from their images."""

from __future__ import annotations

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.computed_labels import ComputedLabels, ComputedRows
from gan_lightning.data.label_functions import edges
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.ring8 import Ring8
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.tensor_data import TensorData

IMAGES = torch.randint(256, (40, 3, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


def test_numbers_and_images_of_digits() -> None:
    numbers = ComputedLabels(of=Mnist5k(), label="thickness")
    numbers.setup()
    assert isinstance(numbers.train, SampleTable)
    assert (numbers.shape, numbers.label_shape, numbers.classes) == ((1, 28, 28), (1,), 0)
    assert numbers.train.labels is not None
    assert (len(numbers.train), len(numbers.train.labels), len(numbers.held_out)) == (4500, 4500, 500)


def test_flips_act_on_both() -> None:
    data = ComputedLabels(of=TensorData(IMAGES, flip=True), label="edges")
    data.setup()
    for index in range(4):
        real, label = data.train.batch(0, index, 8), data.train.labels_of(0, index, 8)
        assert label is not None
        assert torch.equal(edges(real), label)
    assert data.label_shape == (1, 8, 8)


def test_labels_of_rows_on_disk_are_computed_on_access() -> None:
    rows = ComputedRows(IMAGES, edges)
    index = torch.tensor([3, 1])
    assert torch.equal(rows[index], edges(IMAGES[index]))
    assert len(rows) == 40
    deep = ComputedRows(IMAGES.float() / 127.5 - 1, edges)
    assert torch.equal(deep[index], edges(IMAGES[index]))


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"^labels are computed from images, and data.of holds points"):
        ComputedLabels(of=Ring8())
    with pytest.raises(UsageError, match=r"data.of has 4 channels"):
        ComputedLabels(of=TensorData(torch.zeros(8, 4, 8, 8, dtype=torch.uint8)))
    with pytest.raises(UsageError, match=r"^data.label_shape=\[3\], but these data are \[1\]"):
        ComputedLabels(of=Mnist5k(), label="slant", label_shape=(3,))
    with pytest.raises(UsageError, match=r"data.of mirrors its images, and their slant with them: leave its flip out"):
        ComputedLabels(of=TensorData(IMAGES, flip=True), label="slant").load()
