"""`gan_lightning.load`: the samples of the command, from every source, and nothing foreign."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest
import torch
from torch import nn

import gan_lightning
from gan_lightning.core.errors import UsageError
from gan_lightning.export.folder import claimed_folder, describe, write_weights
from gan_lightning.export.generator import LoadedGenerator
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from gan_lightning.trained.folder import CONFIG, WEIGHTS, read_folder
from gan_lightning.trained.generator import TrainedGenerator
from tests.export.tiny import DISTINCT, trained
from tests.helper.run_directory import DIGITS, RING, make_run


def exported(generator: TrainedGenerator, folder: Path) -> Path:
    with claimed_folder(folder, describe(generator, Sampler(generator).shape)):
        write_weights(generator.generator, folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"), *DIGITS, "condition=concatenation")


@pytest.fixture
def folder(run: Path, tmp_path: Path) -> Path:
    return exported(load_generator(str(run)), tmp_path / "out")


@pytest.mark.training
def test_every_source_gives_the_samples_of_the_command(run: Path, folder: Path) -> None:
    options = {"seed": 3, "truncation": 0.7}
    for label in (None, 2):
        sampler = Sampler(load_generator(str(run)), label=label, **options)
        expected = sampler(sampler.latents(range(5)))
        for source in (run, str(run), run / "checkpoints" / "last.ckpt", folder, folder / WEIGHTS):
            generator = gan_lightning.load(source)
            assert torch.equal(generator.sample(5, label=label, **options), expected)


@pytest.mark.training
def test_what_it_says_of_itself(run: Path, folder: Path) -> None:
    for source in (run, folder):
        generator = gan_lightning.load(source).to("cpu")
        assert isinstance(generator, nn.Module)
        assert (generator.latent_dim, generator.shape, generator.classes, generator.step) == (6, (1, 28, 28), 10, 7)
        assert generator.device == torch.device("cpu")
        assert not generator.training
        latent, label = torch.randn(3, 6), torch.tensor([4, 4, 1])
        assert torch.equal(generator(latent, label), generator.network(latent, label=label))


@pytest.mark.training
def test_the_averaged_weights_or_the_raw_ones(run: Path) -> None:
    averaged, raw = (gan_lightning.load(run, ema=ema).sample(2) for ema in (True, False))
    assert not torch.equal(averaged, raw)
    assert torch.equal(
        raw, Sampler(load_generator(str(run), averaged=False))(Sampler(load_generator(str(run))).latents(range(2)))
    )


@pytest.mark.training
@pytest.mark.parametrize("kind", DISTINCT)
def test_the_way_there_and_back_is_bit_equal(kind: str, tmp_path: Path) -> None:
    there = trained(kind, tmp_path)
    back = read_folder(exported(there, tmp_path / "out"))
    assert torch.equal(LoadedGenerator(back).sample(3, seed=1), LoadedGenerator(there).sample(3, seed=1))
    state, expected = back.generator.state_dict(), there.generator.state_dict()
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[name], expected[name]) for name in expected)


def test_standing_statistics_come_along(tmp_path: Path) -> None:
    generator = trained("dcgan_small", tmp_path)
    sampler = Sampler(generator, seed=2, standing=2)
    expected = sampler(sampler.latents(range(3)))
    with claimed_folder(tmp_path / "out", describe(generator, sampler.shape, standing=2, standing_seed=2)):
        write_weights(generator.generator, tmp_path / "out")
    assert torch.equal(gan_lightning.load(tmp_path / "out").sample(3, seed=2), expected)
    assert not torch.equal(LoadedGenerator(trained("dcgan_small", tmp_path)).sample(3, seed=2), expected)


def test_double_precision_comes_along(tmp_path: Path) -> None:
    generator = trained("mlp_small", tmp_path)
    generator.generator.double()
    back = gan_lightning.load(exported(generator, tmp_path / "out"))
    assert next(back.parameters()).dtype == torch.float64
    assert torch.equal(back.sample(3), LoadedGenerator(generator).sample(3))


def test_arguments_out_of_range(run: Path) -> None:
    generator = gan_lightning.load(run)
    wrong = {"n=0 must": {"n": 0}, "seed=-1": {"n": 1, "seed": -1}, "label=10": {"n": 1, "label": 10}}
    for says, arguments in (wrong | {"truncation=0": {"n": 1, "truncation": 0}}).items():
        with pytest.raises(UsageError, match=says):
            generator.sample(**arguments)


def edit(folder: Path, **entries: object) -> Path:
    config = json.loads((folder / CONFIG).read_text())
    for key, value in entries.items():
        if key in config:
            config[key] = value
        else:
            config["generator"][key] = value
    (folder / CONFIG).write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("_target_", "os.system", r"code of someone else: if you trust it, load with trust=..os"),
        ("_target_", "gan_lightning.loss.hinge.Hinge", "generator takes a Module, not Hinge"),
        ("_target_", "gan_lightning.model.dcgan.torch.load", "is not a part"),
        ("_target_", "gan_lightning.model.dcgan.pyramid", "is not a part"),
        ("_target_", "gan_lightning.model.none.Generator", "can't be imported"),
        ("_target_", None, "code of someone else"),
        ("_target_", "gan_lightning.model.mlp.Generator", "is not a key of gan_lightning.model.mlp.Generator"),
        ("width", {"_target_": "os.system"}, "must be plain"),
        ("norm", "${oc.env:HOME}", "must be 'batch'"),
        ("norm", ["${oc.env:HOME}"], "must be 'batch'"),
        ("width", 64, "of other networks"),
        ("widths", [10**6, 10**6], "of other networks"),  # terabytes, were they made before the check
        ("widths", [10**9, 10**9], "can't be built"),
        ("colour", "red", "colour is not a key"),
        ("generator", "os.system", "generator=os.system"),
        ("latent_dim", 7, "latent_dim=7, but the generator takes latents of 6"),
        ("latent_dim", "many", "latent_dim=many"),
        ("stage", {"level": 0, "alpha": 1.0}, "is not one of this network"),
        ("stage", {"level": 0}, "has no alpha"),
        ("library", "another", "is not the config of an exported generator"),
        ("format", 99, "in format 99"),
    ],
)
def test_foreign_folders_are_refused(folder: Path, key: str, value: object, says: str) -> None:
    if key == "latent_dim":
        config = json.loads((folder / CONFIG).read_text()) | {key: value}
        (folder / CONFIG).write_text(json.dumps(config))
    else:
        edit(folder, **{key: value})
    with pytest.raises(UsageError, match=says) as refusal:
        gan_lightning.load(folder)
    assert "\n" not in str(refusal.value)


def test_foreign_code_does_not_run(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / CONFIG).read_text())
    for target, arguments in [
        ("os.system", {"command": f"touch {tmp_path / 'ran'}"}),
        ("subprocess.Popen", {"args": ["touch", str(tmp_path / "ran")]}),
        ("intruder.Generator", {}),
    ]:
        (tmp_path / "intruder.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
        (folder / CONFIG).write_text(json.dumps(config | {"generator": {"_target_": target, **arguments}}))
        with pytest.raises(UsageError, match="code of someone else"):
            gan_lightning.load(folder)
    assert not (tmp_path / "ran").exists()


OWN = """
import torch
from torch import nn


class Generator(nn.Module):
    latent_dim = 3

    def __init__(self, *, width: int = 4) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2 * width)
        self.register_buffer("scale", torch.full((2 * width,), 2.0), persistent=False)

    def forward(self, latent):
        return (self.linear(latent) * self.scale)[:, :2]
"""


def test_ones_own_networks_are_trusted_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_networks.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    import my_networks

    own = trained("mlp_small", tmp_path)
    node = {"_target_": "my_networks.Generator", "width": 5}
    generator = my_networks.Generator(width=5).requires_grad_(False)
    own = dataclasses.replace(
        own, generator=generator, latent_dim=3, config=own.config | {"model": {"generator": node}}
    )
    folder = exported(own, tmp_path / "out")
    with pytest.raises(UsageError, match=r"if you trust it, load with trust=..my_networks"):
        gan_lightning.load(folder)
    again = gan_lightning.load(folder, trust=["my_networks"])
    assert torch.equal(again.sample(4), LoadedGenerator(own).sample(4))
    with pytest.raises(UsageError, match="code of someone else"):  # for this once
        gan_lightning.load(folder)


def test_damaged_folders_are_named(folder: Path) -> None:
    file, text = folder / WEIGHTS, (folder / CONFIG).read_text()
    for damaged in ("", "[1]", "{", "[" * 100_000, text[:50]):
        (folder / CONFIG).write_text(damaged)
        with pytest.raises(UsageError, match=r"config.json (can't be read|is not)"):
            gan_lightning.load(folder)
    (folder / CONFIG).write_text(text)
    whole = file.read_bytes()
    for content in (b"", b"PK\x03\x04", whole[: len(whole) // 2], os.urandom(64)):
        file.write_bytes(content)
        with pytest.raises(UsageError, match=r"model.safetensors is damaged"):
            gan_lightning.load(folder)
    file.unlink()
    with pytest.raises(UsageError, match=r"has no model.safetensors: export it with format=safetensors"):
        gan_lightning.load(folder)


def test_what_is_not_there(tmp_path: Path) -> None:
    for source, says in [
        (tmp_path / "none", "is no run directory, checkpoint file or exported folder"),
        (tmp_path, "holds no generator"),
    ]:
        with pytest.raises(UsageError, match=says):
            gan_lightning.load(source)


def test_points(tmp_path: Path) -> None:
    generator = gan_lightning.load(make_run(tmp_path, *RING))
    assert (generator.shape, generator.sample(9).shape) == ((2,), (9, 2))
