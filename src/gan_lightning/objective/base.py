"""The training step that every objective shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, cast

import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from gan_lightning.core.rng import StepRNG, new_rng
from gan_lightning.core.validation import Count
from gan_lightning.loss import Loss
from gan_lightning.nn.autocast import with_autocast
from gan_lightning.nn.dropout import convert_dropout
from gan_lightning.nn.ema import EMA
from gan_lightning.nn.fast.swap import use_fast_layers
from gan_lightning.nn.frozen_blocks import freeze_blocks
from gan_lightning.nn.labels import bind_labels
from gan_lightning.objective import checks
from gan_lightning.objective.hyperparameters import Hyperparameters, latent_dim_of
from gan_lightning.objective.micro_batches import Batch
from gan_lightning.objective.nonfinite import POLICIES, NonFiniteMonitor
from gan_lightning.objective.replay import ReplayOfFakes
from gan_lightning.objective.step_metrics import StepMetrics
from gan_lightning.optimizer import OptimizerFactory
from gan_lightning.penalty import Penalty
from gan_lightning.regularizer import Regularizer, RegularizerInputs


class AdversarialModule(ReplayOfFakes):
    """Adversarial training. A step is `n_critic` critic updates, each on a fresh real batch, and a generator update.

    `trainer.global_step` counts these steps. Batches are `StepBatch`es of an `AdversarialDataModule`, or tensors
    [n_critic × batch, *shape] (alone or first in a tuple) of any DataLoader.

    Args:
        generator: latents [batch, latent_dim] → samples [batch, *shape].
        critic: the critic (discriminator): samples → scores, unbounded logits [batch] or [batch, ...], which losses
            average and penalties sum for each sample; or a dictionary with them as "score".
        loss: the losses of both players, functions of scores.
        penalty: joins the critic's loss, or projects its weights.
        n_critic: critic updates a step.
        critic_optimizer: takes the critic's parameters, returns their optimizer.
        generator_optimizer: likewise for the generator.
        **hyperparameters: see `Hyperparameters`.

    Raises:
        UsageError: for parts that break the mathematics, before the first step.

    Attributes:
        is_progressive: True if resolution or blending of the networks changes during training (progressive growing).
        draws_own_samples: True if the module reads extra real samples beside the data loader's (semi-supervised
            training). Such modules can be neither compiled nor trained in an ensemble.
    """

    is_progressive: ClassVar[bool] = False
    draws_own_samples: ClassVar[bool] = False

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        loss: Loss,
        penalty: Penalty,
        n_critic: Count,
        critic_optimizer: OptimizerFactory,
        generator_optimizer: OptimizerFactory,
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        super().__init__()
        given = hyperparameters
        self.automatic_optimization = False
        convert_dropout(generator)
        convert_dropout(critic)
        if given.get("fast_layers", True):
            use_fast_layers(generator)
            use_fast_layers(critic, second_order=penalty.per_sample)
        freeze_blocks(critic, given.get("frozen_critic", 0))
        self.generator, self.critic = generator, critic
        self.loss, self.penalty, self.n_critic = loss, penalty, n_critic
        self.critic_optimizer, self.generator_optimizer = critic_optimizer, generator_optimizer
        self.latent_dim = latent_dim_of(generator, given.get("latent_dim"))
        self.generator_batch, self.accumulate = given.get("generator_batch", 1), given.get("accumulate", 1)
        self.micro_batch_statistics = given.get("micro_batch_statistics", False)
        self.critic_max_norm, self.generator_max_norm = given.get("critic_max_norm"), given.get("generator_max_norm")
        self.ema = EMA(generator, decay=given.get("ema_decay", 0.999), after=given.get("ema_after", 0))
        self.adversarial_weight = given.get("adversarial_weight", 1.0)
        self.augments = {name: one for name, one in given.get("augments", {}).items() if one}
        regularizers = {name: one for name, one in given.get("regularizers", {}).items() if one}
        self.regularizers = cast("dict[str, Regularizer]", nn.ModuleDict(regularizers))
        for regularizer in self.regularizers.values():
            regularizer.attach(generator, critic)
        self.schedule, self.penalty_schedule = given.get("schedule"), given.get("penalty_schedule")
        self.seed, self.penalty_autocast = given.get("seed", 0), given.get("penalty_autocast", False)
        self.monitor = NonFiniteMonitor(POLICIES[given.get("on_nan", "stop")]())
        self.metrics, self.validation = StepMetrics(), {}
        self.pool = self.new_pool(given.get("pool_size", 0))
        if penalty.per_sample:
            checks.check_no_batch_norm(
                critic, f"{type(penalty).__name__} takes the gradient of each sample's own score"
            )

    def training_step(self, batch: Batch, index: int) -> None:
        """One step: `n_critic` critic updates, then one generator update."""
        k = self.global_step
        for micro_batches in self.micro_batches.critic_updates(batch, k):
            with self.player_step(self.critic):
                for real, rng, label in micro_batches:
                    self.manual_backward(self.critic_loss(self.match_stage(real), rng, label) / self.accumulate)
            self.penalty.project(self.critic)
        with self.player_step(self.generator):
            for real, rng, label in self.micro_batches.generator_update(batch, k):
                self.manual_backward(self.generator_loss(self.match_stage(real), rng, label) / self.accumulate)
        self.ema.update(self.generator, k)

    def critic_loss(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """Loss and penalty, for one backward pass. Fakes have the reals' classes where networks are conditional."""
        with torch.no_grad():
            latent = rng.normal(len(real), self.latent_dim, device=self.device)
            real, fake = self.critic_inputs(real, latent, self.conditioned(self.generator, label))
        real, fake = self.augment(real, rng), self.augment(self.replay(fake, rng), rng)
        real_score, fake_score = self.scores(real, label), self.scores(fake, label)
        loss = self.loss.critic(real_score, fake_score)
        self.metrics.record(critic_loss=loss, real_score=real_score, fake_score=fake_score)
        penalty = self.penalty(self.penalty_critic(label), real, fake, rng)
        if penalty is not None and self.penalty_schedule is not None:
            penalty = penalty * self.penalty_schedule(self.global_step)
        return self.sum_terms(loss, penalty=penalty, **self.regularization_terms("critic", real, fake, label, latent))

    def generator_loss(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """The generator's loss through the critic as it is now."""
        latent = rng.normal(len(real) * self.generator_batch, self.latent_dim, device=self.device)
        real, fake = self.critic_inputs(real, latent, self.conditioned(self.generator, label))
        fake, real = self.augment(fake, rng), self.augment(real, rng)
        loss = self.loss.generator(self.scores(fake, label), lambda: self.scores(real, label))
        self.metrics.record(generator_loss=loss)
        terms = self.regularization_terms("generator", real, fake, label, latent)
        return self.sum_terms(self.adversarial_weight * loss, **terms)

    def augment(self, samples: Tensor, rng: StepRNG) -> Tensor:
        """Samples as the critic is trained on them."""
        for augment in self.augments.values():
            samples = augment(samples, rng, self.global_step)
        return samples

    def regularization_terms(
        self, player: str, real: Tensor, fake: Tensor, label: Tensor | None, latent: Tensor | None = None
    ) -> dict[str, Tensor | None]:
        """The regularizers' terms of a player's loss, by name."""
        critic = self.critic_scores(label)
        inputs = RegularizerInputs(self.generator, self.critic, critic, real, fake, label, latent)
        return {f"{player}_{name}": getattr(one, f"{player}_term")(inputs) for name, one in self.regularizers.items()}

    def sum_terms(self, loss: Tensor, **terms: Tensor | None) -> Tensor:
        """The loss with its terms, each of which is recorded; None is no term."""
        for name, term in terms.items():
            if term is not None:
                self.metrics.record(**{name: term})
                loss = loss + term
        return loss

    def scores(self, samples: Tensor, label: Tensor | None = None) -> Tensor:
        """The critic's scores, in single precision at least: means of them are small differences of large numbers."""
        scores = self.critic_scores(label)(samples)
        return scores.to(torch.promote_types(scores.dtype, torch.float32))

    def conditioned(self, network: nn.Module, label: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """A network bound to its inputs' classes (None: class after class) and, if it grows, to the step's stage."""
        return bind_labels(network, label)

    def penalty_critic(self, label: Tensor | None) -> Callable[[Tensor], Tensor]:
        """The critic for its penalty: in single precision at least, unless `penalty_autocast` is set."""
        critic = self.critic_scores(label)
        return with_autocast(critic, self.device) if self.penalty_autocast else critic

    def match_stage(self, real: Tensor) -> Tensor:
        """Real samples [batch, *shape] as the critic sees them at this step; progressive objectives shrink them."""
        return real

    def latent(self, n: int, purpose: str) -> Tensor:
        """Fixed latents [n, latent_dim]: a function of the seed and of the purpose."""
        return torch.randn(n, self.latent_dim, generator=new_rng(self.seed, "latent", purpose)).to(self.device)

    @torch.no_grad()
    def sample(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """Samples [n, *shape] of the averaged generator; of these classes, where it is conditional."""
        return self.conditioned(self.ema, label)(self.to_device_of_weights(latent))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a sample."""
        return tuple(self.sample(self.latent(1, "shape")).shape[1:])
