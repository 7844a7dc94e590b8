"""Layers that let samples of a batch see each other, in groups."""

from __future__ import annotations

from torch import nn

from gan_lightning.core.validation import Count, validate_arguments


class MinibatchGroups(nn.Module):
    """Row n of a batch belongs to group n mod M, M = ⌈rows / group⌉.

    A batch that does not divide makes groups whose sizes differ by one at most (5 rows are 3 and 2, not 4 and 1: a
    group of one has nothing to tell). Groups are strided because batches are shared out in strides: the rows
    `rank::shares` of a batch make whole groups, and each share finds without communication what the whole batch would,
    if and only if `shares` divides M. That is so for every batch that `shares · group` divides.

    Args:
        group: most samples in a group.
    """

    @validate_arguments
    def __init__(self, group: Count) -> None:
        super().__init__()
        self.group = group

    def extra_repr(self) -> str:
        """What `print(network)` shows."""
        return f"group={self.group}"


def num_groups(rows: int, most: int) -> int:
    """Into how many groups of at most `most` samples a batch of `rows` falls."""
    return -(-rows // most)


def largest_group(network: nn.Module) -> int:
    """The largest group of its layers; 1 where samples don't see each other."""
    return max((layer.group for layer in network.modules() if isinstance(layer, MinibatchGroups)), default=1)
