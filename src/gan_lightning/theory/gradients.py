"""What reaches the generator when the critic is good."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_lightning.core.rng import new_rng as source_of
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.loss import Loss, Minimax, NonSaturating
from gan_lightning.penalty import Penalty
from gan_lightning.theory.distribution import Sampler
from gan_lightning.theory.training import FREE, train_discriminator

CRITIC: Loss = Minimax()
GENERATORS: Mapping[str, Loss] = {"minimax": CRITIC, "non_saturating": NonSaturating()}


class Reaching(NamedTuple):
    """The generator's gradient under one loss, at each time.

    Attributes:
        norm: ‖ḡ‖, of the mean ḡ over the batches, [times].
        spread: √E‖g - ḡ‖², of the gradients g of single batches around it, [times].
    """

    norm: Tensor
    spread: Tensor


class Curves(NamedTuple):
    """What was measured while a critic learned.

    Attributes:
        steps: of the critic, [times].
        divergence: which its scores prove, [times].
        reaching: the generator's gradient, by the name of its loss.
    """

    steps: Tensor
    divergence: Tensor
    reaching: dict[str, Reaching]


@validate_arguments
def gradient_curves(
    generator: nn.Module,
    latent_dim: Count,
    real: Sampler,
    *,
    critic_loss: Loss = CRITIC,
    generator_losses: Mapping[str, Loss] = GENERATORS,
    penalty: Penalty = FREE,
    steps: Count = 1000,
    every: Count = 20,
    batches: Count = 16,
    batch: Count = 64,
    seed: int = 0,
) -> Curves:
    """Trains a fresh critic against a generator that stands still, and measures the gradients it would get.

    The experiment of Arjovsky & Bottou 2017 (arXiv:1701.04862, figures 2 and 3): as the critic approaches its optimum,
    that of E log(1 - D) dies out (their theorem 2.4), that of -E log D grows, and so does its spread (theorem 2.6).

    Args:
        generator: from normally distributed latents [B, latent_dim] to fake samples; it is left as it is.
        latent_dim: of the latents.
        real: draws real samples.
        critic_loss: what the critic minimises.
        generator_losses: whose gradients are measured, by name.
        penalty: of the critic.
        steps: of the critic.
        every: how many steps from one measurement to the next; the first is before any.
        batches: of latents, the same at every time.
        batch: latents in each.
        seed: of everything drawn.
    """
    generator = deepcopy(generator).double()
    weights = [weight for weight in generator.parameters() if weight.requires_grad]

    def latents(n: int, source: torch.Generator) -> Tensor:
        return torch.randn(n, latent_dim, generator=source, dtype=torch.float64)

    @torch.no_grad()
    def fake(n: int, source: torch.Generator) -> Tensor:
        samples: Tensor = generator(latents(n, source))
        return samples

    z = latents(batches * batch, source_of(seed, "theory", "judged latents")).chunk(batches)
    x = real(batches * batch, source_of(seed, "theory", "judged real")).double().chunk(batches)
    times: list[int] = []
    proven: list[Tensor] = []
    reached: dict[str, list[Tensor]] = {name: [] for name in generator_losses}

    def gradient(loss: Loss, critic: nn.Module, latent: Tensor, of: Tensor) -> Tensor:
        value = loss.generator(critic(generator(latent)), lambda: critic(of))
        return torch.cat([part.flatten() for part in torch.autograd.grad(value, weights)])

    def measure(step: int, critic: nn.Module) -> None:
        if step % every == 0:
            times.append(step)
            with torch.no_grad():
                proven.append(critic_loss.divergence(critic(torch.cat(x)), critic(generator(torch.cat(z)))))
            for name, loss in generator_losses.items():
                reached[name].append(torch.stack([gradient(loss, critic, *turn) for turn in zip(z, x, strict=True)]))

    train_discriminator(critic_loss, real, fake, penalty=penalty, steps=steps, seed=seed, watch=measure)
    reaching = {name: _summary(torch.stack(gradients)) for name, gradients in reached.items()}
    return Curves(torch.tensor(times), torch.stack(proven), reaching)


def _summary(gradients: Tensor) -> Reaching:
    # [times, batches, weights]
    mean = gradients.mean(1, keepdim=True)
    return Reaching(mean.norm(dim=2).squeeze(1), (gradients - mean).square().sum(2).mean(1).sqrt())
