"""Old names are answered with new ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gan_lightning.config.renamed import KEYS, OPTIONS, check_renamed, new_name
from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.core.errors import UsageError
from tests.helper.command import run


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("what=grid", "what is called output now: type output=grid"),
        ("what.grid.n=4", "what.grid.n is called output.grid.n now: type output.grid.n=4"),
        ("objective.schedule.hold=0.5", "type objective.schedule.hold_fraction=0.5"),
        (
            "objective.augments.instance_noise.rest=0.1",
            "type objective.augments.instance_noise.noise_free_fraction=0.1",
        ),
        ("callback.record=null", "callback.record is called callback.log_metrics now"),
        ("callback.doctor.rules.modes_dropping=null", "type callback.doctor.diagnostics.mode_dropping=null"),
        ("callback.doctor.rules.mine=null", "type callback.doctor.diagnostics.mine=null"),
        ("+optimize=w1", "type optimized_metric=w1"),
        ("penalty@objective.penalty=zero_centered", "type penalty@objective.penalty=r1_r2"),
        (
            "model=robust_tanh,robust_mlp",
            "model=robust_tanh is called robustness_tanh now: type model=robustness_tanh,",
        ),
    ],
)
def test_an_old_name_is_answered_with_the_new_one(typed: str, answer: str) -> None:
    with pytest.raises(UsageError) as error:
        check_renamed(["seed=1", typed])
    assert answer in str(error.value)
    assert "\n" not in str(error.value)


def test_other_names_pass() -> None:
    check_renamed(["objective.schedule.end_step=5", "callback.samples.every=3", "whatever=1", "--cfg", "model=dcgan"])
    assert new_name("optimizer") is None


def test_new_options_exist_and_old_ones_do_not() -> None:
    for (group, old), new in OPTIONS.items():
        assert (CONFIG_DIR / group / f"{new}.yaml").exists(), new
        assert not (CONFIG_DIR / group / f"{old}.yaml").exists(), old


@pytest.mark.parametrize("new", sorted(set(KEYS.values())))
def test_new_keys_exist(new: str) -> None:
    """As a top-level key of a command, as a group, or as the last part of a key in some file of its group."""
    group, *_, leaf = ["", *new.split(".")] if "." not in new else new.split(".")
    if not group:
        top = "".join(file.read_text() for file in CONFIG_DIR.glob("*.yaml"))
        assert (CONFIG_DIR / leaf).is_dir() or re.search(rf"^{leaf}:", top, re.MULTILINE)
        return
    folders = {"objective": ["objective", "penalty", "schedule", "augment"], "callback": ["callback"]}
    files = [file for folder in folders.get(group, [group]) for file in (CONFIG_DIR / folder).rglob("*.yaml")]
    assert any(re.search(rf"(^\s*|@|\.){leaf}\b", file.read_text(), re.MULTILINE) for file in files)


@pytest.mark.process
def test_the_command_answers_in_one_line(tmp_path: Path) -> None:
    done = run("optimize=wasserstein", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "error: optimize is called optimized_metric now: type optimized_metric=wasserstein\n"
    assert not list(tmp_path.iterdir())
