"""Fashion-MNIST: 60,000 images of clothes to train on, 10,000 held out."""

from __future__ import annotations

from gan_lightning.data.base_idx import IdxImages
from gan_lightning.data.io.idx_files import IdxFiles


class FashionMnist(IdxImages):
    """Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747), read from its idx files; arguments as for `IdxImages`."""

    files = IdxFiles(
        name="FashionMNIST",
        remedy="apt install dataset-fashion-mnist",
        installed=("/usr/share/datasets/fashion-mnist",),
    )
