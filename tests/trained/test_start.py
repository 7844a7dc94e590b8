"""Runs that begin with the weights of others, and critics with frozen blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.model import biggan, dcgan, mlp, progressive, r3gan, resnet, resnet101, vgg
from gan_lightning.nn.frozen_blocks import freeze_blocks
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO
from gan_lightning.trained.start import start_from
from gan_lightning.trainer.default import build
from tests.helper.forked import call

QUICK = ("model=dcgan_small", "model.generator.width=8", "model.critic.width=8", "data.batch_size=8", "logger=none")
QUICK = (*QUICK, "callback=none", "+callback@callback.checkpoint=checkpoint", "trainer.max_steps=2")


def module(seed: int, classes: int = 0, size: int = 8, **arguments: Any) -> WGANGP:
    torch.manual_seed(seed)
    conditioned = {"condition": "concatenation", "classes": classes} if classes else {}
    generator = dcgan.Generator(shape=(1, size, size), latent_dim=4, width=4, norm="layer", **conditioned)
    critic = dcgan.Critic(shape=(1, size, size), width=4, norm="layer", down_to=4)
    return WGANGP(generator, critic, n_critic=1, **arguments)


def saved(one: WGANGP, path: Path, step: int = 7) -> str:
    with torch.no_grad():
        for weight in one.ema.parameters():
            weight.add_(1.0)
    AtomicCheckpointIO().save_checkpoint({"state_dict": one.state_dict(), "global_step": step}, path)
    return str(path)


def test_all_weights_are_taken_over_and_the_average_begins_as_the_generator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = module(0), module(1)
    start_from(new, saved(old, tmp_path / "a.ckpt"), strict=True)
    for player in ("generator", "critic"):
        there, here = getattr(old, player).state_dict(), getattr(new, player).state_dict()
        assert all(torch.equal(there[name], here[name]) for name in there)
    average = new.ema.generator.state_dict()
    assert all(torch.equal(average[name], value) for name, value in new.generator.state_dict().items())
    count = len(old.generator.state_dict()) + len(old.critic.state_dict())
    assert f"a.ckpt, step 7: {count} of {count} tensors\n" in capsys.readouterr().err


def test_what_does_not_fit_begins_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, untouched = module(0), module(1, classes=3), module(1, classes=3)
    start = saved(old, tmp_path / "a.ckpt")
    start_from(new, start)
    first = "layers.0.project.weight"
    assert torch.equal(new.generator.state_dict()[first], untouched.generator.state_dict()[first])
    last = "layers.1.conv.weight"
    assert torch.equal(new.generator.state_dict()[last], old.generator.state_dict()[last])
    said = capsys.readouterr().err
    assert f"these begin anew: generator.{first} ([64, 7], [64, 4] there)" in said
    with pytest.raises(UsageError, match=r"a.ckpt holds \d+ of \d+ of the networks' tensors, not generator.layers.0"):
        start_from(new, start, strict=True)


def test_weights_of_nothing_alike_are_refused(tmp_path: Path) -> None:
    other = WGANGP(mlp.Generator(shape=(2,), width=4), mlp.Critic(shape=(2,), width=4))
    with pytest.raises(UsageError, match=r"holds none of the networks' tensors, .*: choose the model of its run$"):
        start_from(other, saved(module(0), tmp_path / "a.ckpt"))
    with pytest.raises(UsageError, match=r"^start=.*nowhere does not exist: give a run's directory"):
        start_from(other, str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match=r"holds no checkpoint: give a run's directory"):
        start_from(other, str(tmp_path))


@pytest.mark.training
def test_a_run_begins_at_step_0_and_goes_on_from_its_own_checkpoint(tmp_path: Path) -> None:
    first = call(*QUICK, "hydra.run.dir=first", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    second = call(*QUICK, "seed=1", "start=first", "hydra.run.dir=second", cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    assert "start=first/checkpoints/last.ckpt, step 2: " in second.stdout + second.stderr
    load = AtomicCheckpointIO().load_checkpoint
    assert load(tmp_path / "second" / "checkpoints" / "last.ckpt")["global_step"] == 2
    third = call("run=second", "trainer.max_steps=3", cwd=tmp_path)
    assert third.returncode == 0, third.stderr
    assert "start=" not in third.stdout + third.stderr
    wrong = call(*QUICK, "start=first", "model=mlp_small", "hydra.run.dir=wrong", cwd=tmp_path)
    assert wrong.returncode == 1
    assert not (tmp_path / "wrong").exists()


SMALL: dict[type[nn.Module], tuple[dict[str, Any], int]] = {
    dcgan.Critic: ({"width": 4}, 2),
    resnet.Critic: ({"width": 4}, 3),
    progressive.Critic: ({"base_width": 32}, 2),
    r3gan.Critic: ({"width": 16, "blocks": 1}, 6),
    biggan.Critic: ({"width": 8}, 3),
    resnet101.Critic: ({"width": 8, "blocks": 5}, 6),
    vgg.Critic: ({"width": 4}, 3),
    mlp.Critic: ({"width": 8}, 3),
}


@pytest.mark.parametrize("critic", SMALL, ids=lambda critic: critic.__module__.rpartition(".")[2])
def test_blocks_next_to_the_image_are_frozen(critic: type[nn.Module]) -> None:
    arguments, count = SMALL[critic]
    network = critic(shape=(1, 16, 16), **arguments)
    blocks = network.blocks_from_image
    assert len(blocks) == count
    freeze_blocks(network, count - 1)
    network(torch.randn(4, 1, 16, 16)).sum().backward()
    for number, block in enumerate(blocks):
        assert any(weight.grad is not None for weight in block.parameters()) == (number >= count - 1)
    assert any(weight.grad is not None for weight in network.parameters())
    with pytest.raises(UsageError, match=f"has {count} blocks, use that many or fewer"):
        freeze_blocks(network, count + 1)


@pytest.mark.training
def test_frozen_blocks_stay_what_they_are() -> None:
    data = TensorData(torch.rand(40, 8, 8, generator=torch.Generator().manual_seed(0)), batch_size=8)
    one = module(0, frozen_critic=1)
    before = {name: weight.clone() for name, weight in one.critic.named_parameters()}
    build(max_steps=3, accelerator="cpu").fit(one, datamodule=data)
    changed = {name for name, weight in one.critic.named_parameters() if not torch.equal(weight, before[name])}
    frozen = {name for name in before if name.startswith("layers.0.")}
    assert frozen
    assert changed == before.keys() - frozen - {"layers.1.score.bias"}  # whose gradient is zero in W1


def test_a_critic_of_unknown_blocks_is_not_frozen() -> None:
    critic = nn.Sequential(nn.Flatten(), nn.Linear(64, 1), nn.Flatten(0))
    with pytest.raises(UsageError, match=r"^frozen_critic=1: container.Sequential has no attribute blocks_from_image"):
        WGANGP(dcgan.Generator(shape=(1, 8, 8), width=4), critic, frozen_critic=1)
