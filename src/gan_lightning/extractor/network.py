"""A network in the extractor's frame: frozen, in evaluation mode, in full precision, one batch at a time."""

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

    The last batch is filled up to the size of the others. Kernels are chosen by the batch's size, and sums rounded by
    the kernel: an image's features are then the same bits whichever images it is scored with, so that processes that
    share the images get the score of one.

    Args:
        network: takes images, returns features [n, d] and logits [n, K] or None.
        name: see `Extractor`.
        weights: see `Extractor`.
        resize: see `Extractor`.
        features: see `Extractor`.
        batch_size: images at a time.
    """

    def __init__(
        self, network: nn.Module, *, name: str, weights: str, resize: str, features: int, batch_size: int
    ) -> None:
        # Channels last is up to half again as fast on a CPU, and what a GPU's kernels want.
        self.network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.name, self.weights, self.resize, self.features = name, weights, resize, features
        self.batch_size, self.device = batch_size, torch.device("cpu")

    def to(self, device: torch.device | str) -> Self:
        """See `Extractor.to`."""
        self.device = torch.device(device)
        self.network.to(self.device)
        return self

    def score_name(self, kind: str) -> str:
        """See `Extractor.score`."""
        return f"{kind}/{self.name}"

    def __call__(self, images: Tensor) -> Features:
        """See `Extractor.__call__`."""
        check_images(images)
        with torch.no_grad(), torch.autocast(self.device.type, enabled=False), _full_precision(self.device):
            # of no images a batch of filling, to give no rows of the right width
            parts = [self._batch(images[span]) for span in chunks(max(len(images), 1), self.batch_size)]
        probabilities = [part.probabilities for part in parts if part.probabilities is not None]
        return Features(
            torch.cat([part.features for part in parts]), torch.cat(probabilities) if probabilities else None
        )

    def _batch(self, images: Tensor) -> Features:
        given = len(images)
        filled = images.new_zeros(self.batch_size, *images.shape[1:], device=self.device)
        filled[:given] = images
        features, logits = self.network(filled.float())
        return Features(features[:given], None if logits is None else logits[:given].softmax(1))


@contextmanager
def _full_precision(device: torch.device) -> Iterator[None]:
    """Convolutions and products on a GPU without TF32, which keeps ten bits, and by kernels that repeat."""
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
