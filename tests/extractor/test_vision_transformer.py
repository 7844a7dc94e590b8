from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.extractor.vision_transformer import Block, VisionTransformer


def randomized(module: nn.Module) -> nn.Module:
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.1)
    return module.eval().requires_grad_(False)


def test_a_block_is_torchs_own_with_scaled_branches() -> None:
    block = randomized(Block(128))
    theirs = nn.TransformerEncoderLayer(
        128, 2, 512, activation="gelu", norm_first=True, batch_first=True, layer_norm_eps=1e-6
    ).eval()
    own = block.state_dict()
    attention, mlp = own["ls1.gamma"], own["ls2.gamma"]
    theirs.load_state_dict(
        {
            "self_attn.in_proj_weight": own["attn.qkv.weight"],
            "self_attn.in_proj_bias": own["attn.qkv.bias"],
            "self_attn.out_proj.weight": attention[:, None] * own["attn.proj.weight"],
            "self_attn.out_proj.bias": attention * own["attn.proj.bias"],
            "linear1.weight": own["mlp.fc1.weight"],
            "linear1.bias": own["mlp.fc1.bias"],
            "linear2.weight": mlp[:, None] * own["mlp.fc2.weight"],
            "linear2.bias": mlp * own["mlp.fc2.bias"],
            **{name: own[name] for name in ("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias")},
        }
    )
    tokens = torch.randn(3, 10, 128)
    torch.testing.assert_close(block(tokens), theirs(tokens), rtol=1e-4, atol=1e-5)


def test_patches_meet_their_positions_row_by_row() -> None:
    network = VisionTransformer(64, 0, 2).eval()
    seen: list[torch.Tensor] = []
    network.blocks.register_forward_hook(lambda _, inputs, output: seen.append(inputs[0]))
    nn.init.constant_(network.patch_embed["proj"].weight, 1 / (3 * 14 * 14))
    nn.init.zeros_(network.patch_embed["proj"].bias)
    nn.init.constant_(network.cls_token, 7.0)
    network.pos_embed.data = torch.tensor([0.0, 100.0, 200.0, 300.0, 400.0])[None, :, None].expand(1, 5, 64).clone()
    image = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).repeat_interleave(14, 0).repeat_interleave(14, 1)
    network(image.expand(1, 3, 28, 28))
    torch.testing.assert_close(seen[0][0, :, 0], torch.tensor([7.0, 101.0, 202.0, 303.0, 404.0]))


def test_positions_on_another_grid() -> None:
    network = VisionTransformer(64, 0, 5).eval()
    rows = torch.arange(5.0)[:, None].expand(5, 5)  # how far down a patch lies
    network.pos_embed.data[0, 1:] = rows.flatten()[:, None]
    network.pos_embed.data[0, 0] = 9.0
    assert network.positions(5, 5) is network.pos_embed
    other = network.positions(9, 7)
    assert other.shape == (1, 1 + 9 * 7, 64)
    assert (other[0, 0] == 9).all()
    down = other[0, 1:, 0].view(9, 7)
    torch.testing.assert_close(down, down[:, :1].expand(9, 7))
    # Patch 4 of 9 has its middle at 4.5 new patches, of 5 / 9.1 old ones each, and positions count from an old middle;
    # torch's cubic is a little off a straight line. Without the tenth it would be at 2.
    assert down[4, 0].item() == pytest.approx(4.5 * 5 / 9.1 - 0.5, abs=0.015)
