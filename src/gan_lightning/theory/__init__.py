"""The theory of adversarial learning, as functions: closed forms, exact solvers, small experiments.

Distributions are weights of atoms, or densities on a grid with the volume of its cells; points are [n, d]. Everything
computes in double precision and takes tensors, arrays or lists.
"""

from gan_lightning.theory.discriminator import (
    game_value,
    optimal_discriminator,
    optimal_hinge,
    optimal_least_squares,
    optimal_logit,
)
from gan_lightning.theory.distribution import Grid, Sampler, grid
from gan_lightning.theory.divergence import chi_square, jensen_shannon, kl, reverse_kl, total_variation, triangular
from gan_lightning.theory.fit import Fits, fit_gaussian, gaussian_mixture, reverse_kl_to
from gan_lightning.theory.gaussian import gaussian_kl, gaussian_w1, gaussian_w2
from gan_lightning.theory.gradients import Curves, Reaching, gradient_curves
from gan_lightning.theory.lines import Distance, Lines, empirical_distance, line, parallel_lines, parallel_lines_critic
from gan_lightning.theory.lipschitz import layer_bound, lipschitz_bound, steepest
from gan_lightning.theory.manifold import intrinsic_dimension, jacobian, jacobian_rank, shared_directions
from gan_lightning.theory.noise import NoiseBound, noise_bound
from gan_lightning.theory.non_saturating import Pulls, non_saturating_pulls
from gan_lightning.theory.quantiles import wasserstein_1d
from gan_lightning.theory.training import train_discriminator
from gan_lightning.theory.transport import Transport, kantorovich_critic, transport, wasserstein

__all__ = [
    "Curves",
    "Distance",
    "Fits",
    "Grid",
    "Lines",
    "NoiseBound",
    "Pulls",
    "Reaching",
    "Sampler",
    "Transport",
    "chi_square",
    "empirical_distance",
    "fit_gaussian",
    "game_value",
    "gaussian_kl",
    "gaussian_mixture",
    "gaussian_w1",
    "gaussian_w2",
    "gradient_curves",
    "grid",
    "intrinsic_dimension",
    "jacobian",
    "jacobian_rank",
    "jensen_shannon",
    "kantorovich_critic",
    "kl",
    "layer_bound",
    "line",
    "lipschitz_bound",
    "noise_bound",
    "non_saturating_pulls",
    "optimal_discriminator",
    "optimal_hinge",
    "optimal_least_squares",
    "optimal_logit",
    "parallel_lines",
    "parallel_lines_critic",
    "reverse_kl",
    "reverse_kl_to",
    "shared_directions",
    "steepest",
    "total_variation",
    "train_discriminator",
    "transport",
    "triangular",
    "wasserstein",
    "wasserstein_1d",
]
