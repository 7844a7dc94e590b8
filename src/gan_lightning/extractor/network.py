"""Base class of extractors: a frozen network in evaluation mode and full precision, in batches of one size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from typing_extensions import Self

from gan_lightning.core.chunks import chunks
from gan_lightning.data.pixels import check_images
from gan_lightning.extractor.base import Features


class NetworkExtractor:
    """An `Extractor` around a network that maps float images [n, C, H, W] in 0…255 to features and logits.

    The last batch is padded to the size of the others. Kernels depend on the batch size, and rounding on the kernel: in
    batches of one size an image's features are the same bits whatever the other images, on any number of processes.

    Args:
        network: images → features [n, d], and logits [n, K] or None.
        name: see `Extractor`.
        weights: see `Extractor`.
        resize: see `Extractor`.
        features: see `Extractor`.
        batch_size: images in one forward pass.
    """

    def __init__(
        self, network: nn.Module, *, name: str, weights: str, resize: str, features: int, batch_size: int
    ) -> None:
        # Channels last is up to half again as fast on a CPU, and the native layout of GPU kernels.
        self.network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.name, self.weights, self.resize, self.features = name, weights, resize, features
        self.batch_size, self.device = batch_size, torch.device("cpu")

    def to(self, device: torch.device | str) -> Self:
        """See `Extractor.to`."""
        self.device = torch.device(device)
        self.network.to(self.device)
        return self

    def score_name(self, kind: str) -> str:
        """See `Extractor.score_name`."""
        return f"{kind}/{self.name}"

    def __call__(self, images: Tensor) -> Features:
        """See `Extractor.__call__`."""
        check_images(images)
        with torch.no_grad(), torch.autocast(self.device.type, enabled=False), _full_precision(self.device):
            # for no images one batch of padding: no rows, of the right width
            parts = [self._batch(images[span]) for span in chunks(max(len(images), 1), self.batch_size)]
        probabilities = [part.probabilities for part in parts if part.probabilities is not None]
        return Features(
            torch.cat([part.features for part in parts]), torch.cat(probabilities) if probabilities else None
        )

    def differentiable(self, samples: Tensor) -> Tensor:
        """See `Extractor.differentiable`."""
        with torch.autocast(self.device.type, enabled=False), _full_precision(self.device):
            features: Tensor = self.network(((samples.to(self.device) + 1) * 127.5).float())[0]
        return features

    def _batch(self, images: Tensor) -> Features:
        given = len(images)
        filled = images.new_zeros(self.batch_size, *images.shape[1:], device=self.device)
        filled[:given] = images
        features, logits = self.network(filled.float())
        return Features(features[:given], None if logits is None else logits[:given].softmax(1))


@contextmanager
def _full_precision(device: torch.device) -> Iterator[None]:
    """On a GPU: no TF32, which has ten bits of precision, and deterministic kernels."""
    if device.type != "cuda":
        yield
        return
    product = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(product)
