"""Margin adaptation GAN: an energy-based GAN whose margin follows the energy of the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import relu
from typing_extensions import Unpack

from gan_lightning.core.validation import MediumCount, Positive
from gan_lightning.nn.autoencoder import check_autoencoder
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.energy_objective import EnergyObjective, EnergyState
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty


class AdaptiveMargin(EnergyState):
    """`EnergyMargin` with a margin that only falls (Wang et al. 2017, arXiv:1704.03817, algorithm 1).

    After every so many steps, the epoch of the paper, it becomes the mean energy of reals, if that is below it and
    below the energy of fakes, and fakes gain no more: theirs is no lower than it was then.

    Args:
        margin: m at the start. The paper trains the critic alone at first, and begins with its energy of reals.
        every: steps after which the margin may fall.

    Attributes:
        margin: m.
        energies: sums of the steps since then, of reals and of fakes.
        steps: number of these.
        earlier: mean energy of fakes in the steps before.
    """

    divergence_name: ClassVar[str] = "total_variation"
    state_name = "margin"
    margin: Tensor
    energies: Tensor
    steps: Tensor
    earlier: Tensor

    def __init__(self, margin: float, every: int) -> None:
        super().__init__()
        self.every = every
        self.register_buffer("margin", torch.tensor(float(margin)))
        self.register_buffer("energies", torch.zeros(2))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.register_buffer("earlier", torch.tensor(torch.inf))

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """E relu(-D(x)) + E relu(m + D(G(z)))."""
        return relu(-real).mean() + relu(self.margin.to(fake) + fake).mean()

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """-E D(G(z)), the energy of fakes."""
        return -fake.mean()

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """See `EnergyMargin`."""
        return 1 - self.critic(real, fake) / self.margin.to(fake)

    @torch.no_grad()
    def update(self, real_error: Tensor, fake_error: Tensor) -> None:
        """Adds the energies of a step, and lets the margin fall when it is time; those not finite are left out."""
        step = torch.stack([real_error, fake_error])
        counts = step.isfinite().all()
        self.energies.add_(torch.where(counts, step, 0))
        self.steps.add_(counts)
        due = self.steps >= self.every
        real, fake = self.energies / self.steps.clamp(min=1)
        falls = due & (real < self.margin) & (real < fake) & (self.earlier <= fake)
        self.margin.copy_(torch.where(falls, real, self.margin))
        self.earlier.copy_(torch.where(due, fake, self.earlier))
        self.energies.masked_fill_(due, 0)
        self.steps.masked_fill_(due, 0)


class MAGAN(EnergyObjective):
    """Wang et al. 2017, arXiv:1704.03817: EBGAN without its pulling-away term, with a margin that adapts itself.

    A margin far above the energy of reals lets the critic push fakes away long after they are good, one below it leaves
    them alone too early. Optimizers are DCGAN's.

    Args:
        generator: latents → samples.
        critic: an `nn.autoencoder.Autoencoder`, whose score is minus the energy.
        margin: m at the start.
        margin_every: steps after which it may fall; an epoch in the paper.
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
        margin: Positive = 1.0,
        margin_every: MediumCount = 100,
        penalty: Penalty | None = None,
        n_critic: MediumCount = 1,
        critic_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        generator_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        check_autoencoder(critic, "MAGAN")
        super().__init__(
            generator,
            critic,
            loss=AdaptiveMargin(margin, margin_every),
            penalty=penalty or NoPenalty(),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
