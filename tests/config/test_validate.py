from __future__ import annotations

from pathlib import Path

import pytest
from hydra.errors import ConfigCompositionException

from gan_lightning.config.explain import explain_hydra_error
from gan_lightning.config.search_path import SearchPath
from gan_lightning.core.errors import UsageError
from tests.helper.command import checked, composed


@pytest.mark.training
@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("+objective.cc=1", "objective.cc is not a key of WGANGP"),
        ("+objective.gp_wieght=1", "did you mean gp_weight"),
        ("+sede=1", "sede is not a key of the config: did you mean seed?"),
        ("+model.discriminator.width=3", "model.discriminator is not a key of model"),
        ("+model.critic.widht=3", "model.critic.widht is not a key of Critic: did you mean width"),
        ("+trainer.max_step=3", "did you mean max_steps"),
        ("+callback.samples.evry=3", "callback.samples.evry is not a key of Samples: did you mean every"),
        ("+callback.sampels.every=3", "callback.sampels builds nothing: it has no _target_. did you mean samples"),
        ("objective.n_critic=0", "objective.n_critic=0 must be greater than or equal to 1"),
        ("trainer.max_steps=2.5e0", "trainer.max_steps=2.5 must be a whole number"),
        ("objective.n_critic=2.5", "objective.n_critic=2.5 must be a whole number"),
        ("objective.gp_weight=-1", "objective.gp_weight=-1 must be greater than or equal to 0"),
        ("objective.gp_weight=ten", "objective.gp_weight=ten must be a valid number"),
        ("objective.critic_optimizer.lr=0", "objective.critic_optimizer.lr=0 must be greater than 0"),
        ("objective.critic_optimizer.betas=[0.0,1.0]", "must be less than 1"),
        ("objective.one_sided=maybe", "objective.one_sided=maybe must be a valid boolean"),
        ("seed=-1", "seed=-1 must be greater than or equal to 0"),
        ("trainer.precision=16-true", "must be '32-true', '64-true', 'bf16-mixed' or '16-mixed'"),
        ("trainer.devices=0", "must be greater than or equal to 1, or 'auto', or a valid list"),
        ("data.batch_size=0", "data.batch_size=0 must be greater than or equal to 1"),
        ("objective.seed=${nothing}", "objective.seed: Interpolation key 'nothing' not found"),
        ("objective.seed=???", "objective.seed has no value"),
        ("callback.score.metric=[1,2]", "callback.score.metric=[1, 2] is no part: choose one by its group, or null"),
        ("~model.critic", "model.critic has no value: choose one with model=NAME"),
        ("~model.generator", "model.generator has no value: choose one with model=NAME"),
    ],
)
def test_refuses_in_one_line(override: str, says: str) -> None:
    with pytest.raises(UsageError) as refusal:
        checked(override)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_whole_floats_are_ints_where_ints_go() -> None:
    config = checked("trainer.max_steps=1e4", "trainer.devices=[0.0]", "objective.n_critic=2.0", "data.batch_size=1e2")
    assert config["trainer"]["max_steps"] == 10_000
    assert config["trainer"]["devices"] == [0]
    whole = (config["trainer"]["max_steps"], config["trainer"]["devices"][0], config["objective"]["n_critic"])
    assert {type(number) for number in whole} == {int}
    rate = checked("objective.critic_optimizer.lr=1.0")["objective"]["critic_optimizer"]["lr"]
    assert type(rate) is float


def test_refuses_unknown_keys_of_an_experiment_file(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text("# @package _global_\nobjective:\n  gp_wait: 3.0\n")
    with pytest.raises(UsageError, match="gp_wait is not a key of WGANGP: did you mean gp_weight"):
        checked("experiment=mine", f"hydra.searchpath=[file://{tmp_path}]")


@pytest.mark.training
@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        (["objective.gp_wait=1"], "objective.gp_wait is not a key of objective: did you mean gp_weight"),
        (["objective=wgan_clip", "objective.clipp=1"], "did you mean clip?"),
        (["objective=wgann"], "objective=wgann does not exist: did you mean wgan_clip or wgan_gp"),
        (["data=mnist5"], "did you mean mnist5k"),
        (["hydra/launcher=jobbib"], 'pip install "gan_lightning[sweep]" brings more'),
        (["objectiv=gan"], "objectiv is not a key of the config: did you mean objective?"),
        (["~data"], "~data: other parts follow data, it can't be left out: choose one, data=NAME"),
        (["trainer.max_stepps=5", "seed=3"], "did you mean max_steps"),
        (["data=array", "data.shape.x=1", "x.y=2"], "data.shape.x is not a key of data.shape"),  # follows data.path
    ],
)
def test_explains_what_hydra_refuses(overrides: list[str], says: str) -> None:
    with pytest.raises(ConfigCompositionException) as error:
        composed(*overrides)
    refusal = explain_hydra_error(error.value, overrides, SearchPath.of(overrides))
    assert says in str(refusal)
    assert "\n" not in str(refusal)


def test_a_config_of_another_version_is_read_or_says_which_wrote_it() -> None:
    assert checked("version=0.0.9")["version"] == "0.0.9"
    with pytest.raises(UsageError, match=r"sede is not a key .* \(gan_lightning 0.0.9 wrote this config, this is "):
        checked("version=0.0.9", "+sede=1")
