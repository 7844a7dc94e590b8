"""The critic's loss and its divergence estimate on held-out samples."""

from __future__ import annotations

import warnings
from abc import abstractmethod

import torch
import torch.distributed as dist
from lightning.pytorch.trainer.states import TrainerFn
from torch import Tensor

from gan_lightning.core.rng import layers_draw_from
from gan_lightning.distributed.collectives import synchronized
from gan_lightning.nn.freeze import as_in_training, train_mode
from gan_lightning.nn.labels import labels_in_turn, num_classes_of
from gan_lightning.nn.minibatch_groups import group_sizes
from gan_lightning.nn.scores import per_sample
from gan_lightning.objective import step_logging
from gan_lightning.objective.lightning_hooks import LightningHooks
from gan_lightning.objective.micro_batches import Batch

# Held-out samples are welcome, not required.
warnings.filterwarnings("ignore", message="You defined a `validation_step` but have no `val_dataloader`")


class HeldOutValidation(LightningHooks):
    """Validation of an objective: its training metrics on real samples that it never trains on.

    Attributes:
        validation: the last validation's metrics, by name.
    """

    validation: dict[str, float]

    @abstractmethod
    def scores(self, samples: Tensor, label: Tensor | None = None) -> Tensor:
        """The critic's scores."""

    @torch.no_grad()
    def score(self, samples: Tensor) -> Tensor:
        """The critic's scores of samples in eval mode, one each: means over a conditional one's classes, too.

        Of a critic of numbers, those for the middle of their range (see `labels_in_turn`).
        """
        classes = torch.split(labels_in_turn(self.critic, max(1, num_classes_of(self.critic)), self.device), 1)
        with train_mode(self.critic, training=False), train_mode(self.generator, training=False):
            inputs = self.critic_input(self.to_device_of_weights(samples))
            scores = [per_sample(self.scores(inputs, label)) for label in classes]
            return torch.stack(scores).mean(0)

    def on_validation_epoch_start(self) -> None:
        """Drops the scores of the last validation."""
        self._held_out: list[tuple[Tensor, Tensor]] = []

    def validation_step(self, batch: Batch, index: int) -> None:
        """The critic's scores of held-out samples and of as many fakes of fixed latents; changes nothing."""
        groups = group_sizes(self.generator, self.critic)
        (real, rng, label), own = self.micro_batches.held_out(batch, index, groups)
        latent = rng.normal(len(real), self.latent_dim, device=real.device)
        with as_in_training(self.generator, self.critic), synchronized(), layers_draw_from(rng):
            generator = self.conditioned(self.generator, label)
            real, fake = self.critic_inputs(self.match_stage(real), latent, generator)
            self._held_out.append((self.scores(real, label)[own], self.scores(fake, label)[own]))

    def on_validation_epoch_end(self) -> None:
        """Computes `validation`, the same on any number of devices."""
        self.validation = self._log_held_out("val")

    def on_test_epoch_start(self) -> None:
        """As for a validation."""
        self.on_validation_epoch_start()

    def test_step(self, batch: Batch, index: int) -> None:
        """As `validation_step`."""
        self.validation_step(batch, index)

    def on_test_epoch_end(self) -> None:
        """Logs the metrics of a validation as `test_...`."""
        self._log_held_out("test")

    def _log_held_out(self, stage: str) -> dict[str, float]:
        metrics = {f"{stage}_{name}": value for name, value in self.held_out_metrics().items()}
        fitting = self.trainer.state.fn is TrainerFn.FITTING
        logged = step_logging.logs_itself(self.trainer) and bool(self.trainer.loggers) if fitting else True
        with warnings.catch_warnings():  # `Trainer.validate` returns what is logged, also without a logger
            warnings.filterwarnings("ignore", message="You called `self.log")
            # Metrics are equal on all ranks; sync_dist avoids a warning.
            self.log_dict(metrics, on_epoch=True, logger=logged, batch_size=1, sync_dist=self.trainer.world_size > 1)
        return metrics

    @property
    def validation_names(self) -> tuple[str, ...]:
        """See `LightningHooks`."""
        return "val_critic_loss", f"val_{self.loss.divergence_name}"

    def held_out_metrics(self) -> dict[str, float]:
        """The metrics of all held-out samples since the epoch began, the same on any number of devices."""
        shares = [tuple(torch.cat(scores).cpu() for scores in zip(*self._held_out, strict=True))]
        if self.trainer.world_size > 1:
            shares = shares * self.trainer.world_size
            dist.all_gather_object(shares, shares[0])
        real, fake = (torch.cat(scores).double() for scores in zip(*shares, strict=True))
        return {
            "critic_loss": self.loss.critic(real, fake).item(),
            self.loss.divergence_name: self.loss.divergence(real, fake).item(),
        }
