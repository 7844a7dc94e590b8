"""The gradient that a fixed generator receives from a critic, over the critic's training."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_lightning.core.rng import new_rng
from gan_lightning.core.validation import BatchSize, LargeCount, MediumCount, validate_arguments
from gan_lightning.loss import Loss, Minimax, NonSaturating
from gan_lightning.penalty import Penalty
from gan_lightning.study.tool.train_discriminator import NO_PENALTY, train_discriminator
from gan_lightning.theory import Sampler

CRITIC_LOSS: Loss = Minimax()
GENERATOR_LOSSES: Mapping[str, Loss] = {"minimax": CRITIC_LOSS, "non_saturating": NonSaturating()}


class GeneratorGradient(NamedTuple):
    """The generator's gradient under one loss, at each measurement.

    Attributes:
        norm: ‖ḡ‖, of the mean ḡ over the batches, [times].
        spread: √E‖g - ḡ‖², of the gradients g of single batches around it, [times].
    """

    norm: Tensor
    spread: Tensor


class GradientCurves(NamedTuple):
    """Measurements during the training of a critic.

    Attributes:
        steps: critic updates before each measurement, [times].
        divergence: the loss's divergence estimate, [times].
        gradients: the generator's gradient, by the name of its loss.
    """

    steps: Tensor
    divergence: Tensor
    gradients: dict[str, GeneratorGradient]


@validate_arguments
def gradient_curves(
    generator: nn.Module,
    latent_dim: MediumCount,
    real: Sampler,
    *,
    critic_loss: Loss = CRITIC_LOSS,
    generator_losses: Mapping[str, Loss] = GENERATOR_LOSSES,
    penalty: Penalty = NO_PENALTY,
    steps: LargeCount = 1000,
    every: LargeCount = 20,
    batches: MediumCount = 16,
    batch: BatchSize = 64,
    seed: int = 0,
) -> GradientCurves:
    """Trains a new critic against a fixed generator, and measures the gradients that the generator would receive.

    The experiment of Arjovsky & Bottou 2017 (arXiv:1701.04862, figures 2 and 3): as the critic approaches its optimum,
    the gradient of E log(1 - D) vanishes (their theorem 2.4); that of -E log D grows, and so does its spread (theorem
    2.6).

    Args:
        generator: from normally distributed latents [B, latent_dim] to fake samples; not modified.
        latent_dim: dimension of the latents.
        real: draws real samples.
        critic_loss: loss of the critic.
        generator_losses: losses whose gradients are measured, by name.
        penalty: of the critic.
        steps: critic updates.
        every: critic updates between two measurements; the first measurement is before any update.
        batches: batches of latents, the same at each measurement.
        batch: latents per batch.
        seed: of weights and samples.
    """
    generator = deepcopy(generator).double()
    weights = [weight for weight in generator.parameters() if weight.requires_grad]

    def latents(n: int, rng: torch.Generator) -> Tensor:
        return torch.randn(n, latent_dim, generator=rng, dtype=torch.float64)

    @torch.no_grad()
    def fake(n: int, rng: torch.Generator) -> Tensor:
        samples: Tensor = generator(latents(n, rng))
        return samples

    # These names are part of the seeds.
    z = latents(batches * batch, new_rng(seed, "theory", "judged latents")).chunk(batches)
    x = real(batches * batch, new_rng(seed, "theory", "judged real")).double().chunk(batches)
    times: list[int] = []
    divergences: list[Tensor] = []
    measured: dict[str, list[Tensor]] = {name: [] for name in generator_losses}

    def gradient(loss: Loss, critic: nn.Module, latent: Tensor, real_batch: Tensor) -> Tensor:
        value = loss.generator(critic(generator(latent)), lambda: critic(real_batch))
        return torch.cat([part.flatten() for part in torch.autograd.grad(value, weights)])

    def measure(step: int, critic: nn.Module) -> None:
        if step % every == 0:
            times.append(step)
            with torch.no_grad():
                divergences.append(critic_loss.divergence(critic(torch.cat(x)), critic(generator(torch.cat(z)))))
            for name, loss in generator_losses.items():
                measured[name].append(torch.stack([gradient(loss, critic, *pair) for pair in zip(z, x, strict=True)]))

    train_discriminator(critic_loss, real, fake, penalty=penalty, steps=steps, seed=seed, after_step=measure)
    gradients = {name: _mean_and_spread(torch.stack(values)) for name, values in measured.items()}
    return GradientCurves(torch.tensor(times), torch.stack(divergences), gradients)


def _mean_and_spread(gradients: Tensor) -> GeneratorGradient:
    # [times, batches, weights]
    mean = gradients.mean(1, keepdim=True)
    return GeneratorGradient(mean.norm(dim=2).squeeze(1), (gradients - mean).square().sum(2).mean(1).sqrt())
