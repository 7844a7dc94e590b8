from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.model import dcgan, mlp, resnet
from gan_lightning.nn.init import WEIGHTED


@pytest.mark.parametrize("module", [dcgan, mlp, resnet])
@pytest.mark.parametrize("player", ["Generator", "Critic"])
def test_orthogonal_rows_and_no_biases(module: object, player: str) -> None:
    network: nn.Module = getattr(module, player)(shape=(1, 32, 32), width=16, init="orthogonal")
    for layer in network.modules():
        if isinstance(layer, WEIGHTED):
            weight = layer.weight.detach().flatten(1)  # type: ignore[operator]
            few = weight if weight.shape[0] <= weight.shape[1] else weight.T
            torch.testing.assert_close(few @ few.T, torch.eye(len(few)), atol=1e-5, rtol=0)
            assert layer.bias is None or not layer.bias.any()  # type: ignore[operator]
