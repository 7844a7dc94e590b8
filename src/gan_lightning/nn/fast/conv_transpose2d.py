"""Transposed convolution with image outputs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.nn.fast.conv2d import conv_transpose_by_fold, has_few_channels


class ConvTranspose2d(nn.ConvTranspose2d):
    """`torch.nn.ConvTranspose2d`, faster on CPUs for image outputs (see `conv_transpose_by_fold`).

    Uses torch's layer when compiled, on other devices, and with an unusual geometry.
    """

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """[B, C, H, W] → [B, channels, size, size]."""
        unusual = self.groups != 1 or output_size is not None or input.dim() != 4
        if unusual or input.device.type != "cpu" or not has_few_channels(self.weight) or torch.compiler.is_compiling():
            y: Tensor = super().forward(input, output_size)
            return y
        assert not isinstance(self.padding, str)  # torch has no string padding here
        size = [
            (length - 1) * stride - 2 * padding + dilation * (kernel - 1) + more + 1
            for length, stride, padding, dilation, kernel, more in zip(
                input.shape[2:],
                self.stride,
                self.padding,
                self.dilation,
                self.kernel_size,
                self.output_padding,
                strict=True,
            )
        ]
        y = conv_transpose_by_fold(input, self.weight, size, self.stride, self.padding, self.dilation)
        return y if self.bias is None else y + self.bias.view(-1, 1, 1)
