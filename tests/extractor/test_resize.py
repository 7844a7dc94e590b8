from __future__ import annotations

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.extractor.resize import check_images, convert_channels, resize_square


def test_luma_by_hand() -> None:
    pixel = torch.tensor([100.0, 200.0, 50.0]).view(1, 3, 1, 1)
    assert convert_channels(pixel, 1).item() == pytest.approx(0.299 * 100 + 0.587 * 200 + 0.114 * 50)
    grey = torch.full((1, 1, 2, 2), 7.0)
    assert torch.equal(convert_channels(convert_channels(grey, 3), 1), grey)


def test_flat_images_stay_flat_and_levels_in_range() -> None:
    assert resize_square(torch.full((1, 1, 7, 9), 200.0), 28).sub(200).abs().max() < 1e-3
    edge = torch.zeros(1, 1, 8, 8)
    edge[..., 4:] = 255
    larger = resize_square(edge, 31)  # bicubic overshoots at an edge
    assert larger.min() == 0
    assert larger.max() == 255


def test_shrinking_averages_instead_of_picking() -> None:
    board = (torch.arange(32)[:, None] + torch.arange(32)).remainder(2).mul(255.0).view(1, 1, 32, 32)
    assert resize_square(board, 8)[..., 2:-2, 2:-2].sub(127.5).abs().max() < 2


def test_refuses_other_images() -> None:
    with pytest.raises(UsageError, match=r"images of shape \[2, 4, 8, 8\]: give \[N, 1, H, W\]"):
        check_images(torch.zeros(2, 4, 8, 8, dtype=torch.uint8))
    with pytest.raises(UsageError, match=r"torch.float32: give uint8 as stored, fakes through quantize"):
        check_images(torch.zeros(2, 1, 8, 8))
