from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.optimizer import SGD, Adam, RMSProp


def test_adam_first_step_is_the_rate() -> None:
    # with any β the first step of Adam is lr · sign(gradient)
    weight = nn.Parameter(torch.tensor([1.0, 1.0]))
    optimizer = Adam(0.1, (0.0, 0.9))([weight])
    (weight * torch.tensor([3.0, -0.2])).sum().backward()
    optimizer.step()
    torch.testing.assert_close(weight.detach(), torch.tensor([0.9, 1.1]))


def test_rmsprop_first_step_by_hand() -> None:
    # v = 0.01 g², so the step is lr · g / (0.1 |g|) = 10 lr
    weight = nn.Parameter(torch.tensor([1.0]))
    optimizer = RMSProp(5e-5)([weight])
    (3 * weight).sum().backward()
    optimizer.step()
    assert 1 - weight.item() == pytest.approx(5e-4, rel=1e-3)
    assert optimizer.param_groups[0]["momentum"] == 0


def test_sgd_steps_by_hand() -> None:
    # gradients 3, with momentum ½ the second step is half again as long
    weight = nn.Parameter(torch.tensor([1.0]))
    optimizer = SGD(0.1, momentum=0.5)([weight])
    for after in (0.7, 0.25):
        optimizer.zero_grad()
        (3 * weight).sum().backward()
        optimizer.step()
        assert weight.item() == pytest.approx(after)


@pytest.mark.parametrize("wrong", [{"lr": 0.0}, {"betas": (0.0, 1.0)}, {"eps": 0.0}, {"weight_decay": -1.0}])
def test_refuses(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Adam(**wrong)  # type: ignore[arg-type]
