from __future__ import annotations

import pytest

from gan_lightning.core.part_name import part_name


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("gan_lightning.data.ring8.Ring8", "ring8"),
        ("gan_lightning.trainer.default.build", "default"),
        ("mynets.Generator", "Generator"),
        ("project.nets.Generator", "Generator"),
        ("torch.optim.AdamW", "AdamW"),
        ("–", "–"),
    ],
)
def test_parts_are_named_as_their_configs_or_by_their_class(target: str, name: str) -> None:
    assert part_name(target) == name
