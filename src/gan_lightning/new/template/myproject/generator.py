"""A generator: latents in, images out."""

from __future__ import annotations

from torch import Tensor, nn


class Generator(nn.Module):
    """Two upsampling convolutions.

    Args:
        shape: (channels, height, width) of an image; height and width are multiples of 4.
        latent_dim: length of a latent vector. gan_lightning reads this attribute.
        width: channels of the middle layer.
    """

    def __init__(self, *, shape: tuple[int, int, int], latent_dim: int = 32, width: int = 32) -> None:
        super().__init__()
        channels, height, width_in_pixels = shape
        self.latent_dim = latent_dim
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, 2 * width * (height // 4) * (width_in_pixels // 4)),
            nn.Unflatten(1, (2 * width, height // 4, width_in_pixels // 4)),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * width, width, kernel_size=4, stride=2, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.ConvTranspose2d(width, channels, kernel_size=4, stride=2, padding=1),
            nn.Tanh(),  # images are in [-1, 1]
        )

    def forward(self, latent: Tensor) -> Tensor:
        """[batch, latent_dim] → [batch, *shape]."""
        images: Tensor = self.layers(latent)
        return images
