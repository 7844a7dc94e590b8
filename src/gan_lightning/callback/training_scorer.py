"""A metric in training: its evaluator, on fixed latents of the averaged generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.metric.base import Metric
from gan_lightning.metric.evaluator import Evaluation, Evaluator, normalization
from gan_lightning.nn.labels import is_conditional, labels_in_turn
from gan_lightning.nn.standing_statistics import batch_norms, standing_statistics
from gan_lightning.objective.base import AdversarialModule

PASS_SIZE = 64  # latents in a forward pass for standing statistics


class TrainingScorer:
    """Scores the averaged generator by one metric, again and again on the same latents; leaves the module as it is.

    Args:
        metric: of the run's data.
        data: after `setup`.
        gan: the module in training.
        full: also the scores that are slow with many reals.
        cache: folder for statistics of the reals; None: the user's cache folder.
        sample: latents, and labels if conditional, → samples; None: those of the averaged generator.
    """

    def __init__(
        self,
        metric: Metric,
        data: AdversarialDataModule,
        gan: AdversarialModule,
        *,
        full: bool = False,
        cache: Path | None = None,
        sample: Callable[..., Tensor] | None = None,
    ) -> None:
        self.metric, self._sample = metric.to(gan.device), sample or gan.sample
        self.evaluator = Evaluator(
            self.metric,
            data,
            n_fake=metric.n_fake_training,
            full=full,
            seed=int(getattr(gan, "seed", 0)),
            conditional=is_conditional(gan.generator),
            cache=cache,
        )
        self._real_labels = data.held_out.labels
        self._latents = gan.latent(metric.n_fake_training, "score")
        self._standing = int(getattr(metric, "standing", 0))

    def __call__(self, gan: AdversarialModule) -> Evaluation:
        """The scores of the present average; a collective."""
        broadcast = self.evaluator.group.broadcast_tensors
        broadcast(gan.ema.buffers())  # batch norm's differ between CPU processes
        with self._statistics(gan):
            if self._standing:
                broadcast(gan.ema.buffers())
            evaluation = self.evaluator(self._sample, lambda numbers: self._latents[numbers])
        provenance = partial(
            self.evaluator.provenance,
            ema=True,
            normalization=normalization(gan.generator, self._standing),
            standing=self._standing,
        )
        scores = [replace(score, provenance=provenance(score)) for score in evaluation.scores]
        return evaluation._replace(scores=scores)

    def _statistics(self, gan: AdversarialModule) -> AbstractContextManager[None]:
        if not self._standing or not batch_norms(gan.ema):
            return nullcontext()
        return standing_statistics(gan.ema, self._passes(gan))

    def _passes(self, gan: AdversarialModule) -> Iterator[tuple[Tensor, Tensor]]:
        latents = gan.to_device_of_weights(gan.latent(self._standing * PASS_SIZE, "standing"))
        label = labels_in_turn(gan.generator, PASS_SIZE, latents.device, self._real_labels)
        return ((latent, label) for latent in torch.split(latents, PASS_SIZE))
