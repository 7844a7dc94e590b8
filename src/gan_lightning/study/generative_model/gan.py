"""The default GAN, as a model of binary images."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.objective.base import AdversarialModule
from gan_lightning.study.generative_model.base import GenerativeModel
from gan_lightning.study.tool.recipe import compose_train_config, train_one


class DefaultGAN(GenerativeModel):
    """The run without arguments, without classes, on the same digits in grey; its samples are cut at the middle.

    It has no log p(x), and infers nothing from images.

    Args:
        size: height and width.
    """

    trained: AdversarialModule

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def fit(self, images: Tensor, *, steps: int, batch: int, seed: int) -> None:
        """See `GenerativeModel.fit`; the digits are those of its own data set."""
        given = (f"data.size={self.size}", "condition=none", f"data.batch_size={batch}", f"trainer.max_steps={steps}")
        self.trained = train_one(compose_train_config(*given), seed)

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """See `GenerativeModel.sample`."""
        latent = torch.randn(n, self.trained.latent_dim, generator=rng)
        return (self.trained.sample(latent) > 0).float()

    def passes(self) -> int:
        """See `GenerativeModel.passes`."""
        return 1
