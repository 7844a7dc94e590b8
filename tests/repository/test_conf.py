"""Every config file builds what its name says."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest
from hydra.errors import MissingConfigException
from omegaconf import OmegaConf

from gan_lightning.config.validate import CONFIG_DIR, import_target, instantiate
from gan_lightning.notebook import play
from tests.helper.command import QUICK, checked, composed

# Groups whose files are parts: each configures the module of the same name, or varies another file of its group.
PARTS = [
    "augment",
    "callback",
    "data",
    "diagnostic",
    "extractor",
    "logger",
    "loss",
    "model",
    "optimizer",
    "output",
    "penalty",
    "regularizer",
    "schedule",
    "trainer",
]
# and `condition`, whose files choose among a model's own ways
MODELS = {
    "ebgan": ["model=dcgan_autoencoder"],
    "began": ["model=dcgan_autoencoder"],
    "magan": ["model=dcgan_autoencoder"],
    "infogan": ["model=dcgan_codes"],
    "pix2pix": ["model=unet", "data=computed_labels", "model.critic.receptive_field=16"],
    "cyclegan": ["model=cyclegan", "data=computed_domain", "model.critic.receptive_field=16"],
    "ali": ["model=dcgan_pairs"],
    "bigan": ["model=dcgan_pairs"],
    "aae": ["model=dcgan_latents"],
    "vae_gan": ["model=dcgan_encoder"],
    "egan": ["model=dcgan_encoder"],
    "sgan": ["model=sgan"],
    "progan": ["model=progressive", "data.size=32", "model.generator.max_width=8", "model.critic.max_width=8"],
}
OBJECTIVES = sorted(p.stem for p in (CONFIG_DIR / "objective").glob("*.yaml"))
EXPERIMENTS = sorted(p.stem for p in (CONFIG_DIR / "experiment").glob("*.yaml"))


def files(group: str) -> list[Path]:
    return sorted((CONFIG_DIR / group).glob("*.yaml"))


def targets(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["_target_"]] if "_target_" in node else []
        return own + [t for value in node.values() for t in targets(value)]
    return [t for value in node for t in targets(value)] if isinstance(node, list) else []


@pytest.mark.parametrize("path", [p for g in PARTS for p in files(g)], ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_names_the_module_of_its_own_name(path: Path) -> None:
    config = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(config, dict)
    if not config or "defaults" in config:
        return  # `none`, and variants of other files
    group = {"output": "sample.output"}.get(path.parent.name, path.parent.name)
    module = f"gan_lightning.{group}.{path.stem}"
    assert targets(config)
    own = {t.rpartition(".")[0] for t in targets(config) if t.startswith("gan_lightning.")}
    assert own == {module}, "parts of libraries inside it are free"
    importlib.import_module(module)


@pytest.mark.parametrize("group", ["augment", "loss", "penalty", "optimizer", "regularizer", "diagnostic", "schedule"])
def test_every_part_has_its_file(group: str) -> None:
    package = importlib.import_module(f"gan_lightning.{group}")
    modules = {p.stem for p in Path(package.__path__[0]).glob("*.py")} - {"__init__", "base", "advice"}
    assert modules == {p.stem for p in files(group)}


@pytest.mark.parametrize("group", ["augment", "loss", "penalty", "optimizer", "regularizer", "diagnostic", "schedule"])
def test_files_give_the_defaults_of_the_signature(group: str) -> None:
    for path in files(group):
        config = OmegaConf.to_container(OmegaConf.load(path))
        assert isinstance(config, dict)
        signature = inspect.signature(import_target(str(path), config.pop("_target_"))).parameters
        assert list(config) == list(signature)
        for key, parameter in signature.items():
            given = tuple(config[key]) if isinstance(config[key], list) else config[key]
            assert parameter.default in (given, parameter.empty)


@pytest.mark.training
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_objectives_are_families(objective: str) -> None:
    from gan_lightning.objective.base import AdversarialModule

    config = checked(f"objective={objective}", *MODELS.get(objective, ["model=dcgan_small"]))
    networks = {player: instantiate(network) for player, network in config["model"].items()}
    module = instantiate(config["objective"], **networks)
    assert isinstance(module, AdversarialModule)
    module.dry_run(instantiate(config["data"]).example_input)


@pytest.mark.training
def test_papers_recipes_are_the_defaults() -> None:
    clip, penalty = checked("objective=wgan_clip")["objective"], checked("objective=wgan_gp")["objective"]
    assert (clip["clip"], clip["n_critic"]) == (0.01, 5)
    for player in ("critic", "generator"):
        assert clip[f"{player}_optimizer"]["_target_"].endswith("RMSProp")
        assert (clip[f"{player}_optimizer"]["lr"], clip[f"{player}_optimizer"]["momentum"]) == (5e-5, 0.0)
        assert penalty[f"{player}_optimizer"]["lr"] == 1e-4
        assert penalty[f"{player}_optimizer"]["betas"] == [0.0, 0.9]
    assert (penalty["gp_weight"], penalty["n_critic"]) == (10.0, 5)
    dcgan = checked("objective=gan")["objective"]["generator_optimizer"]
    assert (dcgan["lr"], dcgan["betas"]) == (2e-4, [0.5, 0.999])


@pytest.mark.training
@pytest.mark.parametrize("objective", [o for o in OBJECTIVES if o not in ("wgan_gp_quick", "lsgan_rmsprop")])
def test_family_signatures_agree_with_their_files(objective: str) -> None:
    """What plain Python plays by default is what the command plays by default."""
    config = checked(f"objective={objective}", *MODELS.get(objective, ["model=mlp_small"]))
    networks = {player: instantiate(network) for player, network in config["model"].items()}
    module = instantiate(config["objective"], **networks)
    plain = type(module)(**networks, **({"encoder": module.encoder} if objective == "sgan" else {}))
    for name in ("n_critic", "latent_dim", "accumulate", "generator_batch", "seed", "critic_max_norm", "schedule"):
        assert getattr(module, name) == getattr(plain, name)
    assert module.ema.decay == plain.ema.decay
    for name in ("critic_optimizer", "generator_optimizer"):
        assert vars(getattr(module, name)) == vars(getattr(plain, name))


@pytest.mark.training
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_experiments_compose(experiment: str) -> None:
    # those whose data must be given are given some
    needs = {"data.root": "data.root=somewhere"}
    text = (CONFIG_DIR / "experiment" / f"{experiment}.yaml").read_text()
    checked(f"experiment={experiment}", *(o for key, o in needs.items() if f"{key.partition('.')[2]}: ???" in text))


@pytest.mark.training
def test_stacked_mnist_is_one_protocol() -> None:
    """Its recipes differ in the objective alone, and score what the papers score."""
    recipes = [checked(f"experiment={name}") for name in EXPERIMENTS if name.startswith("stacked_mnist")]
    assert len(recipes) == 3
    for config in recipes:
        assert config["metric"]["n_fake_training"] == 26_000
        assert config["trainer"]["max_steps"] % config["callback"]["score"]["every"] == 0
        config["model"]["critic"]["norm"] = "as the penalty has it"
        for key in ("data", "model", "metric", "trainer"):
            assert config[key] == recipes[0][key]


@pytest.mark.training
@pytest.mark.parametrize("group", ["augment", "regularizer"])
def test_every_one_plays_in_a_command(group: str) -> None:
    names = [path.stem for path in files(group) if path.stem != "variational_entropy"]  # that of objective=egan
    told = "condition=concatenation"  # one of them tells the classes that the generator was told
    model = "model=mlp_codes"  # and one recognizes its codes
    played = play("objective=gan", model, told, f"{group}=[{','.join(names)}]", "callback=none", *QUICK)
    assert list(getattr(played.module, f"{group}s")) == names
    assert played.module.global_step == 3


@pytest.mark.training
def test_critic_norm_follows_the_objective() -> None:
    assert checked("objective=wgan_gp", "model=dcgan")["model"]["critic"]["norm"] == "layer"
    assert checked("objective=gan", "model=dcgan")["model"]["critic"]["norm"] == "batch"
    assert checked("objective=wgan_gp", "model=dcgan", "critic_norm=instance")["model"]["critic"]["norm"] == "instance"


def test_sizes_follow_the_data() -> None:
    config = checked("data.size=32", "data.channels=3", *QUICK)
    assert config["model"]["critic"]["shape"] == [3, 32, 32]


def scored_by(*overrides: str) -> object:
    config = checked(*overrides)
    assert config["callback"]["score"]["metric"] == config["metric"]
    return config["metric"] and config["metric"]["_target_"].rpartition(".")[2]


@pytest.mark.training
@pytest.mark.parametrize(
    ("overrides", "metric"),
    [
        ((), "Features"),
        (("data=mnist",), "Features"),
        (("data=stacked_mnist",), "StackedMnistModes"),
        *(((f"data={name}",), "Points") for name in ("ring8", "grid25", "swiss_roll")),
        (("experiment=ring8",), "Points"),
        *(((f"data={name}",), "IndependentCritic") for name in ("cifar10", "fashion_mnist", "emoji", "image_folder")),
        (("data=unpaired_folders", "model=cyclegan", "objective=cyclegan"), {}),  # nothing suits
        (("data=cifar10", "metric=efficientnet_lite0"), "Features"),
        (("data=ring8", "metric=digits"), "Features"),  # what was chosen wins
        (("experiment=ring8", "metric=digits"), "Features"),
        (("metric=none",), None),
    ],
)
def test_the_metric_follows_the_data_unless_it_is_chosen(overrides: tuple[str, ...], metric: object) -> None:
    assert scored_by(*overrides) == metric


def test_metrics_take_their_keys() -> None:
    config = checked("metric.n_fake_training=77", "metric.extractor.batch_size=5")["metric"]
    assert (config["n_fake_training"], config["extractor"]["batch_size"]) == (77, 5)
    with pytest.raises(MissingConfigException, match="metric/digit"):
        composed("metric=digit")


@pytest.mark.training
@pytest.mark.parametrize("metric", ["digits", "points", "stacked"])
def test_metrics_build_with_the_defaults_of_their_signatures(metric: str) -> None:
    config = checked(f"metric={metric}")["metric"]
    built = instantiate(config)
    assert type(built).__module__ == config["_target_"].rpartition(".")[0]
    signature = inspect.signature(type(built)).parameters
    for name in config.keys() - {"_target_", "extractor"}:
        assert config[name] == signature[name].default
    assert config.keys() - {"_target_"} == signature.keys()


def test_what_suits_data_is_named_after_them() -> None:
    assert {p.stem for p in (CONFIG_DIR / "metric" / "default_for").glob("*.yaml")} < {p.stem for p in files("data")}


def test_parts_swap_inside_an_objective() -> None:
    config = checked("objective=gan", "loss@objective.loss=hinge", "penalty@objective.penalty=r1_r2")
    assert config["objective"]["loss"]["_target_"].endswith("Hinge")
    assert config["objective"]["penalty"]["r1"] == 10.0


def test_schedule_follows_the_run_length() -> None:
    config = checked("schedule@objective.schedule=linear_decay", "trainer.max_steps=77")
    assert config["objective"]["schedule"]["end_step"] == 77


@pytest.mark.training
def test_nothing_is_left_unresolved() -> None:
    assert "${" not in str(checked())
    assert composed().keys() == checked().keys()
