"""BigGAN generator and critic (discriminator)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, validate_arguments
from gan_lightning.model.resnet import INITS
from gan_lightning.nn.conditional_layer import ConditionalSequential, apply_conditional
from gan_lightning.nn.conditioning import LatentConditioning, condition_labels, output_head
from gan_lightning.nn.image_pyramid import ResolutionPyramid, check_widths, pyramid
from gan_lightning.nn.init import HeInit, orthogonal
from gan_lightning.nn.label_numbers import NumberEmbedding
from gan_lightning.nn.latent_prior import LatentPriorName
from gan_lightning.nn.norm import image_norm
from gan_lightning.nn.residual import (
    Residual,
    downsample_block,
    identity_size_block,
    image_downsample_block,
    upsample_block,
)
from gan_lightning.nn.self_attention import SelfAttention
from gan_lightning.nn.spectral import add_spectral_norm

# Channels, in multiples of the width, by how often the image is doubled: of the generator (first layer, then blocks)
# and of the critic's blocks. 5 to 7 doublings are the paper's 128, 256 and 512 px (appendix B), the others those of the
# first author's code.
SMALL = 4
WIDTHS = {
    4: ((16, 16, 8, 4, 2), (1, 2, 4, 8, 16)),
    5: ((16, 16, 8, 4, 2, 1), (1, 2, 4, 8, 16, 16)),
    6: ((16, 16, 8, 8, 4, 2, 1), (1, 2, 4, 8, 8, 16, 16)),
    7: ((16, 16, 8, 8, 4, 2, 1, 1), (1, 1, 2, 4, 8, 8, 16, 16)),
}
LATENT_CHUNK = 20  # dimensions of each of the latent's chunks
LARGE, ATTENTIVE = 128, 64  # px: images with attention by default, largest map that has it

NormName = Literal["batch", "layer", "instance"]
GeneratorConditioning = Literal["none", "norm"]
CriticConditioning = Literal["none", "projection"]


class Generator(nn.Module):
    """Latents and classes to images by residual blocks conditioned on both (Brock et al. 2019, arXiv:1809.11096).

    The latent is cut into chunks: the first is the input of the first layer, the others are conditions of one block
    each, beside a class embedding that all blocks share (figure 15). In an unconditional generator the chunk alone is
    the condition. The first layer is not conditioned on the class, as in the first author's code; the paper's tables
    differ. Biases that batch norm cancels are left out.

    Args:
        shape: (channels, height, width); the shorter side base·2^n with base 4 to 7 and 0 < n < 8 (28, 32, 64, 128,
            256, 512 …), the longer one a multiple of 2^n.
        latent_dim: dimensions of a latent, n+1 equal chunks; None: 20 each (120 at 128 px, as in the paper).
        latent_prior: distribution of a latent: "normal", "uniform" on (-1, 1), "truncated_normal" within ±2, or
            "discrete" for signs ±1.
        width: the paper's ch; features have up to 16 times as many channels, those of images below 64 px all 4 times.
        widths: explicit channels instead, n+1 of them: of the first layer, then of each block.
        attention: px of the shorter side of the map with self-attention; 0: none. None: as in the paper 64, or the
            largest below it, for images of 128 px or more, and none for smaller ones.
        norm: normalization before each ReLU.
        spectral_norm: divide each weight matrix by its largest singular value; not the embedding.
        init: "orthogonal" as in the paper, or "he" or "torch" (see `resnet`).
        condition: class conditioning: "none", or conditional "norm"s.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count | None = None,
        latent_prior: LatentPriorName = "normal",
        width: Count = 96,
        widths: Sequence[Count] | None = None,
        attention: Index | None = None,
        norm: NormName = "batch",
        spectral_norm: bool = True,
        init: HeInit = "orthogonal",
        condition: GeneratorConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        image = pyramid(shape, "biggan")
        derived = [width * factor for factor in _factors(image)[0]]
        widths = derived if widths is None else check_widths(widths, derived, "biggan.Generator")
        parts = image.levels + 1
        latent_dim = parts * LATENT_CHUNK if latent_dim is None else latent_dim
        if latent_dim % parts:
            raise UsageError(
                f"biggan.Generator: latent_dim={latent_dim} does not divide into {parts} chunks, one for the first "
                f"layer and for each of {image.levels} blocks: use latent_dim={-(-latent_dim // parts) * parts} or null"
            )
        self.part, self.latent_dim = latent_dim // parts, latent_dim
        self.entrance = LatentConditioning(
            condition, classes, latent_dim, norms=True, label_shape=label_shape, prior=latent_prior
        )
        self.classes, self.label_shape = self.entrance.classes, self.entrance.label_shape

        self.project = nn.Sequential(
            nn.Linear(self.part, widths[0] * image.area), nn.Unflatten(1, (widths[0], *image.base))
        )
        blocks = [
            upsample_block(inputs, outputs, norm, self.entrance.condition_dim + self.part)
            for inputs, outputs in pairwise(widths)
        ]
        where = _attention_block_index(attention, image, [image.side(k) for k in range(1, parts)], "biggan.Generator")
        self.blocks = nn.ModuleList(
            ConditionalSequential(block, SelfAttention(widths[k + 1])) if k == where else block
            for k, block in enumerate(blocks)
        )
        self.image = nn.Sequential(
            image_norm(norm, widths[-1]), nn.ReLU(), nn.Conv2d(widths[-1], image.channels, 3, padding=1), nn.Tanh()
        )
        _initialize(self, init, spectral_norm)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, latent_dim] and classes [B] → images [B, channels, height, width] in (-1, 1)."""
        latent, embedding = self.entrance(latent, label)
        first, *others = torch.split(latent, self.part, dim=1)
        x = self.project(first)
        for block, part in zip(self.blocks, others, strict=True):
            x = apply_conditional(block, x, part if embedding is None else torch.cat([embedding, part], dim=1))
        fake: Tensor = self.image(x)
        return fake


class Critic(nn.Module):
    """Images to scores by residual blocks, the last keeping the size; ReLU, a sum over the image, and a linear layer.

    Brock et al. 2019 (arXiv:1809.11096), appendix B. A projection on the class joins the score (Miyato & Koyama 2018).
    The first convolution of each block has as many filters as the second. Images below 64 px take blocks of equal
    width, of which the last two keep the size, as in the first author's code for CIFAR-10.

    Args:
        shape: (channels, height, width), as for the generator.
        width: the paper's ch.
        widths: explicit channels of the blocks instead.
        attention: as for the generator.
        spectral_norm: divide each weight matrix by its largest singular value, the projection's embedding included.
        init: "orthogonal" as in the paper, or "he" or "torch".
        condition: class conditioning: "none" or "projection".
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        width: Count = 96,
        widths: Sequence[Count] | None = None,
        attention: Index | None = None,
        spectral_norm: bool = True,
        init: HeInit = "orthogonal",
        condition: CriticConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        image = pyramid(shape, "biggan")
        derived = [width * factor for factor in _factors(image)[1]]
        widths = derived if widths is None else check_widths(widths, derived, "biggan.Critic")
        halvings = image.levels if image.levels in WIDTHS else max(1, image.levels - 1)
        self.classes, self.label_shape = condition_labels(condition, classes, label_shape)

        blocks = [image_downsample_block(image.channels, widths[0])]
        for k, (inputs, outputs) in enumerate(pairwise(widths), start=1):
            blocks.append(
                downsample_block(inputs, outputs, "none", wide=True)
                if k < halvings
                else identity_size_block(inputs, outputs, "none")
            )
        sizes = [image.side(image.levels) >> min(k, halvings) for k in range(1, len(widths) + 1)]
        where = _attention_block_index(attention, image, sizes, "biggan.Critic")
        layers: list[nn.Module] = list(blocks)
        if where is not None:
            layers.insert(where + 1, SelfAttention(widths[where]))
        self.blocks = nn.Sequential(*layers, nn.ReLU())
        self.score = output_head(nn.Linear(widths[-1], 1), condition, widths[-1], classes, self.label_shape)
        _initialize(self, init, spectral_norm)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Its blocks, in the order in which samples pass through them."""
        return [block for block in self.blocks if isinstance(block, Residual)]

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, channels, height, width] and classes [B] → scores [B]."""
        scores = apply_conditional(self.score, self.blocks(x).sum((2, 3)), label)
        return scores.squeeze(1)


def _factors(image: ResolutionPyramid) -> tuple[Sequence[int], Sequence[int]]:
    if image.levels in WIDTHS:
        return WIDTHS[image.levels]
    if image.levels < min(WIDTHS):
        return (SMALL,) * (image.levels + 1), (SMALL,) * (image.levels + 1)
    raise UsageError(
        f"biggan draws images up to {image.side(max(WIDTHS))} px of base {image.side(0)}: use a smaller data.size"
    )


def _attention_block_index(
    attention: int | None, image: ResolutionPyramid, sizes: Sequence[int], where: str
) -> int | None:
    """Index of the block, among blocks with these output sizes, that self-attention follows; None for no attention."""
    if attention is None:
        attention = max(size for size in sizes if size <= ATTENTIVE) if image.side(image.levels) >= LARGE else 0
    if not attention:
        return None
    if attention in sizes and attention % 2 == 0:
        return sizes.index(attention)
    known = ", ".join(str(size) for size in sorted(set(sizes)) if size % 2 == 0)
    raise UsageError(
        f"{where}: attention={attention}, but its maps have {known} px: choose one of these, or 0 for none"
    )


def _initialize(network: nn.Module, init: HeInit, spectral_norm: bool) -> None:
    INITS[init](network)
    if INITS[init] is orthogonal:
        for layer in network.modules():
            if isinstance(layer, (nn.Embedding, NumberEmbedding)):
                nn.init.orthogonal_(layer.weight)
    if spectral_norm:
        add_spectral_norm(network)
