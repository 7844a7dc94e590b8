"""A critic that is an autoencoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.init import WEIGHTED

Distance = Literal["euclidean", "absolute"]


def euclidean(difference: Tensor) -> Tensor:
    """‖d‖₂ of each sample, [B, ...] → [B]."""
    norm: Tensor = torch.linalg.vector_norm(difference.flatten(1), dim=1)
    return norm


def absolute(difference: Tensor) -> Tensor:
    """The mean of |d| over the numbers of each sample, [B, ...] → [B]."""
    return difference.abs().flatten(1).mean(1)


DISTANCES: dict[Distance, Callable[[Tensor], Tensor]] = {"euclidean": euclidean, "absolute": absolute}


class Autoencoder(nn.Module):
    """The score of a sample is minus the distance to its reconstruction, -‖Dec(Enc(x)) - x‖.

    The distance is an energy: small on the data, large elsewhere (Zhao et al. 2017, arXiv:1609.03126; Berthelot et al.
    2017, arXiv:1703.10717).

    Args:
        encoder: samples [B, *shape] → codes [B, code].
        decoder: codes → samples.
        distance: "euclidean", or "absolute" for the mean absolute difference.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, distance: Distance = "euclidean") -> None:
        super().__init__()
        self.encoder, self.decoder, self.distance = encoder, decoder, DISTANCES[distance]

    @property
    def code_layer(self) -> str | None:
        """Name of the layer whose input is the code: the decoder's first that has weights."""
        layers = (name for name, layer in self.decoder.named_modules() if isinstance(layer, WEIGHTED))
        return next((f"decoder.{name}".rstrip(".") for name in layers), None)

    def reconstruct(self, x: Tensor) -> Tensor:
        """Dec(Enc(x)), [B, *shape]."""
        decoded: Tensor = self.decoder(self.encoder(x))
        return decoded

    def forward(self, x: Tensor) -> Tensor:
        """[B, *shape] → scores [B], none above 0."""
        return -self.distance(self.reconstruct(x) - x)


def check_autoencoder(critic: nn.Module, objective: str) -> None:
    """Checks that the critic is an autoencoder.

    Raises:
        UsageError: it is none; names those that are.
    """
    if not isinstance(critic, Autoencoder):
        kind = f"{type(critic).__module__.rpartition('.')[2]}.{type(critic).__name__}"
        raise UsageError(
            f"{objective}'s critic is an autoencoder, and {kind} is none: use model=dcgan_autoencoder for images, "
            "model=mlp_autoencoder for points, or in Python gan_lightning.nn.autoencoder.Autoencoder"
        )
