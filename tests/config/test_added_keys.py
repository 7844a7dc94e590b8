"""Keys typed with a `+` are judged by the files in conf/, which name every key that a class takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from gan_lightning.config import added_keys
from gan_lightning.config.validate import CONFIG_DIR, GIVEN_BY_TRAIN, import_target
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import signature_types
from tests.helper.command import composed

GIVEN = {**GIVEN_BY_TRAIN, "trainer": {"callbacks", "default_root_dir", "logger"}, "metric": {"extractor"}}


def targets(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if str(node.get("_target_", "")).startswith("gan_lightning."):
            yield node["_target_"]
        for inner in node.values():
            yield from targets(inner)


@pytest.mark.training
def test_files_name_every_key_of_every_class() -> None:
    named = {t for file in CONFIG_DIR.rglob("*.yaml") for t in targets(yaml.safe_load(file.read_text()))}
    assert len(named) > 60
    for target in sorted(named):
        if known := added_keys.keys_of_group(target):
            group = target.removeprefix("gan_lightning.").partition(".")[0]
            assert signature_types(import_target("part", target)).keys() - GIVEN.get(group, set()) <= known, target


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("+objective.gp_wieght=3", "objective.gp_wieght is not a key of WGANGP: did you mean gp_weight?"),
        ("+sede=3", "sede is not a key of the config: did you mean seed?"),
        ("+model.critic.widht=3", "model.critic.widht is not a key of Critic: did you mean width or widths?"),
        ("++callback.samples.evry=3", "callback.samples.evry is not a key of Samples: did you mean every or early?"),
        ("+objective.critic_optimizer.rate=3", "objective.critic_optimizer.rate is not a key of Adam: known: betas"),
    ],
)
def test_an_unknown_key_is_refused(typed: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as refusal:
        check(typed, monkeypatch)
    assert str(refusal.value).startswith(says)


@pytest.mark.parametrize(
    "typed",
    [
        "+callback.mine._target_=mine.Callback",  # a part of one's own
        "+objective.clip=3",  # another objective's, left to the full check
        "++objective.schedule._target_=gan_lightning.schedule.constant.Constant",
        "+callback@callback.again=samples",
        "+callback.doctor.diagnostics.mine._target_=mine.Diagnostic",
    ],
)
def test_others_are_left_to_the_full_check(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check(typed, monkeypatch)


def check(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = composed(typed)
    assert OmegaConf.is_config(config)
    monkeypatch.setattr(added_keys.HydraConfig, "initialized", lambda: True)
    monkeypatch.setattr(added_keys, "typed_overrides", lambda: [typed])
    monkeypatch.setattr(added_keys, "own_groups", lambda _: set())
    added_keys.check_added_keys(config)
