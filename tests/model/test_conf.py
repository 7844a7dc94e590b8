"""The files under conf/model."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig, OmegaConf
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from gan_lightning.nn import stack, two_domains
from gan_lightning.nn.labels import bind_labels
from gan_lightning.nn.pair_critic import join
from gan_lightning.nn.scores import scores_only

CONF = Path(__file__).parents[2] / "conf"
FILES = sorted(path.stem for path in (CONF / "model").glob("*.yaml"))
SHAPES = {
    "resnet101": (3, 64, 64),
    "mlp": (2,),
    "mlp_small": (2,),
    "dcgan": (1, 28, 28),
    "dcgan_small": (1, 28, 28),
    "mlp_autoencoder": (2,),
    "mlp_codes": (2,),
    "dcgan_codes": (1, 28, 28),
    **dict.fromkeys(("mlp_encoder", "mlp_latents", "mlp_pairs"), (2,)),
    **dict.fromkeys(("dcgan_encoder", "dcgan_latents", "dcgan_pairs"), (1, 28, 28)),
    "dcgan_autoencoder": (1, 28, 28),
    "progressive": (3, 32, 32),
    "r3gan": (3, 32, 32),
    "resnet": (3, 32, 32),
    "resnet_sngan32": (3, 32, 32),
    "resnet_sngan64": (3, 64, 64),
    "resnet_sngan128": (3, 128, 128),
    **dict.fromkeys((name for name in FILES if name.startswith("robustness_")), (1, 32, 32)),
    "biggan": (3, 128, 128),
    "series": (2, 128),
    "volume": (1, 16, 24, 16),
    "unet": (3, 64, 64),
    "cyclegan": (3, 64, 64),
    "sgan": (1, 28, 28),
    "vgg": (3, 32, 32),
}
TRANSLATE = ("unet", "cyclegan")


def model(name: str, shape: tuple[int, ...], critic_norm: str = "layer") -> DictConfig:
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base=None):
        untold = "+condition={generator:none,critic:none}"
        labels = [f"+data.label_shape={list(shape)}"] if name in TRANSLATE else ["+data.classes=10"] * (name == "sgan")
        stated = [f"+data.shape={list(shape)}", *labels, f"+critic_norm={critic_norm}", untold]
        config = compose(overrides=[f"+model={name}", *stated])
    OmegaConf.resolve(config)
    part: DictConfig = config.model
    return part


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_every_file_is_tested() -> None:
    assert sorted(SHAPES) == FILES


@pytest.mark.training
@pytest.mark.parametrize("name", SHAPES)
def test_files_build_a_pair(name: str) -> None:
    shape = SHAPES[name]
    # Weights are not looked at here: without storage even the largest network is made at once.
    with torch.device("meta"):
        pair = instantiate(model(name, shape), _convert_="all")
        generator, critic = (bind_labels(pair[player]) for player in ("generator", "critic"))
        fake = generator(torch.empty(2, pair["generator"].latent_dim))
        assert fake.shape == (2, *shape)
        latent = torch.empty(2, pair["generator"].latent_dim)
        kinds = {"pairs": join(fake, latent), "latents": latent, "cyclegan": two_domains.join(fake, fake)}
        kinds["sgan"] = stack.join([fake, torch.empty(2, 64)])
        inputs = kinds.get(name.rpartition("_")[2], fake)
        assert scores_only(critic)(inputs).shape[: 1 if name in (*TRANSLATE, "sgan") else None] == (2,)
        if name.rpartition("_")[2] in ("encoder", "latents", "pairs"):
            assert [part.shape for part in pair["generator"].encoder(fake)] == [latent.shape, latent.shape]


@pytest.mark.parametrize("name", [name for name in SHAPES if "_" not in name])
def test_files_list_every_argument_with_its_default(name: str) -> None:
    for part in model(name, SHAPES[name], critic_norm="batch").values():
        check_arguments(part)


@pytest.mark.parametrize("name", ["dcgan_autoencoder", "mlp_autoencoder", "dcgan_pairs", "mlp_pairs", "mlp_latents"])
def test_critics_of_a_kind_of_their_own_too(name: str) -> None:
    """Their generators are other models', of another size."""
    config = model(name, SHAPES[name], critic_norm="batch")
    check_arguments(config.critic)


@pytest.mark.parametrize("name", ["dcgan_autoencoder", "mlp_autoencoder"])
def test_generators_beside_autoencoders(name: str) -> None:
    config = model(name, SHAPES[name], critic_norm="batch")
    written = OmegaConf.to_container(config.generator)
    assert list(inspect.signature(get_class(written.pop("_target_"))).parameters) == list(written)


def check_arguments(part: DictConfig) -> None:
    written = OmegaConf.to_container(part)
    signature = inspect.signature(get_class(written.pop("_target_")))
    assert list(written) == list(signature.parameters)
    defaults = {k: p.default for k, p in signature.parameters.items() if p.default is not p.empty}
    assert {k: v for k, v in written.items() if k in defaults} == defaults


def test_the_norm_of_the_critic_is_the_objectives() -> None:
    for norm, layer in (("batch", nn.BatchNorm2d), ("layer", nn.GroupNorm)):
        pair = instantiate(model("dcgan_small", (1, 28, 28), norm), _convert_="all")
        assert any(isinstance(m, layer) for m in pair["critic"].modules())


def test_sngan_is_spectrally_normalized_in_the_critic_only() -> None:
    pair = instantiate(model("resnet_sngan32", (3, 32, 32)), _convert_="all")
    assert is_parametrized(pair["critic"].score, "weight")
    assert not any(is_parametrized(m) for m in pair["generator"].modules())
    # Published: 256 channels in the generator, 128 in the critic.
    assert pair["generator"].image[0].num_features == 256
    assert pair["critic"].score.in_features == 128


@pytest.mark.training
@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("name", [name for name in SHAPES if name.startswith("robustness_")])
def test_the_robustness_tests_pairs_at_both_sizes(name: str, size: int) -> None:
    with torch.device("meta"):
        pair = instantiate(model(name, (3, size, size)), _convert_="all")
        assert pair["critic"](pair["generator"](torch.empty(2, 128))).shape == (2,)
    norms = {"layer": nn.GroupNorm, "batch": nn.BatchNorm2d}
    has = {word: any(isinstance(m, kind) for m in pair["critic"].modules()) for word, kind in norms.items()}
    assert has == {"layer": name != "robustness_no_norm", "batch": False}


def test_the_robustness_tests_generators() -> None:
    def pair(name: str) -> dict[str, nn.Module]:
        with torch.device("meta"):
            found: dict[str, nn.Module] = instantiate(model(f"robustness_{name}", (1, 64, 64)), _convert_="all")
        return found

    def kinds(network: nn.Module) -> set[str]:
        return {type(m).__name__ for m in network.modules() if not list(m.children())}

    constant = [m for m in pair("constant")["generator"].modules() if isinstance(m, nn.ConvTranspose2d)]
    assert [m.in_channels for m in constant] == [16] * 4
    assert "BatchNorm2d" not in kinds(pair("constant")["generator"]) | kinds(pair("no_norm")["generator"])
    linear = [(m.in_features, m.out_features) for m in pair("mlp")["generator"].modules() if isinstance(m, nn.Linear)]
    assert linear == [(128, 512), (512, 512), (512, 512), (512, 512), (512, 64 * 64)]
    for name, kind in (("gated", "Gate"), ("tanh", "Tanh")):
        for player in pair(name).values():
            assert kind in kinds(player)
            assert not {"ReLU", "LeakyReLU"} & kinds(player)
