"""Networks of a person's own by the command: any layout, any constructor; sampled, exported and loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import gan_lightning
from gan_lightning.core.errors import UsageError
from tests.helper.forked import call

NETWORKS = """
import torch
from torch import nn
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import SampleTable

LAYERS = {1: (nn.Conv1d, nn.ConvTranspose1d), 3: (nn.Conv3d, nn.ConvTranspose3d)}


class Bumps(AdversarialDataModule):
    def __init__(self, shape, **options):
        super().__init__(**options)
        self._shape = tuple(shape)

    @property
    def shape(self):
        return self._shape

    def load(self):
        line = torch.linspace(-1, 1, 16)
        bumps = torch.exp(-4 * (line - torch.linspace(-0.5, 0.5, 40)[:, None]).square())
        rows = bumps if len(self.shape) == 2 else torch.einsum("na,nb,nc->nabc", bumps, bumps, bumps)
        rows = rows[:, None] * 2 - 1
        return SampleTable(rows[:32]), SampleTable(rows[32:])


class Generator(nn.Module):
    def __init__(self, shape, latent_dim=8, width=4):
        super().__init__()
        self.latent_dim, self.dimensions, self.width = latent_dim, len(shape) - 1, width
        _, up = LAYERS[self.dimensions]
        self.first = nn.Linear(latent_dim, width * 4**self.dimensions)
        self.layers = nn.Sequential(up(width, width, 4, 2, 1), nn.ReLU(), up(width, shape[0], 4, 2, 1), nn.Tanh())

    def forward(self, latent):
        return self.layers(self.first(latent).view(-1, self.width, *[4] * self.dimensions))


class Wide(Generator):
    def __init__(self, factor: int = 2, **kwargs):
        super().__init__(**kwargs)


def free(shape, **options):
    assert options == {"mood": "calm"}
    return Generator(shape)


def critic(shape):
    convolution, _ = LAYERS[len(shape) - 1]
    return nn.Sequential(
        convolution(shape[0], 4, 4, 2, 1), nn.LeakyReLU(0.2), convolution(4, 4, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(4 * 4 ** (len(shape) - 1), 1),
    )  # fmt: skip
"""
CONF = {
    "data/series.yaml": "{_target_: MODULE.Bumps, shape: [1, 16], batch_size: 8}\n",
    "data/volumes.yaml": "{_target_: MODULE.Bumps, shape: [1, 16, 16, 16], batch_size: 8}\n",
    "model/plain.yaml": "generator: {_target_: MODULE.Generator, shape: '${data.shape}'}\n",
    "model/wide.yaml": "generator: {_target_: MODULE.Wide, shape: '${data.shape}', factor: 3, width: 5}\n",
    "model/free.yaml": "generator: {_target_: MODULE.free, shape: '${data.shape}', mood: calm}\n",
}
CRITIC = "critic: {_target_: MODULE.critic, shape: '${data.shape}'}\n"
QUICK = ("--config-dir", "conf", "logger=none", "trainer.accelerator=cpu", "callback.curves=null")
SHAPES = {"series": (1, 16), "volumes": (1, 16, 16, 16)}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with networks and configs; the module has a name that no other test uses."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "keys"))
    here, module = tmp_path / "here", f"networks_{abs(hash(tmp_path)) % 10**8}"
    for name, text in CONF.items():
        (here / "conf" / name).parent.mkdir(parents=True, exist_ok=True)
        text += CRITIC if name.startswith("model") else ""
        (here / "conf" / name).write_text(text.replace("MODULE", module))
    (here / f"{module}.py").write_text(NETWORKS)
    monkeypatch.syspath_prepend(str(here))
    return here


def train(*arguments: str, home: Path) -> None:
    done = call(*arguments, cwd=home)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.training
@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("series", ()),
        ("volumes", ()),
        ("volumes", ("objective=hinge", "penalty@objective.penalty=r1_r2", "critic_norm=none")),
    ],
)
def test_series_and_volumes_train_go_on_and_are_exported(data: str, options: tuple[str, ...], home: Path) -> None:
    """With `Conv1d` and `Conv3d`, as curves and as slices."""
    run = home / "runs" / "mine"
    chosen = (*QUICK, "model=plain", f"data={data}", *options)
    train(*chosen, "trainer.max_steps=2", f"hydra.run.dir={run}", home=home)
    train(f"run={run}", "trainer.max_steps=4", home=home)
    assert (run / "metrics.csv").read_text().splitlines()[-1].startswith("4,")
    exported = call(f"run={run}", cwd=home, module="gan_lightning.export.__main__")
    assert exported.returncode == 0, exported.stderr
    assert gan_lightning.load(run).sample(3).shape == (3, *SHAPES[data])
    sampled = call(f"run={run}", "output=grid", cwd=home, module="gan_lightning.sample.__main__")
    assert sampled.returncode == 0, sampled.stderr
    assert len([*run.glob("samples_*/grid.png")]) == 1


@pytest.mark.training
def test_an_array_of_volumes_trains_networks_of_ones_own(home: Path) -> None:
    np.save(home / "volumes.npy", np.random.default_rng(0).integers(0, 255, (40, 16, 16, 16), dtype=np.uint8))
    typed = ("data=array", "data.path=volumes.npy", "data.layout=NDHW", "data.batch_size=8", "metric=none")
    train(*QUICK, "model=plain", *typed, "trainer.max_steps=1", f"hydra.run.dir={home / 'run'}", home=home)
    assert gan_lightning.load(home / "run").sample(2).shape == (2, 1, 16, 16, 16)


@pytest.mark.training
@pytest.mark.parametrize("model", ["plain", "wide", "free"])
def test_any_constructor(model: str, home: Path) -> None:
    """Without types, with its parent's keywords, and with any keywords."""
    run = home / "runs" / "mine"
    train(*QUICK, f"model={model}", "data=series", "trainer.max_steps=1", f"hydra.run.dir={run}", home=home)
    assert call(f"run={run}", cwd=home, module="gan_lightning.export.__main__").returncode == 0
    (folder,) = run.glob("export_*")
    (module,) = (path.stem for path in home.glob("networks_*.py"))
    with pytest.raises(UsageError, match=f"if you trust it, load with trust=\\['{module}'\\]"):
        gan_lightning.load(folder)
    loaded = gan_lightning.load(folder, trust=[module])
    assert torch.equal(loaded.sample(2, seed=3), gan_lightning.load(run).sample(2, seed=3))


@pytest.mark.training
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("model=wide +model.generator.widht=3", "model.generator.widht is not a key of Wide: did you mean width?"),
        ("model=wide model.generator.factor=much", "model.generator.factor=much must be a whole number"),
        ("model=plain +model.generator.width=much", "Generator can't be built"),
        ("model=free model.generator.mood=wild", "free can't be built"),
        ("model=plain ~model.generator.shape", "model.generator.shape has no value"),
    ],
)
def test_refusals(typed: str, says: str, home: Path) -> None:
    done = call(*QUICK, "data=series", *typed.split(), "hydra.run.dir=run", cwd=home)
    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (home / "run").exists()
