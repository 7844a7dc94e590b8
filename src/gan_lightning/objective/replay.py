"""Replay of earlier fakes in the critic's updates."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.distributed.collectives import synchronized
from gan_lightning.objective.fake_pool import FakePool
from gan_lightning.objective.held_out import HeldOutValidation
from gan_lightning.objective.parts import ObjectiveParts


class ReplayOfFakes(HeldOutValidation):
    """An objective whose critic may see earlier fakes again, in half of its inputs.

    Attributes:
        pool: the earlier fakes; None if there are none.
    """

    pool: FakePool | None

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Of a sample."""

    def new_pool(self, size: int) -> FakePool | None:
        """A pool of so many fakes; None for 0.

        Raises:
            UsageError: fakes of this objective belong to something that the pool doesn't keep.
        """
        if not size:
            return None
        name = type(self).__name__
        if self.is_progressive:
            raise UsageError(f"objective.pool_size: earlier fakes of {name} have other sizes: leave it out")
        if type(self).critic_inputs is not ObjectiveParts.critic_inputs:
            raise UsageError(f"objective.pool_size: the critic of {name} sees more than samples: leave it out")
        if self.labelled:
            raise UsageError(
                "objective.pool_size keeps fakes without their labels: use condition=none, or leave it out"
            )
        if odd := [name for name, one in self.regularizers.items() if one.needs_latent]:
            raise UsageError(
                f"objective.pool_size keeps fakes without their latents, which {odd[0]} needs: leave it out"
            )
        return FakePool(size, self.shape, self.seed)

    def replay(self, fake: Tensor, rng: StepRNG) -> Tensor:
        """Fakes [batch, *shape] of a micro-batch → what the critic sees in their place."""
        return fake if self.pool is None else self.pool(fake[None], rng)[0]

    @contextmanager
    def player_step(self, network: nn.Module) -> Iterator[None]:
        """One update: gradients start at zero inside the `with`, an optimizer step of `network` ends it.

        Fakes of a critic update enter the pool at its end.
        """
        if self.pool is not None:
            self.pool.forget()
        with self.players[network].step(self.global_step):
            yield
        if self.pool is not None:
            with synchronized():
                self.pool.store()
