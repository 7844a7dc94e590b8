"""Adversarially learned inference (ALI, BiGAN): a critic of pairs of samples and latents."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from torch import Tensor, nn
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.core.validation import MediumCount
from gan_lightning.loss import Loss, NonSaturating
from gan_lightning.nn.encoder import encoder_of
from gan_lightning.nn.pair_critic import PairCritic, join
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.encoder_module import EncoderModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty

MODELS = "use model=dcgan_pairs for images, model=mlp_pairs for points"


class BothSides:
    """The losses of pairs: generator and encoder minimise the critic's loss with real and fake exchanged.

    Both pairs are theirs, (G(z), z) and (x, E(x)), so both scores have a gradient (Dumoulin et al. 2017, algorithm 1).

    Args:
        loss: the critic's.
    """

    def __init__(self, loss: Loss) -> None:
        self.loss, self.divergence_name = loss, loss.divergence_name
        self.batch_statistics = getattr(loss, "batch_statistics", False)

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """The critic's loss as it is."""
        return self.loss.critic(real, fake)

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """The critic's loss with the two batches exchanged."""
        return self.loss.critic(fake, real())

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """That of the joint distributions of samples and latents."""
        return self.loss.divergence(real, fake)


class ALI(EncoderModule):
    """A generator and an encoder that is its inverse: the critic tells pairs (x, E(x)) from pairs (G(z), z).

    At the optimum both are the same joint distribution, and G(E(x)) = x for a deterministic encoder. Dumoulin et al.
    2017, arXiv:1606.00704; with `stochastic=False` BiGAN, Donahue et al. 2017, arXiv:1605.09782. Optimizers are
    DCGAN's. Augmentations change the sample of a pair, after it was encoded.

    Args:
        generator: latents → samples, with an `encoder` (`nn.encoder.Encoder`).
        critic: an `nn.pair_critic.PairCritic`.
        stochastic: the latents E(x) are drawn from a normal distribution (ALI); False: they are its mean (BiGAN).
        loss: its critic's loss; the other player's is the same with real and fake exchanged.
        penalty: of the critic; None is none.
        n_critic: critic updates a step.
        critic_optimizer: of the critic.
        generator_optimizer: of generator and encoder.
        **hyperparameters: see `Hyperparameters`.

    Raises:
        UsageError: the generator has no encoder, or the critic takes no pairs.
    """

    critic_input_name = "pairs"
    fitting_models = MODELS
    critic: PairCritic

    @keeps_hyperparameters
    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        stochastic: bool = True,
        loss: Loss | None = None,
        penalty: Penalty | None = None,
        n_critic: MediumCount = 1,
        critic_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        generator_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        encoder_of(generator, "ALI", MODELS)
        if not isinstance(critic, PairCritic):
            kind = f"{type(critic).__module__.rpartition('.')[2]}.{type(critic).__name__}"
            raise UsageError(
                f"ALI's critic takes pairs of a sample and a latent, and {kind} takes none: {MODELS}, or in Python "
                "gan_lightning.nn.pair_critic.PairCritic"
            )
        super().__init__(
            generator,
            critic,
            loss=cast(Loss, BothSides(loss or NonSaturating())),  # its divergence has the name of the loss's
            penalty=penalty or NoPenalty(),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
        self.stochastic = stochastic

    def critic_input(self, samples: Tensor) -> Tensor:
        """Pairs (x, E(x)), [B, prod(shape) + latent_dim]."""
        return join(samples, self.latents(samples))

    def critic_inputs(
        self, real: Tensor, latent: Tensor, generator: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Pairs (x, E(x)) and (G(z), z)."""
        return self.critic_input(real), join(generator(latent), latent)

    def augment(self, samples: Tensor, rng: StepRNG) -> Tensor:
        """Pairs whose sample is augmented."""
        if not self.augments:
            return samples
        images, latents = self.critic.split(samples)
        return join(super().augment(images, rng), latents)
