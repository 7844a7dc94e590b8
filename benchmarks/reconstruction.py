"""How well the encoder of a run inverts its generator, and how its latents are distributed.

    python -m benchmarks.reconstruction runs/NAME
    python -m benchmarks.reconstruction runs/NAME runs/OTHER --json reconstruction.json

Mean squared errors, by number of a sample: of held-out samples x and G(E(x)); of what else might stand for x: the mean
of the training samples, the nearest of them, and the projection on as many principal components as there are latents.
Then that of z and E(G(z)) for 2,500 latents, by latent (always 0: 1.0). Last the exact Wasserstein-1 distance of the
latents E(x) of 1,000 held-out samples from as many normal ones, and that of two normal samples.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from benchmarks.codes import load
from benchmarks.timing import Line, measure_runs
from gan_lightning.core.rng import new_rng
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.pixels import to_float
from gan_lightning.metric.functional.neighbours import nearest_real
from gan_lightning.metric.functional.wasserstein import exact_w1
from gan_lightning.objective.encoder_module import EncoderModule

SAMPLES, OF_TRANSPORT = 2500, 1000


def mean_square(x: Tensor, y: Tensor) -> float:
    """Mean of (x - y)² over all numbers."""
    return (x - y).double().square().mean().item()


def principal_projection(train: Tensor, x: Tensor, components: int) -> Tensor:
    """Rows x [N, d] projected on the mean and the first principal components of `train` [M, d]."""
    mean = train.mean(0)
    _, _, directions = torch.linalg.svd((train - mean).double(), full_matrices=False)
    basis = directions[:components].to(x)
    projected: Tensor = mean + (x - mean) @ basis.T @ basis
    return projected


def training_samples(data: AdversarialDataModule) -> Tensor:
    """One pass over the training samples, or as many of a distribution as are held out."""
    size = len(getattr(data.train, "rows", data.held_out.rows))
    return to_float(data.train.batch(0, 0, size))


def line_of(run: Path, samples: int, of_transport: int) -> Line:
    """The line of a run."""
    module, data = load(run, EncoderModule)
    real = to_float(data.held_out.rows[torch.arange(len(data.held_out))])
    codes = torch.cat([module.encode(part) for part in torch.split(real, 500)])
    again = torch.cat([module.sample(part) for part in torch.split(codes, 500)])
    flat, train = real.flatten(1), training_samples(data).flatten(1)
    nearest = train[nearest_real(train, flat, 1).indices[:, 0]]
    latent = torch.randn(samples, module.latent_dim, generator=new_rng("latents"))
    found = torch.cat([module.encode(module.sample(part)) for part in torch.split(latent, 500)])
    n = min(of_transport, len(codes))
    prior = torch.randn(2, n, module.latent_dim, generator=new_rng("prior"))
    return {
        "run": run.name,
        "G(E(x))": mean_square(again, real),
        "mean": mean_square(train.mean(0).expand_as(flat), flat),
        "nearest": mean_square(nearest, flat),
        "PCA": mean_square(principal_projection(train, flat, module.latent_dim), flat),
        "E(G(z)) - z": mean_square(found, latent),
        "W1 of latents": exact_w1(prior[0], codes[:n].to(prior)),
        "two priors": exact_w1(*prior),
    }


def main() -> None:
    """Prints the table."""
    measure_runs(__doc__, "objective=ali, bigan, aae, vae_gan, egan", line_of, (SAMPLES, OF_TRANSPORT), (100, 50))


if __name__ == "__main__":
    main()
