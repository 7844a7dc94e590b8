"""The vision transformer of DINOv2's weights."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, scaled_dot_product_attention

PATCH, HEAD, EPSILON = 14, 64, 1e-6


class VisionTransformer(nn.Module):
    """Patches and one token for the whole image, through blocks of attention (Dosovitskiy et al., arXiv:2010.11929).

    Parameters are named as in the files of DINOv2 (Oquab et al. 2023, arXiv:2304.07193).

    Args:
        width: of a token; attention heads are 64 wide.
        depth: number of blocks.
        grid: height and width of the learned positions, in patches.
    """

    def __init__(self, width: int, depth: int, grid: int) -> None:
        super().__init__()
        self.grid = grid
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, width, PATCH, stride=PATCH)})
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + grid * grid, width))
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, EPSILON)

    def forward(self, images: Tensor) -> Tensor:
        """The normalized class token of the last block, [N, width]; images are [N, 3, 14h, 14w]."""
        patches: Tensor = self.patch_embed["proj"](images)
        positions = self.positions(patches.shape[2], patches.shape[3])
        first = self.cls_token.expand(len(images), -1, -1)
        tokens: Tensor = self.blocks(torch.cat([first, patches.flatten(2).mT], 1) + positions)
        output: Tensor = self.norm(tokens[:, 0])
        return output

    def positions(self, height: int, width: int) -> Tensor:
        """The learned positions, [1, 1 + height·width, d], interpolated to another grid.

        A tenth of a patch is added to the new size, as in the authors' code; without it the features differ.
        """
        if (height, width) == (self.grid, self.grid):
            return self.pos_embed
        whole, square = self.pos_embed[:, :1], self.pos_embed[:, 1:].mT.reshape(1, -1, self.grid, self.grid)
        scale = ((height + 0.1) / self.grid, (width + 0.1) / self.grid)
        return torch.cat([whole, interpolate(square, scale_factor=scale, mode="bicubic").flatten(2).mT], 1)


class Block(nn.Module):
    """Attention between tokens, then an MLP on each; both are added with learned scales."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, EPSILON), nn.LayerNorm(width, EPSILON)
        self.attn = nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "proj": nn.Linear(width, width)})
        layers = {"fc1": nn.Linear(width, 4 * width), "act": nn.GELU(), "fc2": nn.Linear(4 * width, width)}
        self.mlp = nn.Sequential(OrderedDict(layers))
        self.ls1, self.ls2 = (nn.ParameterDict({"gamma": nn.Parameter(torch.ones(width))}) for _ in range(2))

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens [N, T, width] to tokens."""
        tokens = tokens + self.ls1["gamma"] * self._attention(self.norm1(tokens))
        output: Tensor = tokens + self.ls2["gamma"] * self.mlp(self.norm2(tokens))
        return output

    def _attention(self, tokens: Tensor) -> Tensor:
        query, key, value = self.attn["qkv"](tokens).unflatten(2, (3, -1, HEAD)).permute(2, 0, 3, 1, 4)
        joined: Tensor = self.attn["proj"](scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))
        return joined
