"""The optimal Wasserstein critic of two sets of samples."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gan_lightning.theory.transport import transport

ROWS = 256  # samples whose distances are computed at once


def optimal_critic(real: Tensor, fake: Tensor) -> Callable[[Tensor], Tensor]:
    """The optimum of a WGAN's critic on two sets of samples: 1-Lipschitz, and E D(real) - E D(fake) is their W₁.

    Exact optimal transport has the potentials f of reals and g of fakes, so D is f_i at real x_i and -g_j at fake y_j.
    Everywhere else the 1-Lipschitz functions with these values lie between max_i f_i - ‖x - x_i‖ and
    min_j ‖x - y_j‖ - g_j (McShane 1934; Mallasto et al. 2019, arXiv:1910.03875, train critics as the second, which is
    `theory.transport.kantorovich_critic`). D is the mean of these two, and 1-Lipschitz as they are. For other samples
    E D(real) - E D(fake) is in expectation at most the W₁ of the two distributions, and 0 where they are the same.

    Args:
        real: x, [n, *shape].
        fake: y, [m, *shape].

    Returns:
        A function from samples [B, *shape] to scores [B], in double precision on the CPU.
    """
    x, y = (samples.flatten(1).double() for samples in (real, fake))
    solution = transport(torch.cdist(x, y).cpu())
    f, g = solution.rows.to(x), solution.columns.to(y)

    def score(samples: Tensor) -> Tensor:
        rows = samples.flatten(1).to(x)
        lower = (f - torch.cdist(rows, x)).amax(1)
        upper = (torch.cdist(rows, y) - g).amin(1)
        return ((lower + upper) / 2).cpu()

    return lambda samples: torch.cat([score(part) for part in torch.split(samples, ROWS)])
