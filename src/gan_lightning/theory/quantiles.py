"""Wasserstein distance in one dimension, by coupling quantiles."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.theory.distribution import Numbers, as_float64
from gan_lightning.theory.transport import check_order, marginals


def wasserstein_1d(
    real: Numbers, fake: Numbers, p: Numbers | None = None, q: Numbers | None = None, order: float = 1.0
) -> Tensor:
    """(∫ |F_r⁻¹(u) - F_g⁻¹(u)|^order du)^(1/order), over quantiles u (Vallender 1974; Villani 2003, theorem 2.18).

    For order 1 it is the area between the two distribution functions. It takes O(n log n) time and is differentiable in
    the points. For a density on a grid, pass its midpoints, with masses density · cell.

    Args:
        real: points [n], in any order.
        fake: points [m], in any order.
        p: masses of the real points, [n]; 1/n each if omitted.
        q: masses of the fake points, [m]; 1/m each if omitted.
        order: at least 1; 1 is the earth mover's distance.

    Raises:
        UsageError: points are not one-dimensional, the order is below 1, masses are negative or their totals differ.
    """
    x, y = as_float64(real), as_float64(fake)
    if x.dim() != 1 or y.dim() != 1:
        raise UsageError(f"points {tuple(x.shape)} and {tuple(y.shape)} are not one-dimensional: use wasserstein")
    p, q = marginals(p, q, len(x), len(y))
    (x, order_x), (y, order_y) = x.sort(), y.sort()
    cdf_x, cdf_y = p[order_x].cumsum(0), q[order_y].cumsum(0)
    steps = torch.cat([cdf_x, cdf_y]).sort().values
    widths = steps.diff(prepend=steps.new_zeros(1))
    # Both quantile functions are constant between neighbouring steps, so they are evaluated at the midpoints.
    midpoints = steps - widths / 2
    quantiles_x = x[torch.searchsorted(cdf_x, midpoints).clamp(max=len(x) - 1)]
    quantiles_y = y[torch.searchsorted(cdf_y, midpoints).clamp(max=len(y) - 1)]
    cost = (widths * (quantiles_x - quantiles_y).abs() ** check_order(order)).sum()
    return cost if order == 1 else cost ** (1 / order)
