from __future__ import annotations

import pytest
import torch

from gan_lightning import __version__
from gan_lightning.core.errors import UsageError
from gan_lightning.run.checkpoint_format import FORMAT, add_format_version, check_compatible

WEIGHTS = {"critic.0.weight": torch.zeros(2, 3)}


def test_a_checkpoint_of_this_version_is_read() -> None:
    checkpoint = {"state_dict": WEIGHTS}
    add_format_version(checkpoint)
    check_compatible(checkpoint, WEIGHTS)


def test_a_checkpoint_without_version_is_read_if_the_weights_fit() -> None:
    check_compatible({"state_dict": WEIGHTS}, WEIGHTS)


def test_a_newer_format_names_the_version_to_install() -> None:
    checkpoint = {"state_dict": WEIGHTS, "gan_lightning": {"version": "9.1.0", "format": FORMAT + 1}}
    with pytest.raises(UsageError, match=rf"gan_lightning 9.1.0 in format {FORMAT + 1}, this is {__version__}"):
        check_compatible(checkpoint, WEIGHTS)


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"critic.0.weight": torch.zeros(4, 3)}, r"critic.0.weight is \(4, 3\) there and \(2, 3\) here"),
        ({}, r"critic.0.weight is nothing there and \(2, 3\) here"),
        (WEIGHTS | {"head.bias": torch.zeros(1)}, r"head.bias is \(1,\) there and nothing here"),
    ],
)
def test_other_networks_are_refused_with_the_version(weights: dict[str, torch.Tensor], says: str) -> None:
    checkpoint = {"state_dict": weights, "gan_lightning": {"version": "0.0.9", "format": FORMAT}}
    with pytest.raises(UsageError, match=f"written by gan_lightning 0.0.9, is of other networks: {says}"):
        check_compatible(checkpoint, WEIGHTS)
