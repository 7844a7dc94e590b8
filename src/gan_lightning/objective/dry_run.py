"""A dry run of the networks, and checks of batch sizes, before the first step."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch import Tensor

from gan_lightning.core.rng import StepRNG, layers_draw_from, new_rng
from gan_lightning.data.pixels import to_float
from gan_lightning.nn.freeze import as_in_training
from gan_lightning.nn.labels import check_labels
from gan_lightning.nn.minibatch_groups import group_sizes
from gan_lightning.objective import batch_cut, checks, shape_checks
from gan_lightning.objective.micro_batches import Batch
from gan_lightning.objective.parts import ObjectiveParts


class DryRun(ObjectiveParts):
    """Checks that the networks fit the data, and that devices and micro-batches can share a batch."""

    def check_first_batch(self, batch: Batch) -> None:
        """Checks size, samples and labels of a batch, and the networks on two of its samples.

        Raises:
            UsageError: see `dry_run` and `check_shares`; or labels are not the networks' classes.
        """
        real, devices = self.micro_batches.reals(batch), self.trainer.world_size
        self.check_shares("the DataLoader's batch", real.shape[1] * devices, devices)
        self.dry_run(to_float(real[0, :2]))
        self._warn_if_out_of_range(real)
        if self.labelled:
            check_labels(self.micro_batches.labels(batch), self.generator, self.critic)

    def dry_run(self, real: Tensor) -> None:
        """Runs both networks on two samples or more like `real`; changes nothing.

        Raises:
            UsageError: the networks don't fit the data, the critic's scores are squashed by a sigmoid, or the update
                depends on how its batch is cut.
        """
        if not self.micro_batch_statistics:
            parts = (self.loss, self.penalty, *self.regularizers.values())
            batch_cut.check_micro_batches(self.accumulate, self._networks, *parts)
        if not self.trains_encoder:
            checks.check_no_encoder(self.generator, type(self).__name__)
        checks.check_augments(self.augments, self.generator, self.regularizers)
        real = self.match_stage(self.to_device_of_weights(real)).detach()
        rng = StepRNG(new_rng(self.seed, "inspection", device=real.device))
        generator, critic, latent = self.conditioned(self.generator), self.critic_scores(), self._zero_latent(len(real))
        is_cut = self.accumulate > 1 or (hasattr(self, "micro_batches") and self.micro_batches.world_size > 1)
        no_own_state = batch_cut.check_no_own_state(real.device, self._networks) if is_cut else nullcontext()
        with as_in_training(self.generator, self.critic), layers_draw_from(rng), no_own_state:
            shape_checks.check_samples(generator, latent, real)
            inputs, _ = self.critic_inputs(real, latent, generator)
            inputs = self.augment(inputs.detach(), rng).requires_grad_()
            scores = shape_checks.check_scores(critic, inputs, self.critic_input_name, self.fitting_models)
        checks.check_unbounded_scores(self.critic, scores)
        if is_cut and not self.micro_batch_statistics:
            latent = rng.normal(len(real), self.latent_dim, device=real.device).to(latent)
            batch_cut.check_samples_apart("generator", self.generator, generator, latent)
            batch_cut.check_samples_apart("critic", self.critic, critic, inputs)

    def _warn_if_out_of_range(self, real: Tensor) -> None:
        with as_in_training(self.generator), layers_draw_from(StepRNG(new_rng(self.seed, "range", device=real.device))):
            checks.warn_if_out_of_range(self.conditioned(self.generator), self._zero_latent(2), real)

    def _zero_latent(self, n: int) -> Tensor:
        return self.to_device_of_weights(torch.zeros(n, self.latent_dim))

    def check_batch_divisible(self, batch_size: int, devices: int) -> None:
        """Checks that so many devices, each with its micro-batches, can share a batch equally.

        Raises:
            UsageError: names the next batch size that they can share.
        """
        self.check_shares("data.batch_size", batch_size, devices)

    def check_shares(self, key: str, batch_size: int, devices: int) -> None:
        """Checks that devices and micro-batches have equal shares of a batch, and whole groups of minibatch layers.

        Args:
            key: whose value the batch size is.
            batch_size: of a critic update.
            devices: that share it.

        Raises:
            UsageError: names the next batch size that they can share.
        """
        multiples = (1, self.generator_batch, getattr(self.penalty, "batch_fraction", 1))
        groups = group_sizes(self.generator, self.critic)
        checks.check_batch_divisible(key, batch_size, devices, self.accumulate, groups, multiples)
