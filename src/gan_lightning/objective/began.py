"""Boundary equilibrium GAN: an autoencoder as critic, and a balance of its errors on reals and fakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from gan_lightning.core.validation import Fraction, MediumCount, NonNegative
from gan_lightning.distributed.collectives import all_mean
from gan_lightning.nn.autoencoder import check_autoencoder
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.energy_objective import EnergyObjective, EnergyState
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty


class BoundaryEquilibrium(EnergyState):
    """The losses of BEGAN: scores are minus the errors L of an autoencoder (Berthelot et al. 2017, section 3.3).

    Args:
        diversity_ratio: γ, the ratio E L(G(z)) / E L(x) that is aimed at.
        balance_rate: λ, the rate of k.

    Attributes:
        balance: k, between 0 and 1, the weight of fakes in the critic's loss; it begins at 0.
    """

    divergence_name: ClassVar[str] = "convergence"
    state_name = "balance"
    balance: Tensor

    def __init__(self, diversity_ratio: float, balance_rate: float) -> None:
        super().__init__()
        self.diversity_ratio, self.balance_rate = diversity_ratio, balance_rate
        self.register_buffer("balance", torch.zeros(()))

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """E L(x) - k E L(G(z))."""
        return self.balance.to(fake) * fake.mean() - real.mean()

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """E L(G(z))."""
        return -fake.mean()

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """The measure of convergence E L(x) + |γ E L(x) - E L(G(z))|, small where training has converged."""
        real_error, fake_error = all_mean(-real.mean()), all_mean(-fake.mean())
        return real_error + (self.diversity_ratio * real_error - fake_error).abs()

    @torch.no_grad()
    def update(self, real_error: Tensor, fake_error: Tensor) -> None:
        """k ← k + λ (γ E L(x) - E L(G(z))), kept within [0, 1]; errors that are not finite leave it."""
        change = self.balance_rate * (self.diversity_ratio * real_error - fake_error)
        self.balance.add_(change.nan_to_num(0.0, 0.0, 0.0)).clamp_(0, 1)


class BEGAN(EnergyObjective):
    """Berthelot et al. 2017, arXiv:1703.10717: the critic reconstructs reals well, and fakes badly as far as k says.

    After each step k moves so that the error on fakes stays γ times that on reals. `convergence` is the paper's measure
    of it. Latents are normal, the paper's uniform.

    Args:
        generator: latents → samples.
        critic: an `nn.autoencoder.Autoencoder`, whose score is minus its error.
        diversity_ratio: γ, between 0 and 1: lower for samples that are more alike, and better.
        balance_rate: λ of k, over the scale of the errors; 0.001 in the paper.
        penalty: of the critic; None is none.
        n_critic: critic updates a step.
        critic_optimizer: of the critic.
        generator_optimizer: of the generator.
        **hyperparameters: see `Hyperparameters`.

    Raises:
        UsageError: the critic is no autoencoder.
    """

    @keeps_hyperparameters
    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        diversity_ratio: Fraction = 0.5,
        balance_rate: NonNegative = 0.001,
        penalty: Penalty | None = None,
        n_critic: MediumCount = 1,
        critic_optimizer: OptimizerFactory = Adam(1e-4, (0.5, 0.999)),
        generator_optimizer: OptimizerFactory = Adam(1e-4, (0.5, 0.999)),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        check_autoencoder(critic, "BEGAN")
        super().__init__(
            generator,
            critic,
            loss=BoundaryEquilibrium(diversity_ratio, balance_rate),
            penalty=penalty or NoPenalty(),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
