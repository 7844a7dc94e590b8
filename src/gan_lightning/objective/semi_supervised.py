"""A critic that classifies, taught by few labels and many samples without."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, derive_seed
from gan_lightning.core.validation import BatchSize, Count, MediumCount, NonNegative
from gan_lightning.data.labelled_subset import labelled_subset
from gan_lightning.data.pixels import to_float
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.loss import Loss, NonSaturating
from gan_lightning.loss.minimax import Minimax
from gan_lightning.nn.class_logits import class_head_of
from gan_lightning.nn.freeze import train_mode
from gan_lightning.nn.minibatch_groups import group_sizes
from gan_lightning.objective import checks
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.objective.micro_batches import Batch
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty
from gan_lightning.regularizer import FeatureMatching


class SemiSupervised(AdversarialModule):
    """Salimans et al. 2016, arXiv:1606.03498, section 5: classes 1 … K for reals, class K + 1 for fakes.

    The critic ends in K logits (`nn.class_logits`), whose log Σ exp is its score: `loss` is then the paper's
    unsupervised loss, and the cross entropy of the few labelled samples joins it. The generator matches features
    (section 3.1) and nothing else, unless `regularizers` and `adversarial_weight` say so.

    The labelled samples follow from the seed. They come in batches of their own, one for each critic update, beside
    the stream's batch without labels. With `unsupervised_weight=0` the same classifier learns from the labels alone.

    Args:
        generator: latents → samples.
        critic: samples → scores, through a `LogSumExpHead`.
        labels_per_class: training samples of each class whose labels are used.
        labelled_batch: labelled samples of a critic update, over all devices and micro-batches.
        unsupervised_weight: of loss, penalty and regularizers in the critic's loss, beside the cross entropy of the
            labels; the paper's is 1, its code's ½.
        loss: takes scores for logits of being real: minimax or non-saturating.
        penalty: of the critic; None is none.
        n_critic: critic updates a step.
        critic_optimizer: of the critic.
        generator_optimizer: of the generator.
        **hyperparameters: see `Hyperparameters`.

    Raises:
        UsageError: the critic does not classify or has batch norm, a network or regularizer is conditional, or the
            loss does not take scores as logits.
    """

    draws_own_samples = True

    @keeps_hyperparameters
    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        labels_per_class: Count = 10,
        labelled_batch: BatchSize = 100,
        unsupervised_weight: NonNegative = 1.0,
        loss: Loss | None = None,
        penalty: Penalty | None = None,
        n_critic: MediumCount = 1,
        critic_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        generator_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        hyperparameters.setdefault("adversarial_weight", 0.0)
        hyperparameters.setdefault("regularizers", {"feature_matching": FeatureMatching()})
        super().__init__(
            generator,
            critic,
            loss=loss or NonSaturating(),
            penalty=penalty or NoPenalty(),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
        self.labels_per_class, self.labelled_batch = labels_per_class, labelled_batch
        self.unsupervised_weight = unsupervised_weight
        if (classifier := class_head_of(critic)) is None:
            raise UsageError(
                "a semi-supervised critic ends in a logit for each class, this one does not: use "
                "condition.critic=classifier"
            )
        self._classifier = [classifier]  # in a list, so that it stays a part of the critic alone
        checks.check_no_batch_norm(critic, "a semi-supervised critic classifies each sample by itself")
        if self.labelled:
            raise UsageError(
                "semi-supervised training uses few labels, but a network or a regularizer is conditional on classes: "
                "use condition.generator=none and no auxiliary classifier"
            )
        if not isinstance(self.loss, Minimax):
            raise UsageError(
                f"a semi-supervised critic's score is the logit of being real, and {type(self.loss).__name__} takes no "
                "logits: use loss@objective.loss=non_saturating or minimax"
            )

    # ---- the labels -----------------------------------------------------------------------------------------------

    def on_fit_start(self) -> None:
        """Chooses the samples whose labels are used.

        Raises:
            UsageError: there are no labels, too few, or more classes than the critic has logits.
        """
        super().on_fit_start()
        data = getattr(self.trainer, "datamodule", None)
        self._labelled_set, _ = labelled_subset(getattr(data, "train", None), self.labels_per_class, self.seed)
        known, classes = self._classifier[0].logits.out_features, int(self._labelled_set.labels.max()) + 1  # type: ignore[union-attr]
        if classes > known:
            raise UsageError(f"the data have {classes} classes, the critic has logits for {known}: make them equal")

    def critic_loss(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """The unsupervised loss, and the cross entropy of labelled samples."""
        unsupervised = self.unsupervised_weight * super().critic_loss(real, rng)
        samples, classes = self._labelled(rng)
        return self.sum_terms(unsupervised, supervised_loss=cross_entropy(self.logits(samples.to(real.dtype)), classes))

    def _labelled(self, rng: StepRNG) -> tuple[Tensor, Tensor]:
        """The micro-batch's share of an update's labelled samples, which come in a new order in each pass."""
        batch = (derive_seed(self.seed, "labelled"), rng.update, self.labelled_batch, rng.shard, rng.num_shards)
        samples, label = self._labelled_set.batch(*batch), self._labelled_set.labels_of(*batch)
        assert label is not None
        samples = self.match_stage(to_float(samples.to(self.device)))
        return self.augment(samples, rng), label.to(self.device)

    def logits(self, samples: Tensor) -> Tensor:
        """The critic's logits of classes, [batch, K]."""
        found: list[Tensor] = []
        handle = self._classifier[0].logits.register_forward_hook(lambda layer, inputs, logits: found.append(logits))
        try:
            self.scores(samples)
        finally:
            handle.remove()
        return found[0].to(torch.promote_types(found[0].dtype, torch.float32))

    @torch.no_grad()
    def classify(self, samples: Tensor) -> Tensor:
        """The most likely classes of samples as networks see them, int64 [batch], by the critic in eval mode."""
        with train_mode(self.critic, training=False):
            return self.logits(self.to_device_of_weights(samples)).argmax(1)

    # ---- held-out samples -----------------------------------------------------------------------------------------

    def on_validation_epoch_start(self) -> None:
        """Drops the answers of the last validation."""
        super().on_validation_epoch_start()
        self._correct: list[bool] = []

    def validation_step(self, batch: Batch, index: int) -> None:
        """Classifies, too."""
        super().validation_step(batch, index)
        (real, _, label), own = self.micro_batches.held_out(batch, index, group_sizes(self.critic))
        if label is not None:
            self._correct += (self.classify(real) == label)[own].tolist()

    @property
    def metric_names(self) -> set[str]:
        """See `LightningHooks`."""
        return super().metric_names | {"supervised_loss"}

    @property
    def validation_names(self) -> tuple[str, ...]:
        """See `LightningHooks`."""
        return *super().validation_names, "val_accuracy"

    def held_out_metrics(self) -> dict[str, float]:
        """Adds `accuracy`, the share of held-out samples that are classified correctly."""
        metrics = super().held_out_metrics()
        group = ProcessGroup.current()
        if answers := group.all_sum(len(self._correct)):
            metrics["accuracy"] = group.all_sum(sum(self._correct)) / answers
        return metrics

    def check_batch_divisible(self, batch_size: int, devices: int) -> None:
        """See `LightningHooks`; the labelled batch must be divisible, too."""
        super().check_batch_divisible(batch_size, devices)
        groups = group_sizes(self.critic)
        checks.check_batch_divisible("objective.labelled_batch", self.labelled_batch, devices, self.accumulate, groups)
