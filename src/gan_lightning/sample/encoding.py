"""Held-out samples of a run's data, and their latents by the encoder of its generator."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import to_float
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.nn.encoder import Encoder, encoder_of
from gan_lightning.sample.sampler import Sampler


class HeldOutEncoder:
    """The encoder of a sampler's generator, and the samples that its run held out.

    Args:
        sampler: of the run.
        output: that needs them, for error messages.

    Attributes:
        table: the held-out samples, with labels where there are any.
        class_names: of the data's classes; empty where they have none.

    Raises:
        UsageError: the generator has no encoder, or the run says of no data, or they hold out nothing.
    """

    table: SampleTable
    class_names: tuple[str, ...]

    def __init__(self, sampler: Sampler, output: str) -> None:
        generator = sampler.trained.generator
        self._encoder: Encoder = encoder_of(
            generator, f"output={output}", "use output=projection for single images, or train with objective=ali"
        )
        self._sampler, data = sampler, sampler.trained.data(f"output={output}")
        if not len(data.held_out):
            raise UsageError(f"these data hold out no samples: output={output} needs some")
        self.table, self.class_names = data.held_out, tuple(data.class_names)

    def samples(self, n: int) -> Tensor:
        """The first `n` held-out samples, or all, as networks see them: [n, *shape]."""
        return to_float(self.table.rows[torch.arange(min(n, len(self.table)))])

    @torch.no_grad()
    def latents(self, samples: Tensor) -> Tensor:
        """The mean latents [n, latent_dim] of samples, on the CPU in single precision."""
        weight = next(self._encoder.parameters())
        parts = [self._encoder(part.to(weight)).mean for part in torch.split(samples, self._sampler.batch)]
        return torch.cat(parts).float().cpu()
