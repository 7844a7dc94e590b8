"""Frozen blocks of a critic: FreezeD (Mo, Cho & Shin 2020, arXiv:2002.10964)."""

from __future__ import annotations

from torch import nn

from gan_lightning.core.errors import UsageError


def freeze_blocks(critic: nn.Module, count: int) -> None:
    """Freezes the weights of the `count` blocks of a critic that are nearest to the image; they get no gradients.

    Args:
        critic: with an attribute `blocks_from_image`, its blocks in the order in which samples pass through them.
        count: number of blocks; 0 freezes none.

    Raises:
        UsageError: the critic has fewer blocks, or doesn't name them.
    """
    if not count:
        return
    name = f"{type(critic).__module__.rpartition('.')[2]}.{type(critic).__name__}"
    blocks = getattr(critic, "blocks_from_image", None)
    if blocks is None:
        raise UsageError(
            f"frozen_critic={count}: {name} has no attribute blocks_from_image, the list of its blocks from the image "
            "on: use frozen_critic=0"
        )
    if count > len(blocks):
        raise UsageError(f"frozen_critic={count}: {name} has {len(blocks)} blocks, use that many or fewer")
    for block in blocks[:count]:
        block.requires_grad_(False)
