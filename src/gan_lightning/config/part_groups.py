"""The groups of parts that a command takes, with their options, for its help."""

from __future__ import annotations

from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType


def part_groups(*others: str) -> str:
    """A line for each group, `group: option, option`, also of config directories of the person's own.

    Args:
        others: groups that the command does not take. Folders inside groups (`objective/shared`) are left out, too.
    """
    loader = GlobalHydra.instance().config_loader()
    groups = loader.get_group_options("", ObjectType.GROUP)
    lines = []
    for group in sorted(set(groups) - {"hydra", *others}):
        if options := loader.get_group_options(group, ObjectType.CONFIG):
            lines.append(f"{group}: {', '.join(sorted(options))}")
    return "\n".join(lines)
