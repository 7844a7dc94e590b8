"""WGAN-GP (Gulrajani et al. 2017, algorithm 1) in plain PyTorch: eight Gaussians on a ring, in about a minute.

In the package it is `training_step` in objective/base.py, with loss/wasserstein.py and penalty/gradient_penalty.py;
tests/example/test_minimal_wgan_gp.py holds both to the same losses.
"""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

LATENT, BATCH, N_CRITIC, GP_WEIGHT = 2, 256, 5, 0.1


def mlp(inputs: int, outputs: int, width: int = 128) -> nn.Sequential:
    hidden = [nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Linear(width, outputs))


def ring(n: int) -> Tensor:
    angle = 2 * math.pi * torch.randint(8, (n,)) / 8
    return torch.stack([angle.cos(), angle.sin()], 1) + 0.02 * torch.randn(n, 2)


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
    between = torch.lerp(fake, real, epsilon).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return ((gradient.flatten(1).square().sum(1) + 1e-12).sqrt() - 1).square().mean()


def steps(
    generator: nn.Module, critic: nn.Module, numbers: Callable[[], tuple[Tensor, Tensor, Tensor]], lr: float = 1e-3
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yields the losses of each step: of its last critic update, and of its generator update."""
    critic_optimizer = torch.optim.Adam(critic.parameters(), lr, betas=(0.0, 0.9))
    generator_optimizer = torch.optim.Adam(generator.parameters(), lr, betas=(0.0, 0.9))
    while True:
        for _ in range(N_CRITIC):
            real, latent, epsilon = numbers()
            with torch.no_grad():
                fake = generator(latent)
            critic_loss = critic(fake).mean() - critic(real).mean()
            critic_optimizer.zero_grad()
            (critic_loss + GP_WEIGHT * gradient_penalty(critic, real, fake, epsilon)).backward()
            critic_optimizer.step()
        _, latent, _ = numbers()
        generator_loss = -critic(generator(latent)).mean()
        generator_optimizer.zero_grad()
        generator_loss.backward()
        generator_optimizer.step()
        yield critic_loss.detach(), generator_loss.detach()


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)  # small networks gain nothing from more
    generator, critic = mlp(LATENT, 2), mlp(2, 1)
    training = steps(generator, critic, lambda: (ring(BATCH), torch.randn(BATCH, LATENT), torch.rand(BATCH, 1)))
    for step, (critic_loss, generator_loss) in zip(range(1, 2001), training, strict=False):
        if step % 200 == 0:
            print(f"step {step}: Wasserstein estimate {-critic_loss:.3f}, generator loss {generator_loss:.3f}")
    print("samples:", generator(torch.randn(4, LATENT)).tolist())
