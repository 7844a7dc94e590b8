"""Training data that nothing can be learned from is told at the start."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.data.variation import CHUNK, missing_variation

NOISE = torch.randint(0, 256, (600, 1, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (torch.zeros(600, 1, 4, 4, dtype=torch.uint8), "all values of the 600 training samples are 0 (black)"),
        (torch.full((600, 1, 4, 4), 255, dtype=torch.uint8), "are 255 (white)"),
        (torch.full((600, 2), 0.5), "all values of the 600 training samples are 0.5: there is nothing to learn"),
        (NOISE[:1].expand(600, -1, -1, -1), "all 600 training samples are the same"),
        (torch.tensor([[1.0, 2.0]]).expand(600, -1), "all 600 training samples are the same"),
        (NOISE // 16, "the 600 training images have levels from 0 to 15 of 0 to 255: nearly black"),
        (NOISE // 16 + 240, "levels from 240 to 255 of 0 to 255: nearly white"),
        (NOISE // 16 + 100, "nearly of one shade"),
        (NOISE // 16 / 127.5 - 1, "the 600 training images have levels from 0 to 15 of 0 to 255: nearly black"),
        (torch.full((600, 1, 4, 4), -1.0), "all values of the 600 training samples are -1 (black)"),
    ],
)
def test_what_is_missing_is_named(rows: torch.Tensor, told: str) -> None:
    assert told in str(missing_variation(SampleTable(rows)))


@pytest.mark.parametrize(
    "rows", [NOISE, NOISE // 15, NOISE / 127.5 - 1, torch.randn(600, 2), torch.randn(600, 2) * 1e-6]
)
def test_all_else_passes(rows: torch.Tensor) -> None:
    assert missing_variation(SampleTable(rows)) is None


def test_variation_at_the_end_counts_and_is_not_searched_for_further() -> None:
    rows = torch.zeros(600, 1, 4, 4, dtype=torch.uint8)
    rows[-1] = 255
    assert missing_variation(SampleTable(rows)) is None

    class Watched:
        read = 0

        def __len__(self) -> int:
            return len(NOISE)

        def __getitem__(self, index: torch.Tensor) -> torch.Tensor:
            self.read += len(index)
            return NOISE[index]

    watched = Watched()
    assert missing_variation(SampleTable(watched)) is None
    assert watched.read <= CHUNK + 1


def test_a_data_module_tells_it_once() -> None:
    data = TensorData(np.zeros((10, 4, 4), np.uint8))
    with pytest.warns(UserWarning, match=r"^TensorData: all values of the 9 training samples are 0 \(black\)"):
        data.setup()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data.setup()
