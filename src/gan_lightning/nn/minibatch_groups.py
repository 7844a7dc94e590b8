"""Base class of layers that compute statistics over groups of a batch."""

from __future__ import annotations

from torch import nn

from gan_lightning.core.validation import Count, validate_arguments


class MinibatchGroups(nn.Module):
    """Row n of a batch belongs to group n mod M, M = ⌈rows / group⌉.

    A batch that does not divide makes groups whose sizes differ by one at most (5 rows are 3 and 2, not 4 and 1: a
    group of one has no statistics). Groups are strided because batches are sharded in strides: the rows
    `shard::num_shards` of a batch make whole groups, and each shard computes without communication what the whole batch
    would, if and only if `num_shards` divides M. That holds for every batch that `num_shards · group` divides.

    Args:
        group: largest number of samples in a group.
    """

    @validate_arguments
    def __init__(self, group: Count) -> None:
        super().__init__()
        self.group = group

    def extra_repr(self) -> str:
        """Arguments shown by `print(network)`."""
        return f"group={self.group}"


def num_groups(rows: int, most: int) -> int:
    """Number of groups of at most `most` samples in a batch of `rows`."""
    return -(-rows // most)


def group_sizes(*networks: nn.Module) -> set[int]:
    """The sizes of the groups of the networks' layers; empty if samples don't depend on each other."""
    return {layer.group for one in networks for layer in one.modules() if isinstance(layer, MinibatchGroups)}
