"""MNIST: 60,000 handwritten digits to train on, 10,000 held out."""

from __future__ import annotations

from gan_lightning.data.idx_files import IdxFiles
from gan_lightning.data.idx_images import IdxImages


class Mnist(IdxImages):
    """The whole of MNIST (LeCun et al. 1998), read from its idx files; arguments as for `IdxImages`."""

    files = IdxFiles(
        name="MNIST",
        remedy="python -c \"from torchvision.datasets import MNIST; MNIST('data', download=True)\"",
    )
