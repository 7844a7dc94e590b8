"""Transport on the line needs no solver: quantile goes to quantile."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.theory.distribution import Numbers, as_float64
from gan_lightning.theory.transport import at_least_one, marginals


def wasserstein_1d(
    real: Numbers, fake: Numbers, p: Numbers | None = None, q: Numbers | None = None, order: float = 1.0
) -> Tensor:
    """(∫ |F_r⁻¹(u) - F_g⁻¹(u)|^order du)^(1/order), over quantiles u (Vallender 1974; Villani 2003, theorem 2.18).

    For order 1 it is the area between the two distribution functions. It takes n log n time, and carries the gradient
    in the points. A density on a grid is its midpoints with masses density · cell.

    Args:
        real: points [n], in any order.
        fake: points [m], in any order.
        p: masses of the reals, [n]; equal shares of 1 if left out.
        q: masses of the fakes, [m]; equal shares of 1 if left out.
        order: at least 1, the earth mover's distance.

    Raises:
        UsageError: points that are not on a line, an order below 1, masses that are negative or differ in total.
    """
    x, y = as_float64(real), as_float64(fake)
    if x.dim() != 1 or y.dim() != 1:
        raise UsageError(f"points {tuple(x.shape)} and {tuple(y.shape)} are not on a line: use wasserstein")
    p, q = marginals(p, q, len(x), len(y))
    (x, at_x), (y, at_y) = x.sort(), y.sort()
    steps_x, steps_y = p[at_x].cumsum(0), q[at_y].cumsum(0)
    steps = torch.cat([steps_x, steps_y]).sort().values
    widths = steps.diff(prepend=steps.new_zeros(1))
    # Between neighbouring steps of the two distribution functions both quantiles rest, so the middle tells them.
    middles = steps - widths / 2
    quantiles_x = x[torch.searchsorted(steps_x, middles).clamp(max=len(x) - 1)]
    quantiles_y = y[torch.searchsorted(steps_y, middles).clamp(max=len(y) - 1)]
    cost = (widths * (quantiles_x - quantiles_y).abs() ** at_least_one(order)).sum()
    return cost if order == 1 else cost ** (1 / order)
