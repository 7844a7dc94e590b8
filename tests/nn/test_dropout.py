from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.core.rng import StepRNG, layers_draw_from, new_rng
from gan_lightning.nn.dropout import convert_dropout

INPUTS = {
    nn.Dropout: torch.ones(64, 50),
    nn.Dropout1d: torch.ones(64, 50, 3),
    nn.Dropout2d: torch.ones(64, 50, 3, 2),
    nn.Dropout3d: torch.ones(64, 50, 3, 2, 2),
}


@pytest.mark.parametrize("kind", INPUTS)
def test_a_step_draws_it_as_torch_does(kind: type[nn.Module]) -> None:
    """0 or 1 / (1 - p), the same over a channel; the rows of a share are those of the whole batch."""
    layer, x = convert_dropout(nn.Sequential(kind(0.3))), INPUTS[kind]
    with layers_draw_from(StepRNG(new_rng(0))):
        whole = layer(x)
    kept = whole.flatten(2)[:, :, 0] if x.dim() > 2 else whole
    assert torch.equal(whole, (kept if x.dim() == 2 else kept[(..., *[None] * (x.dim() - 2))]).expand_as(x))
    torch.testing.assert_close(kept.unique(), torch.tensor([0, 1 / 0.7]))
    assert (kept == 0).float().mean().item() == pytest.approx(0.3, abs=0.03)
    for shard in range(2):
        with layers_draw_from(StepRNG(new_rng(0), shard=shard, num_shards=2)):
            assert torch.equal(layer(x[shard::2]), whole[shard::2])


def test_elsewhere_it_is_torchs() -> None:
    own, x = nn.Sequential(nn.Dropout(0.3)), torch.randn(8, 5)
    theirs = nn.Dropout(0.3)
    results = []
    for layer in (convert_dropout(own), theirs):
        torch.manual_seed(0)
        results.append(layer(x))
    assert torch.equal(*results)
    with layers_draw_from(StepRNG(new_rng(0))):
        assert own.eval()(x) is x
        assert not convert_dropout(nn.Dropout(1.0))(x).any()


def test_subclasses_are_left_alone() -> None:
    class Own(nn.Dropout): ...

    assert type(convert_dropout(Own())) is Own
