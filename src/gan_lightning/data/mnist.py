"""MNIST: 60,000 handwritten digits to train on, 10,000 held out."""

from __future__ import annotations

from gan_lightning.data.base_idx import IdxImages
from gan_lightning.data.io.idx_files import IdxFiles


class Mnist(IdxImages):
    """The whole of MNIST (LeCun et al. 1998), read from its idx files; arguments as for `IdxImages`."""

    files = IdxFiles(
        name="MNIST",
        remedy="python -c \"from torchvision.datasets import MNIST; MNIST('data', download=True)\"",
    )
