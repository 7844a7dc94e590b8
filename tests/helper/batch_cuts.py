"""A program: trains every part on 1, 2 and 4 processes, whole batches and micro-batches, and saves what comes of it.

    python -m tests.helper.batch_cuts DIRECTORY

Losses, penalties, regularizers and augmentations are found in their packages and built by their defaults; layers are
those of the networks below. `tests/objective/test_batch_cut.py` compares the files and looks for layers that are in no
network.
"""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import torch
import torch.multiprocessing
from lightning.fabric.plugins.environments.lightning import find_free_network_port
from torch import Tensor, nn

import gan_lightning.augment
import gan_lightning.loss
import gan_lightning.penalty
import gan_lightning.regularizer
from gan_lightning.augment import InstanceNoise
from gan_lightning.core.errors import UsageError
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.loss import EnergyMargin, Hinge, NonSaturating, Wasserstein
from gan_lightning.model import (
    biggan,
    cyclegan,
    dcgan,
    dcgan_autoencoder,
    dcgan_codes,
    dcgan_encoder,
    dcgan_latents,
    dcgan_pairs,
    mlp,
    mlp_autoencoder,
    mlp_codes,
    mlp_encoder,
    mlp_latents,
    mlp_pairs,
    progressive,
    r3gan,
    resnet,
    resnet101,
    series,
    sgan,
    unet,
    vgg,
    volume,
)
from gan_lightning.nn.labels import label_shape_of
from gan_lightning.nn.level_encoder import ConvolutionalEncoder
from gan_lightning.nn.minibatch_groups import MinibatchGroups
from gan_lightning.objective.aae import AAE
from gan_lightning.objective.ali import ALI
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.began import BEGAN
from gan_lightning.objective.cyclegan import CycleGAN
from gan_lightning.objective.egan import EGAN
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.growth import GrowthSchedule
from gan_lightning.objective.progan import ProGAN
from gan_lightning.objective.sgan import SGAN
from gan_lightning.objective.vae_gan import VAEGAN
from gan_lightning.optimizer import Adam
from gan_lightning.penalty import R1R2, GradientPenalty
from gan_lightning.regularizer import L1, Regularizer, VariationalEntropy
from gan_lightning.trainer.default import build

DEVICES = (1, 2, 4)
SHAPE, CLASSES, BATCH, GROUP, STEPS = (1, 8, 8), 3, 16, 2, 2  # four processes of two micro-batches have a group each
STEADY = Adam(1e-2, (0.5, 0.99), eps=1e-3)  # else a gradient that is rounding alone moves its weight as any other
IMAGES = {"shape": SHAPE, "classes": CLASSES}
CODES = {"categorical_codes": (2,), "continuous_codes": 1}
STACK: Any = {"shape": SHAPE, "features": [6, 5], "latent_dim": 6, "width": 4, "vector_width": 8}
Networks = tuple[nn.Module, nn.Module]


class Outcome(NamedTuple):
    """State dict, held-out metrics, metrics of the last step, classes of all parts with their bases; or a refusal."""

    state: dict[str, Tensor]
    validation: dict[str, float]
    metrics: dict[str, float]
    kinds: list[str]
    refusal: str | None = None


def kind(part: object) -> str:
    """The full name of a part's class."""
    own = type(part) if not isinstance(part, type) else part
    return f"{own.__module__.removeprefix('gan_lightning.')}.{own.__qualname__}"


def classes_of(package: ModuleType, base: type = object) -> list[type]:
    """The classes defined in a package's files, protocols and abstract classes apart."""
    files = [
        importlib.import_module(f"{package.__name__}.{file.name}") for file in pkgutil.iter_modules(package.__path__)
    ]
    return [
        one
        for file in files
        for one in vars(file).values()
        if inspect.isclass(one) and one.__module__ == file.__name__ and issubclass(one, base)
        if not (getattr(one, "_is_protocol", False) or inspect.isabstract(one) or issubclass(one, tuple))
    ]


def plain() -> Networks:
    """Conditional perceptrons for images, with codes."""
    return (
        mlp_codes.Generator(**CODES, latent_dim=4, width=8, depth=1, norm="layer", condition="concatenation", **IMAGES),
        mlp.Critic(width=8, depth=2, condition="projection", spectral_norm=True, **IMAGES),
    )


def parts() -> dict[str, Callable[..., AdversarialModule]]:
    """An objective for each loss, penalty, regularizer and augmentation."""
    found: dict[str, Callable[..., AdversarialModule]] = {}

    def add(one: type, **given: Callable[[], Any]) -> None:
        found[kind(one)] = lambda **common: GAN(
            *plain(),
            **{name: make() for name, make in given.items()} | common,  # type: ignore[arg-type]
        )

    for one in classes_of(gan_lightning.loss):
        add(one, loss=one)
    for one in classes_of(gan_lightning.penalty):
        add(one, penalty=one)
    for one in classes_of(gan_lightning.augment):
        add(one, augments=lambda one=one: {"one": one()})
    for one in classes_of(gan_lightning.regularizer, Regularizer):
        if one not in (Regularizer, VariationalEntropy):  # which needs an encoder, see EGAN below
            add(one, regularizers=lambda one=one: {"one": one()})
    return found


def pair(networks: Callable[[], Networks], **given: Any) -> Callable[..., AdversarialModule]:
    """The objective of a pair of networks."""
    return lambda **common: GAN(*networks(), **{"loss": Hinge()} | given | common)


def random_layers() -> Networks:
    """Dropout of all kinds and noise, in both networks."""
    generator = nn.Sequential(
        *(nn.Linear(4, 32), nn.Dropout(0.3), nn.ReLU(), nn.Linear(32, 64), nn.Unflatten(1, SHAPE)),
        *(nn.Conv2d(1, 2, 3, padding=1), nn.Dropout2d(0.2), nn.Conv2d(2, 1, 3, padding=1), nn.Tanh()),
    )
    critic = nn.Sequential(
        *(nn.Conv2d(1, 4, 3, padding=1), nn.LeakyReLU(0.2), nn.Dropout2d(0.5), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 8), nn.Unflatten(1, (4, 2)), nn.Dropout1d(0.3)),
        *(nn.Unflatten(2, (2, 1, 1)), nn.Dropout3d(0.3), nn.Flatten(), nn.Linear(8, 1)),
    )
    return generator, critic


def batch_norms() -> Networks:
    """Batch norm of all dimensions."""
    generator = nn.Sequential(
        *(nn.Linear(4, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Unflatten(1, (8, 2, 2, 1)), nn.BatchNorm3d(8)),
        *(nn.Flatten(), nn.Linear(32, 64), nn.Unflatten(1, SHAPE), nn.BatchNorm2d(1), nn.Tanh()),
    )
    critic = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(36, 1))
    return generator, critic


class Reshaped(nn.Module):
    """A network for samples of another shape, between images and its own."""

    def __init__(self, network: nn.Module, before: Callable[[Tensor], Tensor], after: Callable[[Tensor], Tensor]):
        super().__init__()
        self.network, self.before, self.after = network, before, after

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.network(self.before(x)))


def same(x: Tensor) -> Tensor:
    return x


def rows_in_a_row() -> Networks:
    """Networks of series."""
    small: Any = {"shape": (1, 64), "width": 4, "max_width": 4, "norm": "layer"}
    generator = Reshaped(series.Generator(latent_dim=4, **small), same, lambda x: x.view(-1, *SHAPE))
    return generator, Reshaped(series.Critic(**small), lambda x: x.flatten(2), same)


def equal_slices() -> Networks:
    """Networks of volumes."""
    small: Any = {"shape": (1, 8, 8, 8), "width": 4, "max_width": 4, "norm": "layer"}
    generator = Reshaped(volume.Generator(latent_dim=4, **small), same, lambda x: x.mean(2))
    return generator, Reshaped(volume.Critic(**small), lambda x: x.unsqueeze(2).expand(-1, -1, 8, -1, -1), same)


NETWORKS: dict[str, Callable[..., AdversarialModule]] = {
    "perceptrons with noise, Fourier features, signs of latents, minibatch deviation": pair(
        lambda: (
            mlp.Generator(latent_dim=4, width=8, depth=2, sign_latents=2, spectral_norm=True, shape=SHAPE),
            mlp.Critic(width=8, depth=2, noise=0.3, fourier_features=3, minibatch="stddev", shape=SHAPE),
        ),
        generator_batch=2,
        critic_max_norm=0.5,
        generator_max_norm=0.5,
    ),
    "a classifier": pair(
        lambda: (plain()[0], mlp.Critic(width=8, depth=1, condition="classifier", noise=0.2, **IMAGES)),
        penalty=R1R2(r1=1.0, interval=2),
        n_critic=2,
    ),
    "dropout": pair(random_layers, latent_dim=4, penalty=GradientPenalty(1.0)),
    "batch norm": pair(batch_norms, latent_dim=4),
    "DCGAN with virtual batch norm, gates, a label plane, minibatch discrimination": pair(
        lambda: (
            dcgan.Generator(latent_dim=4, widths=[8], norm="virtual", reference=5, activation="gated", shape=SHAPE),
            dcgan.Critic(
                widths=[4],
                norm="layer",
                activation="gated",
                minibatch="discrimination",
                condition="concatenation",
                down_to=4,
                **IMAGES,
            ),
        ),
    ),
    "DCGAN with conditional norms and instance norm": pair(
        lambda: (
            dcgan_codes.Generator(**CODES, latent_dim=4, widths=[8], norm="layer", condition="norm", **IMAGES),
            dcgan.Critic(widths=[4, 4], norm="instance", down_to=2, condition="projection", **IMAGES),
        ),
        penalty=GradientPenalty(1.0),
    ),
    "BigGAN": pair(
        lambda: attentive(
            biggan.Generator(latent_dim=6, width=2, attention=8, norm="layer", condition="norm", **IMAGES),
            biggan.Critic(width=2, attention=4, condition="projection", **IMAGES),
        )
    ),
    "ResNet": pair(
        lambda: (
            resnet.Generator(
                latent_dim=4, latent_prior="truncated_normal", widths=[4, 4], norm="layer", condition="norm", **IMAGES
            ),
            resnet.Critic(widths=[4, 4], plain=1, norm="layer", condition="projection", **IMAGES),
        ),
        loss=Wasserstein(),
        penalty=GradientPenalty(1.0, interval=2, batch_fraction=0.5),
    ),
    "ResNet-101": pair(
        lambda: (
            resnet101.Generator(shape=SHAPE, latent_dim=4, widths=[4, 4], blocks=3, norm="layer"),
            resnet101.Critic(shape=SHAPE, widths=[4, 4], blocks=3, norm="layer"),
        ),
        penalty=GradientPenalty(1.0),
    ),
    "VGG": pair(
        lambda: (
            dcgan.Generator(shape=SHAPE, latent_dim=4, widths=[4], norm="layer"),
            vgg.Critic(width=4, max_width=4, pool="average", norm="layer", condition="projection", **IMAGES),
        ),
        penalty=GradientPenalty(1.0),
    ),
    "R3GAN": pair(
        lambda: (
            r3gan.Generator(latent_dim=4, width=4, max_width=4, group=4, blocks=1, condition="concatenation", **IMAGES),
            r3gan.Critic(width=4, max_width=4, group=4, blocks=1, condition="projection", **IMAGES),
        ),
        loss=NonSaturating(),
        penalty=R1R2(r1=1.0, r2=1.0),
    ),
    "autoencoder of layers": pair(
        lambda: (
            mlp_autoencoder.Generator(shape=SHAPE, latent_dim=4, width=8),
            mlp_autoencoder.Critic(shape=SHAPE, code=3, width=8, spectral_norm=True),
        ),
        loss=EnergyMargin(),
    ),
    "autoencoder of convolutions, and its balance": lambda **common: BEGAN(
        dcgan_autoencoder.Generator(shape=SHAPE, latent_dim=4, width=4, norm="layer"),
        dcgan_autoencoder.Critic(shape=SHAPE, code=3, width=4, norm="layer", down_to=4, distance="absolute"),
        balance_rate=0.1,
        **common,
    ),
    "numbers as labels": pair(
        lambda: (
            mlp.Generator(latent_dim=4, width=8, depth=1, condition="concatenation", label_shape=[2], shape=SHAPE),
            mlp.Critic(width=8, depth=1, condition="projection", label_shape=[2], shape=SHAPE),
        ),
        penalty=GradientPenalty(1.0),
    ),
    "numbers as labels of DCGAN": pair(
        lambda: (
            dcgan.Generator(latent_dim=4, widths=[8], norm="layer", condition="norm", label_shape=[2], shape=SHAPE),
            dcgan.Critic(widths=[4], norm="layer", condition="concatenation", label_shape=[2], shape=SHAPE),
        ),
    ),
    "pix2pix": pair(
        lambda: (
            unet.Generator(shape=SHAPE, label_shape=SHAPE, width=4, norm="layer"),
            unet.Critic(shape=SHAPE, label_shape=SHAPE, width=4, receptive_field=16, norm="layer"),
        ),
        loss=NonSaturating(),
        regularizers={"l1": L1()},
        generator_batch=2,
    ),
    "replay of earlier fakes": pair(
        lambda: (
            mlp.Generator(latent_dim=4, latent_prior="uniform", dropout=0.3, width=8, depth=1, shape=SHAPE),
            mlp.Critic(width=8, depth=1, shape=SHAPE),
        ),
        pool_size=10,
        n_critic=2,
    ),
    "CycleGAN": lambda **common: CycleGAN(
        cyclegan.Generator(shape=SHAPE, label_shape=SHAPE, width=2, blocks=1),
        cyclegan.Critic(shape=SHAPE, label_shape=SHAPE, width=4, receptive_field=16),
        penalty=R1R2(r1=1.0),
        pool_size=20,
        n_critic=2,
        **common,
    ),
    "stacks over three levels of an encoder": lambda **common: SGAN(
        sgan.Generator(**STACK, classes=CLASSES, norm="layer", vector_norm="layer"),
        sgan.Critic(**STACK, norm="layer", spectral_norm=True),
        encoder=ConvolutionalEncoder(features=[6, 5], width=4, **IMAGES),
        penalty=R1R2(r1=1.0),
        generator_batch=2,
        **common,
    ),
    "pairs of images and latents": lambda **common: ALI(
        encoding(dcgan_pairs),
        dcgan_pairs.Critic(shape=SHAPE, latent_dim=4, width=4, norm="layer", latent_width=8, joint_width=8),
        penalty=GradientPenalty(1.0),
        augments={"noise": InstanceNoise(0.3)},
        **common,
    ),
    "pairs of numbers": lambda **common: ALI(
        mlp_pairs.Generator(shape=SHAPE, latent_dim=4, width=8, encoder_width=8, depth=1),
        mlp_pairs.Critic(shape=SHAPE, latent_dim=4, width=8, depth=1, spectral_norm=True),
        stochastic=False,
        generator_batch=2,
        **common,
    ),
    "latents of images": lambda **common: AAE(
        encoding(dcgan_latents), dcgan_latents.Critic(latent_dim=4, width=8), stochastic=True, **common
    ),
    "latents of numbers": lambda **common: AAE(
        mlp_latents.Generator(shape=SHAPE, latent_dim=4, width=8, encoder_width=8, depth=1),
        mlp_latents.Critic(latent_dim=4, width=8),
        penalty=R1R2(r1=1.0),
        **common,
    ),
    "an energy of images, with a bound of the entropy": lambda **common: EGAN(
        encoding(dcgan_encoder),
        dcgan_encoder.Critic(shape=SHAPE, width=4, norm="layer"),
        generator_batch=2,
        augments={"noise": InstanceNoise(0.3)},
        **common,
    ),
    "a variational autoencoder of images": lambda **common: VAEGAN(
        encoding(dcgan_encoder),
        dcgan_encoder.Critic(shape=SHAPE, width=4, norm="layer"),
        generator_batch=2,
        **common,
    ),
    "a variational autoencoder of numbers": lambda **common: VAEGAN(
        mlp_encoder.Generator(shape=SHAPE, latent_dim=4, width=8, encoder_width=8, depth=1),
        mlp_encoder.Critic(shape=SHAPE, width=8, depth=1),
        **common,
    ),
    "series": pair(rows_in_a_row, latent_dim=4, penalty=GradientPenalty(1.0)),
    "volumes": pair(equal_slices, latent_dim=4, penalty=GradientPenalty(1.0)),
    "ProGAN": lambda **common: ProGAN(
        progressive.Generator(shape=SHAPE, latent_dim=3, base_width=16, max_width=4),
        progressive.Critic(shape=SHAPE, group=GROUP, base_width=16, max_width=4),
        schedule=GrowthSchedule(8, stable_images=16, fade_images=64, batch_size=BATCH, batch_sizes={}),
        **common,
    ),
}


def encoding(model: ModuleType) -> nn.Module:
    """A generator of images with an encoder."""
    generator: nn.Module = model.Generator(
        shape=SHAPE, latent_dim=4, width=4, norm="layer", encoder_width=4, encoder_norm="layer"
    )
    return generator


def attentive(*networks: nn.Module) -> Networks:
    """The networks with their attention at work from the start."""
    for network in networks:
        for name, weight in network.named_parameters():
            if name.endswith("gamma"):
                nn.init.constant_(weight, 0.5)
    return networks  # type: ignore[return-value]


def cases() -> dict[str, Callable[..., AdversarialModule]]:
    """All objectives, by name."""
    return parts() | NETWORKS


def data(label_shape: tuple[int, ...] = ()) -> TensorData:
    """Noise, of three classes or with noise as labels; 13 images, which neither processes nor groups divide evenly, are
    held out."""
    rng = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (65, *SHAPE), generator=rng, dtype=torch.uint8)
    numbers = torch.rand(65, 2, generator=rng)
    labels = {0: torch.arange(65) % CLASSES, 1: numbers, 3: pixels.flip(0)}[len(label_shape)]
    return TensorData(pixels, labels=labels, held_out=0.2, batch_size=BATCH)


def train(make: Callable[..., AdversarialModule], devices: int, accumulate: int, steps: int = STEPS) -> Outcome:
    """A short run in double precision."""
    torch.manual_seed(0)
    module = make(critic_optimizer=STEADY, generator_optimizer=STEADY, accumulate=accumulate)
    for layer in module.modules():
        if isinstance(layer, MinibatchGroups):
            layer.group = GROUP
    real = data(label_shape_of(module.generator))
    try:
        module.dry_run(real.example_input)
    except UsageError as refusal:
        return Outcome({}, {}, {}, [], str(refusal))
    trainer = build(max_steps=steps, accelerator="cpu", devices=devices, precision="64-true", val_check_interval=steps)
    trainer.fit(module, datamodule=real)
    of_step = [module.loss, module.penalty, *module.augments.values(), *module.modules()]
    kinds = {kind(one) for part in of_step for one in type(part).__mro__}
    state = {name: value.detach().clone() for name, value in module.state_dict().items()}
    return Outcome(state, module.validation, module.step_metrics(), sorted(kinds))


def train_all(devices: int, rank: int, port: int, file: Path) -> None:
    """Every case, with whole batches and with two micro-batches, as one of several processes."""
    os.environ |= {"LOCAL_RANK": str(rank), "MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    warnings.filterwarnings("ignore")
    outcomes = {
        (name, accumulate): train(make, devices, accumulate)._asdict()
        for name, make in cases().items()
        for accumulate in (1, 2)
    }
    if rank == 0:
        torch.save(outcomes, file)


def main(directory: Path) -> None:
    """A group of processes for all cases; forked, so that torch is loaded once."""
    context = torch.multiprocessing.get_context("fork")
    for devices in DEVICES:
        port, file = find_free_network_port(), directory / str(devices)
        ranks = [context.Process(target=train_all, args=(devices, rank, port, file)) for rank in range(devices)]
        for process in ranks:
            process.start()
        for process in ranks:
            process.join()
        if any(process.exitcode for process in ranks):
            sys.exit(f"{devices} process(es): exit codes {[process.exitcode for process in ranks]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
