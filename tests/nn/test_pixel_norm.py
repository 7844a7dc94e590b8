"""Pixelwise feature normalization."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.nn.pixel_norm import PixelNorm


def test_by_hand() -> None:
    # √((9 + 16)/2) = 5/√2
    expected = torch.tensor([[3.0, -4.0]]) * 2**0.5 / 5
    torch.testing.assert_close(PixelNorm()(torch.tensor([[3.0, -4.0]])), expected)
    assert PixelNorm()(torch.tensor([[1e-4]])).item() == pytest.approx(0.5**0.5)  # as large as the epsilon
    assert not PixelNorm()(torch.zeros(1, 3)).any()


@given(st.integers(1, 40), st.floats(0.1, 1e4))
def test_unit_mean_square_over_channels_at_each_pixel(channels: int, size: float) -> None:
    x = size * torch.rand(2, channels, 3, 5).add(0.1)
    y = PixelNorm()(x)
    torch.testing.assert_close(y.square().mean(1), torch.ones(2, 3, 5), rtol=1e-4, atol=0)
    torch.testing.assert_close(y * x.square().mean(1, keepdim=True).sqrt(), x, rtol=1e-4, atol=0)
    torch.testing.assert_close(PixelNorm()(x[:, :, 0, 0]), y[:, :, 0, 0])  # a latent is a pixel
