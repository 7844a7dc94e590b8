"""Stacked GAN: generators that invert the levels of a classifier, each with a critic of its own."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import MediumCount, NonNegative
from gan_lightning.loss import Loss, NonSaturating
from gan_lightning.nn.labels import BoundNetwork, labels_in_turn
from gan_lightning.nn.level_encoder import LevelEncoder
from gan_lightning.nn.stack import LATENT, CriticStack, GeneratorStack, join
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.objective.sum_of_games import SumOfGames
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import GradientPenalty, NoPenalty, Penalty
from gan_lightning.penalty.dragan import Dragan

TRAIN_ENCODER = (
    "train one by python -m gan_lightning.extractor.train_encoder FILE data=NAME, and use "
    "objective.encoder.weights=FILE"
)


class SGAN(AdversarialModule):
    """Huang et al. 2017, arXiv:1612.04357: generators G_i invert the parts E_i of a trained classifier, level by level.

    With levels h_0 = x, h_{i+1} = E_i(h_i) of real samples, class y = h_N and fakes f_i = G_i(h_{i+1}, z_i), each level
    has three terms: any loss of its critic D_i, on h_i and f_i; the conditional loss, the mean square of
    E_i(f_i) - h_{i+1}, for logits the cross-entropy with y; and the entropy loss, the mean square of Q_i(f_i) - z_i, by
    which Q_i learns with the critic. All are summed over levels. Joint, h_{i+1} on the generators' side is f_{i+1}:
    the stack is trained end to end. Optimizers are DCGAN's.

    Args:
        generator: an `nn.stack.GeneratorStack`.
        critic: an `nn.stack.CriticStack`.
        encoder: the classifier, an `nn.level_encoder.LevelEncoder`; it stays as it is.
        joint: False: each level is trained alone, below the classifier's true features (SGAN-no-joint).
        conditional_weight: of the conditional loss; 1 in the authors' code.
        entropy_weight: of the entropy loss; 10 there, for uniform latents of variance 1/12.
        loss: the losses of each level.
        penalty: of all critics; None is none.
        n_critic: critic updates a step.
        critic_optimizer: of all critics.
        generator_optimizer: of all generators.
        **hyperparameters: see `Hyperparameters`; no augmentations, since the encoder reads samples as they are.

    Raises:
        UsageError: the networks are no stacks, the penalty is no sum over critics, or there are augmentations.
    """

    critic_input_name = "levels"
    fitting_models = "use model=sgan"
    generator: GeneratorStack
    critic: CriticStack

    @keeps_hyperparameters
    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        encoder: nn.Module,
        joint: bool = True,
        conditional_weight: NonNegative = 1.0,
        entropy_weight: NonNegative = 1.0,
        loss: Loss | None = None,
        penalty: Penalty | None = None,
        n_critic: MediumCount = 1,
        critic_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        generator_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        _check_stacks(generator, critic, encoder)
        if isinstance(penalty, GradientPenalty | Dragan):
            raise UsageError(
                f"SGAN has a critic for each level, and {type(penalty).__name__} would bound the norm of all gradients "
                "together: use penalty@objective.penalty=r1_r2, weight_clipping or none"
            )
        super().__init__(
            generator,
            critic,
            loss=cast(Loss, SumOfGames(loss or NonSaturating(), len(generator.generators))),  # type: ignore[arg-type]
            penalty=penalty or NoPenalty(),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
        if self.augments:
            raise UsageError(
                f"SGAN's encoder reads samples as they are, and {', '.join(self.augments)} changes them: use augment=[]"
            )
        self.encoder = cast(LevelEncoder, encoder.requires_grad_(False))
        self.joint, self.conditional_weight, self.entropy_weight = joint, conditional_weight, entropy_weight
        self._recognized: list[tuple[Tensor, Tensor]] = []  # critics' inputs with Q's latents, of the last two batches

    # ---- the step -------------------------------------------------------------------------------------------------

    def conditioned(self, network: nn.Module, label: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """See `AdversarialModule`; the generator carries its classes, with which all levels are made."""
        bound = super().conditioned(network, label)
        return BoundNetwork(bound, label) if network is self.generator else bound

    def critic_input(self, samples: Tensor) -> Tensor:
        """Their levels h_0 … h_{N-1}, as rows of numbers."""
        return join(self.levels(samples)[:-1])

    def critic_inputs(
        self, real: Tensor, latent: Tensor, generator: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Levels of the reals, and those that the generators make."""
        levels = self.levels(real)[:-1]
        above = None if self.joint else [_repeated(level, len(latent)) for level in levels[1:]]
        label = self._classes(getattr(generator, "label", None), len(latent))
        return join(levels), join(self.generator.levels(latent.to(real), label, above))

    def scores(self, samples: Tensor, label: Tensor | None = None) -> Tensor:
        """See `AdversarialModule`; keeps the latents that Q reads from the same samples."""
        outputs = self.critic(samples)
        self._recognized = [*self._recognized[-1:], (samples, outputs[LATENT])]
        scores: Tensor = outputs["score"]
        return scores.to(torch.promote_types(scores.dtype, torch.float32))

    def regularization_terms(
        self, player: str, real: Tensor, fake: Tensor, label: Tensor | None, latent: Tensor | None = None
    ) -> dict[str, Tensor | None]:
        """Those of regularizers, the entropy loss of both players, and the generators' conditional loss."""
        terms = super().regularization_terms(player, real, fake, label, latent)
        assert latent is not None
        if self.entropy_weight:
            found = next(latents for samples, latents in self._recognized if samples is fake)
            errors = map(mse_loss, self.generator.split(found), self.generator.split(latent.to(found)))
            terms[f"{player}_entropy"] = self.entropy_weight * sum(errors, found.new_zeros(()))
        if player == "generator" and self.conditional_weight:
            terms["conditional"] = self.conditional_weight * self._conditional_loss(real, fake, label)
        self._recognized = []
        return terms

    def _conditional_loss(self, real: Tensor, fake: Tensor, label: Tensor | None) -> Tensor:
        fakes = self.critic.split(fake)
        given = fakes if self.joint else [_repeated(level, len(fake)) for level in self.critic.split(real)]
        *features, logits = (part(level) for part, level in zip(self.encoder.parts, fakes, strict=True))
        errors = map(mse_loss, features, given[1:])
        return sum(errors, cross_entropy(logits, self._classes(label, len(fake))))

    def _classes(self, label: Tensor | None, n: int) -> Tensor:
        """Classes of `n` fakes, those of the reals again and again."""
        return labels_in_turn(self.generator, n, self.device) if label is None else _repeated(label.to(self.device), n)

    # ---- outside of the step --------------------------------------------------------------------------------------

    @torch.no_grad()
    def levels(self, samples: Tensor) -> list[Tensor]:
        """The encoder's levels of samples as networks see them, h_0 to h_N."""
        levels: list[Tensor] = self.encoder(self.to_device_of_weights(samples))
        return levels

    def dry_run(self, real: Tensor) -> None:
        """See `DryRun`.

        Raises:
            UsageError: the encoder does not take the data, or has other levels than the networks.
        """
        found, kinds = _levels_of(self.encoder, real), self.critic.shapes[1:]
        classes = self.generator.classes
        if found != (*kinds, (classes,)):
            here, there = (" and ".join(str([*one]) for one in shapes) for shapes in (found, (*kinds, (classes,))))
            raise UsageError(
                f"the encoder makes levels of {here} numbers of these data, the networks have {there}: "
                f"{TRAIN_ENCODER}; its features are those of model.generator.features"
            )
        super().dry_run(real)

    def on_fit_start(self) -> None:
        """As for every objective; the encoder, too, is in eval mode on purpose."""
        super().on_fit_start()
        fixed = sum(1 for network in (self.ema, self.encoder) for _ in network.modules())
        warnings.filterwarnings("ignore", message=rf"Found {fixed} module\(s\) in eval mode")

    @property
    def metric_names(self) -> set[str]:
        """See `LightningHooks`."""
        entropy = {"critic_entropy", "generator_entropy"} if self.entropy_weight else set()
        return super().metric_names | entropy | ({"conditional"} if self.conditional_weight else set())


def _repeated(rows: Tensor, n: int) -> Tensor:
    """The rows again and again, [n, ...]."""
    return rows.repeat(-(-n // len(rows)), *[1] * (rows.dim() - 1))[:n]


def _levels_of(encoder: LevelEncoder, real: Tensor) -> tuple[tuple[int, ...], ...]:
    """Shapes of a sample on the levels above it."""
    try:
        with torch.no_grad():
            levels = encoder(real[:1].to(next(encoder.parameters())))[1:]
    except RuntimeError as error:
        raise UsageError(f"the encoder does not take samples of shape {[*real.shape[1:]]}: {TRAIN_ENCODER}") from error
    return tuple(tuple(level.shape[1:]) for level in levels)


def _check_stacks(generator: nn.Module, critic: nn.Module, encoder: nn.Module) -> None:
    for network, kind, name in (
        (generator, GeneratorStack, "generator is a stack"),
        (critic, CriticStack, "critic is one of levels"),
    ):
        if not isinstance(network, kind):
            own = f"{type(network).__module__.rpartition('.')[2]}.{type(network).__name__}"
            raise UsageError(
                f"SGAN's {name}, and {own} is none: use model=sgan, or in Python gan_lightning.nn.stack.{kind.__name__}"
            )
    if not isinstance(encoder, LevelEncoder):
        raise UsageError(
            "SGAN's encoder has levels, and this one has none: use gan_lightning.nn.level_encoder.LevelEncoder(*parts)"
        )
