from __future__ import annotations

import pytest
import torch
from lightning.pytorch import Trainer
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.objective import checks
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.optimizer import Adam, RMSProp
from gan_lightning.penalty import R1R2
from gan_lightning.schedule.linear_decay import LinearDecay
from tests.helper.modules import Cloud, networks, play

REAL = torch.zeros(2, 2)


class HiddenSigmoid(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.last(x)).squeeze(1)


class Mean(nn.Linear):
    def __init__(self) -> None:
        super().__init__(2, 1)

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input).mean()


@pytest.mark.parametrize(
    "make",
    [
        lambda c: WGANGP(networks()[0], c, latent_dim=4),
        lambda c: GAN(networks()[0], c, latent_dim=4, penalty=R1R2()),
    ],
)
@pytest.mark.parametrize("norm", [nn.BatchNorm1d(2), nn.SyncBatchNorm(2)])
def test_refuses_batch_norm_under_a_per_sample_penalty(make: type, norm: nn.Module) -> None:
    critic = nn.Sequential(nn.Linear(2, 2), nn.Sequential(norm), nn.Linear(2, 1))
    with pytest.raises(UsageError, match=r"critic layer '1\.0'.*use layer or instance norm"):
        make(critic)


def test_other_norms_and_other_families_are_welcome() -> None:
    WGANGP(networks()[0], nn.Sequential(nn.LayerNorm(2), nn.Linear(2, 1)), latent_dim=4)
    WGAN(*networks(norm=True), latent_dim=4)
    GAN(*networks(norm=True), latent_dim=4)


@pytest.mark.parametrize(
    ("critic", "where"),
    [
        (nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()), "layer '1'"),
        (nn.Sequential(nn.Linear(2, 1), nn.Sigmoid(), nn.Flatten(0)), "layer '1'"),
        (nn.Sequential(nn.Linear(2, 1), nn.LogSigmoid()), "layer '1'"),
        (HiddenSigmoid(), r"its forward\(\)"),
    ],
)
def test_refuses_a_squashed_critic(critic: nn.Module, where: str) -> None:
    with pytest.raises(UsageError, match=rf"sigmoid \({where}\)"):
        GAN(networks()[0], critic, latent_dim=4).dry_run(REAL)


def test_sigmoids_inside_are_welcome() -> None:
    critic = nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1))
    GAN(networks()[0], critic, latent_dim=4).dry_run(REAL)


def test_refuses_before_the_first_step() -> None:
    module = GAN(networks()[0], nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()), latent_dim=4)
    with pytest.raises(UsageError, match="sigmoid"):
        play(module)
    assert module.trainer.global_step == 0


def test_refuses_networks_that_do_not_fit() -> None:
    generator, critic = networks()
    with pytest.raises(UsageError, match=r"makes samples of shape \(2,\), the data are \(3,\)"):
        GAN(generator, critic, latent_dim=4).dry_run(torch.zeros(2, 3))
    with pytest.raises(UsageError, match=r"the critic does not take samples of shape \(2,\)"):
        GAN(generator, nn.Linear(3, 1), latent_dim=4).dry_run(REAL)
    with pytest.raises(UsageError, match="does not take latents of 5 numbers"):
        GAN(generator, critic, latent_dim=5).dry_run(REAL)
    with pytest.raises(UsageError, match=r"the critic gives \(14,\) for 2 samples: .* \(2, \.\.\.\)"):
        GAN(generator, nn.Sequential(nn.Linear(2, 7), nn.Flatten(0)), latent_dim=4).dry_run(REAL)
    with pytest.raises(UsageError, match=r"the critic gives \(\) for 2 samples"):
        GAN(generator, Mean(), latent_dim=4).dry_run(REAL)
    with pytest.raises(UsageError, match="the critic returns a tuple: it must return scores"):
        GAN(generator, nn.LSTM(2, 1), latent_dim=4).dry_run(REAL)


def test_inspection_leaves_no_trace() -> None:
    module = GAN(*networks(norm=True, spectral=True), latent_dim=4)
    before = {k: v.clone() for k, v in module.state_dict().items()}
    module.dry_run(REAL)
    assert all(torch.equal(before[k], v) for k, v in module.state_dict().items())


@pytest.mark.parametrize("optimizer", [RMSProp(momentum=0.9), Adam(betas=(0.5, 0.9))])
def test_wgan_warns_of_momentum(optimizer: object) -> None:
    with pytest.warns(UserWarning, match="has momentum 0"):
        WGAN(*networks(), latent_dim=4, critic_optimizer=optimizer).configure_optimizers()  # type: ignore[arg-type]


def test_wgan_is_silent_without_momentum() -> None:
    WGAN(*networks(), latent_dim=4).configure_optimizers()
    WGAN(*networks(), latent_dim=4, critic_optimizer=Adam(betas=(0.0, 0.9))).configure_optimizers()


@pytest.mark.filterwarnings("ignore")
def test_refuses_half_precision_in_plain_python() -> None:
    trainer = Trainer(max_steps=1, accelerator="cpu", precision="bf16-true", logger=False, enable_checkpointing=False)
    with pytest.raises(UsageError, match="use precision='bf16-mixed'"):
        trainer.fit(GAN(*networks(), latent_dim=4), datamodule=Cloud(batch_size=8))


def test_warns_where_a_run_goes_on_beyond_its_schedule() -> None:
    with pytest.warns(UserWarning, match="learning rates fall to zero before step 20, the last"):
        checks.warn_if_schedule_ends_early(LinearDecay(end_step=10), 20)
    checks.warn_if_schedule_ends_early(LinearDecay(end_step=20), 20)
    checks.warn_if_schedule_ends_early(None, 20)
