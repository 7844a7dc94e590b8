"""The critic's loss and its divergence estimate on held-out samples."""

from __future__ import annotations

import warnings
from abc import abstractmethod

import torch
import torch.distributed as dist
from torch import Tensor

from gan_lightning.core.rng import layers_draw_from
from gan_lightning.distributed.collectives import synchronized
from gan_lightning.nn.freeze import as_in_training
from gan_lightning.nn.minibatch_groups import group_sizes
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

    def on_validation_epoch_start(self) -> None:
        """Drops the scores of the last validation."""
        self._held_out: list[tuple[Tensor, Tensor]] = []

    def validation_step(self, batch: Batch, index: int) -> None:
        """The critic's scores of held-out samples and of as many fakes of fixed latents; changes nothing."""
        groups = group_sizes(self.generator, self.critic)
        (real, rng, label), own = self.micro_batches.held_out(batch, index, groups)
        latent = rng.normal(len(real), self.latent_dim, device=real.device)
        with as_in_training(self.generator, self.critic), synchronized(), layers_draw_from(rng):
            fake = self.conditioned(self.generator, label)(latent)
            self._held_out.append((self.scores(self.match_stage(real), label)[own], self.scores(fake, label)[own]))

    def on_validation_epoch_end(self) -> None:
        """Computes `validation`, the same on any number of devices."""
        shares = [tuple(torch.cat(scores).cpu() for scores in zip(*self._held_out, strict=True))]
        if self.trainer.world_size > 1:
            shares = shares * self.trainer.world_size
            dist.all_gather_object(shares, shares[0])
        real, fake = (torch.cat(scores).double() for scores in zip(*shares, strict=True))
        self.validation = {
            "val_critic_loss": self.loss.critic(real, fake).item(),
            f"val_{self.loss.divergence_name}": self.loss.divergence(real, fake).item(),
        }
