"""The convolutional pairs of series and volumes."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.model import series, volume
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.trainer.default import build

SMALL = {"width": 4, "max_width": 8}
SHAPES = [(series, (2, 24)), (series, (1, 64)), (volume, (1, 8, 10, 16)), (volume, (3, 14, 16, 8))]


@pytest.mark.parametrize(("model", "shape"), [*SHAPES[:2], SHAPES[2]])
@pytest.mark.parametrize("condition", ["none", "concatenation", "projection"])
def test_pairs_fit_and_every_weight_has_a_gradient(model: ModuleType, shape: tuple[int, ...], condition: str) -> None:
    torch.manual_seed(0)
    classes = {"classes": 3}
    told = "none" if condition == "none" else "concatenation"
    generator = model.Generator(shape=shape, condition=told, **classes, **SMALL)
    critic = model.Critic(shape=shape, norm="layer", condition=condition, **classes, **SMALL)
    label = {} if condition == "none" else {"label": torch.tensor([0, 1, 2, 0])}
    fake = generator(torch.randn(4, generator.latent_dim), **label)
    assert fake.shape == (4, *shape)
    scores = critic(fake, **label)
    assert scores.shape == (4,)
    scores.square().sum().backward()
    assert all(weight.grad is not None for network in (generator, critic) for weight in network.parameters())


@pytest.mark.parametrize("norm", ["batch", "layer", "instance", "none"])
def test_norms(norm: str) -> None:
    generator = volume.Generator(shape=(1, 8, 8, 8), norm=norm, **SMALL)
    kinds = {"batch": nn.BatchNorm3d, "layer": nn.GroupNorm, "instance": nn.InstanceNorm3d}
    for name, kind in kinds.items():
        assert any(isinstance(layer, kind) for layer in generator.modules()) == (name == norm)


@pytest.mark.parametrize(
    ("model", "shape", "message"),
    [
        (series, (1, 100), r"series: 100 do not fit: the shortest side must be base·2\^n with base 4…7; cut or resize"),
        (volume, (1, 8, 8, 9), r"volume: 8 × 8 × 9 do not fit: .*the other sides multiples of the same 2\^n"),
        (series, (1, 28, 28), "model=series is for series, and these data are images .* set data.layout=NCT or NT$"),
        (volume, (2,), r"model=volume is for volumes, and these data are points of shape \[2\]: .*data.layout=NCDHW"),
    ],
)
@pytest.mark.parametrize("player", ["Generator", "Critic"])
def test_refusals(model: ModuleType, shape: tuple[int, ...], message: str, player: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}"):
        getattr(model, player)(shape=shape)


@pytest.mark.training
@pytest.mark.parametrize(("model", "layout", "shape"), [(series, "NCT", (2, 24)), (volume, "NCDHW", (1, 8, 8, 8))])
def test_they_train_on_arrays(model: ModuleType, layout: str, shape: tuple[int, ...]) -> None:
    array = np.sin(np.arange(20 * np.prod(shape))).reshape(20, *shape)
    data = TensorData(array, layout=layout, batch_size=8)  # type: ignore[arg-type]
    torch.manual_seed(0)
    pair = model.Generator(shape=shape, **SMALL), model.Critic(shape=shape, norm="layer", **SMALL)
    module = WGANGP(*pair, n_critic=1)
    build(max_steps=2, accelerator="cpu").fit(module, datamodule=data)
    assert module.sample(module.latent(3, "x")).shape == (3, *shape)
