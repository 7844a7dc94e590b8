from __future__ import annotations

from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from gan_lightning.core.errors import UsageError
from gan_lightning.model.mlp import Generator
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO
from gan_lightning.trained.checkpoint import load_generator
from tests.helper.run_directory import DIGITS, RING, make_run


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("ring"), *RING, step=12)


@pytest.mark.training
@pytest.mark.parametrize(("averaged", "prefix"), [(True, "ema.generator."), (False, "generator.")])
def test_has_the_weights_that_were_asked_for(ring: Path, averaged: bool, prefix: str) -> None:
    found = load_generator(str(ring), averaged=averaged)
    weights = torch.load(ring / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    assert isinstance(found.generator, Generator)
    for name, value in found.generator.state_dict().items():
        assert torch.equal(value, weights[prefix + name])
    assert (found.step, found.latent_dim, found.averaged) == (12, 3, averaged)
    assert not found.generator.training
    assert not any(p.requires_grad for p in found.generator.parameters())


def test_averaged_and_raw_weights_differ(ring: Path) -> None:
    latent = torch.randn(4, 3)
    averaged, raw = (load_generator(str(ring), averaged=which).generator(latent) for which in (True, False))
    assert (averaged - raw).abs().max() > 0.01


def test_a_checkpoint_finds_its_run_beside_it_and_above(ring: Path, tmp_path: Path) -> None:
    file = ring / "checkpoints" / "last.ckpt"
    assert load_generator(checkpoint=str(file)).run == ring
    for name in ("config.yaml", "mine.ckpt"):
        (tmp_path / name).write_bytes((ring / "config.yaml" if name == "config.yaml" else file).read_bytes())
    found = load_generator(checkpoint=str(tmp_path / "mine.ckpt"))
    assert (found.run, found.sha256) == (tmp_path, load_generator(str(ring)).sha256)


@pytest.mark.training
def test_double_precision_stays(tmp_path: Path) -> None:
    make_run(tmp_path, *RING)
    file = tmp_path / "checkpoints" / "last.ckpt"
    checkpoint = torch.load(file, weights_only=True)
    checkpoint["state_dict"] = {name: value.double() / 3 for name, value in checkpoint["state_dict"].items()}
    AtomicCheckpointIO().save_checkpoint(checkpoint, file)
    for name, value in load_generator(str(tmp_path)).generator.state_dict().items():
        assert torch.equal(value, checkpoint["state_dict"]["ema.generator." + name])


def test_spectral_norm_and_batch_norm_come_along(tmp_path: Path) -> None:
    make_run(tmp_path, *DIGITS, "model.generator.spectral_norm=true")
    weights = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    state = load_generator(str(tmp_path)).generator.state_dict()
    assert any("running_mean" in name for name in state)
    assert any("parametrizations" in name for name in state)
    assert all(torch.equal(value, weights["ema.generator." + name]) for name, value in state.items())


def edited(run: Path, key: str, value: object) -> str:
    config = OmegaConf.load(run / "config.yaml")
    OmegaConf.update(config, key, value)
    OmegaConf.save(config, run / "config.yaml")
    return str(run)


@pytest.mark.training
def test_other_networks_are_refused(tmp_path: Path) -> None:
    run = edited(make_run(tmp_path, *RING), "model.generator.width", 9)
    with pytest.raises(
        UsageError, match=r"of other networks: ema.generator.layers.0.weight is \(8, 3\) there and \(9, 3\)"
    ):
        load_generator(run)


@pytest.mark.training
def test_only_what_is_ours_is_built(tmp_path: Path) -> None:
    run = edited(make_run(tmp_path, *RING), "model.generator._target_", "os.system")
    with pytest.raises(UsageError, match="is code of someone else"):
        load_generator(run)


@pytest.mark.training
def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    file = make_run(tmp_path, *RING) / "checkpoints" / "last.ckpt"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(UsageError, match=r"last.ckpt is damaged"):
        load_generator(str(tmp_path))


@pytest.mark.training
def test_a_run_has_checkpoints_of_its_own(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", *RING)
    other = make_run(tmp_path / "other", *RING, step=5, seed=1)
    (run / "checkpoints" / "best.ckpt").write_bytes((other / "checkpoints" / "last.ckpt").read_bytes())
    assert [load_generator(str(run), name).step for name in (None, "last", "best")] == [7, 7, 5]


def test_what_is_not_there_is_refused(ring: Path, tmp_path: Path) -> None:
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "config.yaml").write_bytes((ring / "config.yaml").read_bytes())
    (tmp_path / "lonely.ckpt").write_bytes((ring / "checkpoints" / "last.ckpt").read_bytes())
    for given, says in [
        ({}, "which generator"),
        ({"run": str(ring), "checkpoint": "x"}, "either run=DIR"),
        ({"run": str(tmp_path / "none")}, f"holds no run: the newest beside it is {tmp_path / 'begun'}"),
        ({"run": str(tmp_path / "begun")}, "has no checkpoint yet"),
        ({"run": str(tmp_path / "begun"), "checkpoint": "best"}, "has no best yet"),
        ({"checkpoint": str(tmp_path / "none.ckpt")}, "is not a file"),
        ({"checkpoint": str(tmp_path / "lonely.ckpt")}, "there is no config.yaml beside it"),
        ({"run": str(ring), "device": "abacus"}, "device=abacus can't be used here"),
    ]:
        with pytest.raises(UsageError, match=says) as refusal:
            load_generator(**given)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["seed: 3\n", "- 1\n", "a: [", ""])
def test_a_config_that_is_none(ring: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "last.ckpt").write_bytes((ring / "checkpoints" / "last.ckpt").read_bytes())
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"config.yaml (can't be read|is not the config of a run)"):
        load_generator(checkpoint=str(tmp_path / "last.ckpt"))
