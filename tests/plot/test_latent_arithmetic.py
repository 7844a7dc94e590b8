from __future__ import annotations

import numpy as np
import pytest
import torch

from gan_lightning.plot.latent_arithmetic import EDGE, GAP, LINE, SIGN, Term, latent_arithmetic
from gan_lightning.plot.mosaic import mosaic


def grey(level: float, *lead: int) -> torch.Tensor:
    return torch.full((*lead, 1, 28, 28), level)


def test_groups_above_means_and_the_result_beside_them() -> None:
    terms = [
        Term("0, 1, 2", grey(-0.5, 3), grey(-1)),
        Term("3", grey(0, 1), grey(0.2)),
        Term("4, 5", grey(1, 2), grey(1)),
    ]
    page = np.asarray(latent_arithmetic(terms, grey(0.5, 3, 3)))
    side, below = 88, EDGE + LINE + 260 + GAP
    for column, term in enumerate(terms):
        left = EDGE + column * (258 // 3 + SIGN)
        mean = np.asarray(mosaic(term.mean[None, None]))
        np.testing.assert_array_equal(page[below : below + side, left : left + side], mean)
        group = np.asarray(mosaic(term.samples[:, None]))
        np.testing.assert_array_equal(page[below - GAP - len(group) : below - GAP, left : left + side], group)
    result = np.asarray(mosaic(grey(0.5, 3, 3)))
    np.testing.assert_array_equal(page[below + side - 260 : below + side, -EDGE - 260 : -EDGE], result)


@pytest.mark.training
@pytest.mark.parametrize(("size", "count"), [(64, 1), (64, 40), (400, 3), (1024, 1)])
def test_any_size_and_number_fits(size: int, count: int) -> None:
    term = Term(", ".join(map(str, range(count))), torch.zeros(count, 3, size, size), torch.zeros(3, size, size))
    page = latent_arithmetic([term] * 3, torch.zeros(3, 3, 3, size, size))
    assert max(page.size) <= 2048 + 3 * SIGN + 2 * EDGE + 2 * LINE + GAP
