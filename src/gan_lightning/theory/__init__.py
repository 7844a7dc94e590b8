"""Closed forms and exact solvers for distances between distributions and for optimal critics (discriminators).

A distribution is given by the weights of atoms, or by its density on a grid together with the volume of a cell; points
are [n, d]. All functions compute in double precision and accept tensors, arrays or lists.
"""

from gan_lightning.theory.discriminator import minimax_value, optimal_discriminator, optimal_logit
from gan_lightning.theory.distribution import Grid, Sampler, grid
from gan_lightning.theory.divergence import jensen_shannon, kl, reverse_kl, total_variation
from gan_lightning.theory.fit import GaussianFits, fit_gaussian, gaussian_mixture, reverse_kl_to
from gan_lightning.theory.lines import Distance, LineDistances, line, parallel_lines, parallel_lines_critic
from gan_lightning.theory.noise import NoiseBound, noise_bound
from gan_lightning.theory.non_saturating import NonSaturatingGradients, non_saturating_gradients
from gan_lightning.theory.quantiles import wasserstein_1d
from gan_lightning.theory.transport import Transport, kantorovich_critic, transport, wasserstein

__all__ = [
    "Distance",
    "GaussianFits",
    "Grid",
    "LineDistances",
    "NoiseBound",
    "NonSaturatingGradients",
    "Sampler",
    "Transport",
    "fit_gaussian",
    "gaussian_mixture",
    "grid",
    "jensen_shannon",
    "kantorovich_critic",
    "kl",
    "line",
    "minimax_value",
    "noise_bound",
    "non_saturating_gradients",
    "optimal_discriminator",
    "optimal_logit",
    "parallel_lines",
    "parallel_lines_critic",
    "reverse_kl",
    "reverse_kl_to",
    "total_variation",
    "transport",
    "wasserstein",
    "wasserstein_1d",
]
