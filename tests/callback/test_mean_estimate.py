from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_lightning.callback.mean_estimate import MeanEstimate
from gan_lightning.distributed.collectives import ProcessGroup

ROWS = torch.tensor([[1.0, 4.0], [3.0, 4.0]])


@pytest.mark.parametrize(("rank", "size", "own"), [(0, 2, ROWS[0]), (1, 2, ROWS[1]), (2, 3, torch.tensor([2.0, 4.0]))])
def test_each_rank_goes_on_from_its_own_part(
    rank: int, size: int, own: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProcessGroup, "current", lambda: ProcessGroup(rank, size))
    estimate = MeanEstimate()
    estimate.restore(ROWS)
    assert estimate.state is not None
    torch.testing.assert_close(estimate.state, own, rtol=0, atol=0)
    estimate.restore(None)
    assert estimate.state is None
