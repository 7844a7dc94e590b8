"""A program: plays every family on `devices` processes and saves what comes of it. on_two_devices.py DEVICES FILE."""

from __future__ import annotations

import sys

import torch
from torch import nn

from gan_lightning.augment import InstanceNoise
from gan_lightning.callback.doctor import Doctor, defaults
from gan_lightning.callback.score import Scoring
from gan_lightning.diagnostic import CriticSaturation, SampleRepetition
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.logger.csv import CSV, last
from gan_lightning.loss import EnergyDifference, RelativisticAverage
from gan_lightning.metric.points import Points
from gan_lightning.nn.class_logits import LogSumExpHead
from gan_lightning.nn.gaussian_noise import GaussianNoise
from gan_lightning.objective.aae import AAE
from gan_lightning.objective.ali import ALI
from gan_lightning.objective.began import BEGAN
from gan_lightning.objective.ebgan import EBGAN
from gan_lightning.objective.egan import EGAN
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.infogan import InfoGAN
from gan_lightning.objective.magan import MAGAN
from gan_lightning.objective.semi_supervised import SemiSupervised
from gan_lightning.objective.sgan import SGAN
from gan_lightning.objective.vae_gan import VAEGAN
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.optimizer import Adam
from gan_lightning.penalty import R1R2, Dragan, GradientPenalty
from gan_lightning.regularizer import AuxiliaryClassifier, FeatureMatching, HistoricalAveraging, Orthogonal, Stein
from gan_lightning.trainer.default import build
from tests.helper.modules import (
    autoencoders,
    coded_networks,
    encoding_generator,
    latent_networks,
    networks,
    pair_networks,
    play,
    stacks,
    state,
    told_networks,
)
from tests.helper.progressive import data, family, schedule
from tests.helper.progressive import play as play_growing
from tests.objective.test_micro_batches import big_game, images

STEADY = Adam(
    2e-4, (0.5, 0.999), eps=1e-3
)  # gradients of a bias before batch norm, and of the last under RaGAN, are rounding alone
GAMES = {
    "gan": lambda nets: GAN(*nets, latent_dim=4, penalty=R1R2(r1=1.0, interval=2), critic_max_norm=0.5),
    "wgan": lambda nets: WGAN(*nets, latent_dim=4, n_critic=3, accumulate=2),
    "wgan_gp": lambda nets: WGANGP(*nets, latent_dim=4, n_critic=2, accumulate=2, generator_batch=2),
    "wgan_gp, lazy, half of the batch": lambda nets: WGANGP(
        *nets, latent_dim=4, n_critic=1, accumulate=2, gp_interval=2, gp_batch_fraction=0.5
    ),
    "gan, batch norm": lambda nets: GAN(*nets, latent_dim=4, critic_optimizer=STEADY, generator_optimizer=STEADY),
    "gan, noise, DRAGAN and regularizers": lambda nets: GAN(
        *nets,
        latent_dim=4,
        penalty=Dragan(),
        augments={"noise": InstanceNoise(0.3, steps=40)},
        regularizers={"match": FeatureMatching(), "apart": Orthogonal(1e-2, 1e-2), "history": HistoricalAveraging()},
    ),
    "wgan_gp, told classes": lambda nets: WGANGP(
        *told_networks(), n_critic=2, accumulate=2, regularizers={"classes": AuxiliaryClassifier()}
    ),
    "relativistic average, noise in the critic": lambda nets: GAN(
        nets[0],
        nn.Sequential(*nets[1][:-1], GaussianNoise(0.3), nets[1][-1]),
        latent_dim=4,
        loss=RelativisticAverage(),
        critic_optimizer=STEADY,
        generator_optimizer=STEADY,
    ),
    "ebgan": lambda nets: EBGAN(*autoencoders(), latent_dim=4),
    "began": lambda nets: BEGAN(*autoencoders(), latent_dim=4, accumulate=2, balance_rate=0.1),
    "magan": lambda nets: MAGAN(
        *autoencoders(), latent_dim=4, accumulate=2, margin_every=2, critic_optimizer=Adam(3e-2, (0.5, 0.999))
    ),
    "replay of earlier fakes": lambda nets: GAN(*nets, latent_dim=4, pool_size=12, accumulate=2),
    "infogan": lambda nets: InfoGAN(*coded_networks(), accumulate=2, generator_batch=2),
    "ali": lambda nets: ALI(
        *pair_networks(),
        accumulate=2,
        generator_batch=2,
        penalty=GradientPenalty(1.0),
        augments={"noise": InstanceNoise(0.3)},
    ),
    "egan": lambda nets: EGAN(encoding_generator(), nets[1], accumulate=2, augments={"noise": InstanceNoise(0.3)}),
    "steingan": lambda nets: GAN(
        *nets, latent_dim=4, loss=EnergyDifference(), adversarial_weight=0.0, regularizers={"stein": Stein()}
    ),
    "vae_gan": lambda nets: VAEGAN(encoding_generator(), nets[1]),
    "sgan": lambda nets: SGAN(**stacks(), accumulate=2, generator_batch=2),
    "sgan, no joint": lambda nets: SGAN(**stacks(), joint=False),
    "aae": lambda nets: AAE(*latent_networks(), accumulate=2, stochastic=True),
    "semi-supervised": lambda nets: SemiSupervised(
        nets[0],
        nn.Sequential(*nets[1][:-1], LogSumExpHead(nn.Linear(16, 2))),
        latent_dim=4,
        labels_per_class=5,
        labelled_batch=8,
        augments={"noise": InstanceNoise(0.3)},
    ),
}


def main(devices: int, file: str) -> None:
    """Fifty steps of each in double precision, three in single; growth from its first level on; BigGAN."""
    played = {}
    for name, game in GAMES.items():
        norm, spectral = "batch norm" in name, name != "wgan"
        module = game(networks(norm, spectral))
        strict = {"flat": CriticSaturation(below=1.0), "alike": SampleRepetition(above=0.0, variance=1.0)}
        doctor = Doctor(diagnostics={name: one() for name, one in defaults().items()} | strict, every=5)
        play(
            module,
            steps=50,
            batch_size=16,
            devices=devices,
            precision="64-true",
            val_check_interval=50,
            callbacks=[Scoring(metric=Points(n_fake_training=101), every=20, keep=False), doctor],
            logger=[CSV(f"{file}_{name}")],
            default_root_dir=f"{file}_{name}",
        )
        single = game(networks(norm, spectral))
        play(single, steps=3, batch_size=16, devices=devices)
        scores = last(f"{file}_{name}") if module.global_rank == 0 else {}
        played[name] = (
            state(module),
            module.validation,
            module.step_metrics(),
            state(single),
            scores,
            findings(doctor),
        )
    group = ProcessGroup.current()
    own = torch.tensor([5.0 + group.rank])
    group.broadcast_tensors([own])
    played["even"] = (
        group.gather_rows(own.repeat(len(group.rows(7)))),
        group.broadcast_object(group.rank),
        group.all_sum(3) / group.size,
    )
    growing = family(n_critic=2, schedule=schedule(stable_images=64, fade_images=64))
    play_growing(growing, 14, real=data(n=80), devices=devices, val_check_interval=14)
    single = family()
    play_growing(single, 4, devices=devices, precision="32-true")
    played["progan"] = (state(growing), growing.validation, growing.step_metrics(), state(single), {}, [])
    big = big_game("batch")
    trainer = build(
        max_steps=6,
        accelerator="cpu",
        devices=devices,
        precision="64-true",
        val_check_interval=6,
        limit_val_batches=1.0,
    )
    trainer.fit(big, datamodule=images())
    played["biggan"] = (state(big), big.validation, big.step_metrics(), {}, {}, [])
    if module.global_rank == 0:
        torch.save(played, file)


def findings(doctor: Doctor) -> list[tuple[object, ...]]:
    """All of them, but for the numbers' last digits."""
    return [(f.name, f.since, f.until, f.advice) for f in doctor.findings.values()]


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
