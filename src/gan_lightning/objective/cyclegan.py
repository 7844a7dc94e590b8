"""CycleGAN: translation between two domains of images without pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.core.translation_direction import TranslationDirection
from gan_lightning.core.validation import MediumCount, NonNegative
from gan_lightning.data.pixels import to_float
from gan_lightning.loss import LeastSquares, Loss
from gan_lightning.nn.freeze import train_mode
from gan_lightning.nn.labels import BoundNetwork, labels_in_turn
from gan_lightning.nn.scores import per_sample
from gan_lightning.nn.two_domains import TwoDomainCritic, TwoWayGenerator, join, split
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.fake_pool import FakePool
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.objective.sum_of_games import SumOfGames
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import GradientPenalty, NoPenalty, Penalty
from gan_lightning.penalty.dragan import Dragan

MODELS = "use model=cyclegan"


class CycleGAN(AdversarialModule):
    """Zhu et al. 2017, arXiv:1703.10593: G translates A to B and F back, with a critic in each domain.

    The generators minimise the losses of both games, λ (E‖F(G(a)) - a‖₁ + E‖G(F(b)) - b‖₁) and
    μ (E‖F(a) - a‖₁ + E‖G(b) - b‖₁), with ‖·‖₁ the mean absolute difference of values, as in the paper's code. The
    sample is an image b of B, its label an image a of A that has nothing to do with it; critics see both as a pair. In
    critic updates half of the fakes are earlier ones; `pool_size`, of each domain, is 50 unless it is given. Optimizers
    are the paper's.

    Args:
        generator: an `nn.two_domains.TwoWayGenerator`.
        critic: an `nn.two_domains.TwoDomainCritic`.
        cycle_weight: λ.
        identity_weight: μ; 0 leaves the term out, which is for domains of the same colours.
        loss: the losses of each game; the paper's squares are not halved, so that its λ goes with
            `adversarial_weight=2`.
        penalty: of both critics; None is none.
        n_critic: critic updates a step.
        critic_optimizer: of both critics.
        generator_optimizer: of both generators.
        **hyperparameters: see `Hyperparameters`.

    Raises:
        UsageError: the networks are not of two domains, the penalty is no sum over both, a regularizer compares pairs,
            or there are several latents an image.
    """

    critic_input_name = "pairs"
    fitting_models = MODELS
    generator: TwoWayGenerator
    critic: TwoDomainCritic

    @keeps_hyperparameters
    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        cycle_weight: NonNegative = 10.0,
        identity_weight: NonNegative = 5.0,
        loss: Loss | None = None,
        penalty: Penalty | None = None,
        n_critic: MediumCount = 1,
        critic_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        generator_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        for network, kind, name in (
            (generator, TwoWayGenerator, "generator translates both ways"),
            (critic, TwoDomainCritic, "critic is one of two domains"),
        ):
            if not isinstance(network, kind):
                own = f"{type(network).__module__.rpartition('.')[2]}.{type(network).__name__}"
                raise UsageError(
                    f"CycleGAN's {name}, and {own} does not: {MODELS}, or in Python "
                    f"gan_lightning.nn.two_domains.{kind.__name__}"
                )
        if isinstance(penalty, GradientPenalty | Dragan):
            raise UsageError(
                f"CycleGAN has two critics, and {type(penalty).__name__} would bound the norm of both gradients "
                "together: use penalty@objective.penalty=r1_r2, weight_clipping or none"
            )
        if hyperparameters.get("generator_batch", 1) != 1:
            raise UsageError(
                "CycleGAN translates without noise, so that more latents would be the same images again: use "
                "objective.generator_batch=1"
            )
        hyperparameters.setdefault("pool_size", 50)
        super().__init__(
            generator,
            critic,
            loss=cast(Loss, SumOfGames(loss or LeastSquares(), 2)),  # its divergence has the name of the loss's
            penalty=penalty or NoPenalty(),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
        if paired := [name for name, one in self.regularizers.items() if one.paired]:
            raise UsageError(
                f"{paired[0]} compares fakes with the reals beside them, and CycleGAN's images have no pairs: leave it "
                "out, or use objective=pix2pix model=unet with paired images"
            )
        self.cycle_weight, self.identity_weight = cycle_weight, identity_weight

    # ---- the step -------------------------------------------------------------------------------------------------

    def conditioned(self, network: nn.Module, label: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """See `AdversarialModule`; the generator carries its images of A, of which pairs are made."""
        bound = super().conditioned(network, label)
        return BoundNetwork(bound, label) if network is self.generator else bound

    def critic_inputs(
        self, real: Tensor, latent: Tensor, generator: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Pairs (a, b) and (F(b), G(a))."""
        label = getattr(generator, "label", None)
        a = labels_in_turn(self.generator, len(real), real.device) if label is None else to_float(label)
        return join(a.to(real), real), join(self.generator.translate(real, "b_to_a"), generator(latent))

    def new_pool(self, size: int) -> FakePool | None:
        """A pool of fakes of each domain; None for 0."""
        return FakePool(size, self.generator.label_shape, self.seed, sides=2) if size else None

    def replay(self, fake: Tensor, rng: StepRNG) -> Tensor:
        """Each domain for itself."""
        return fake if self.pool is None else join(*self.pool(torch.stack(split(fake)), rng))

    def regularization_terms(
        self, player: str, real: Tensor, fake: Tensor, label: Tensor | None, latent: Tensor | None = None
    ) -> dict[str, Tensor | None]:
        """Those of regularizers, and of the generators' loss the cycle and identity terms."""
        terms = super().regularization_terms(player, real, fake, label, latent)
        if player == "generator":
            (a, b), (fake_a, fake_b) = split(real), split(fake)
            translate = self.generator.translate
            if self.cycle_weight:
                error = (translate(fake_b, "b_to_a") - a).abs().mean() + (translate(fake_a) - b).abs().mean()
                terms["cycle"] = self.cycle_weight * error
            if self.identity_weight:
                error = (translate(a, "b_to_a") - a).abs().mean() + (translate(b) - b).abs().mean()
                terms["identity"] = self.identity_weight * error
        return terms

    # ---- outside of the step --------------------------------------------------------------------------------------

    @torch.no_grad()
    def translate(self, images: Tensor, direction: TranslationDirection = "a_to_b") -> Tensor:
        """Images of one domain as networks see them → images of the other, by the averaged generators."""
        generators = cast(TwoWayGenerator, self.ema.generator)
        return generators.translate(self.to_device_of_weights(images), direction)

    @torch.no_grad()
    def score(self, samples: Tensor) -> Tensor:
        """Scores of images of B, one each, by the critic of B in eval mode."""
        with train_mode(self.critic, training=False):
            return per_sample(self.critic.b(self.to_device_of_weights(samples)))

    @property
    def metric_names(self) -> set[str]:
        """See `LightningHooks`."""
        terms = {"cycle": self.cycle_weight, "identity": self.identity_weight}
        return super().metric_names | {name for name, weight in terms.items() if weight}
