"""Small trained generators of every kind, without the training."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.utils import instantiate
from omegaconf import OmegaConf

from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.nn.fixed_stage import FixedStage
from gan_lightning.trained.generator import TrainedGenerator

TRANSLATE = {"unet", "cyclegan"}  # take images, and are refused
MODELS = sorted(path.stem for path in (CONFIG_DIR / "model").glob("*.yaml") if path.stem not in TRANSLATE)
# What makes each of conf/model small; its layers stay.
SMALL: dict[str, dict[str, Any]] = {
    "biggan": {"width": 4, "attention": 16},
    **{name: {"width": 4} for name in ("dcgan", "dcgan_small", "dcgan_autoencoder", "dcgan_codes", "vgg")},
    **{name: {"width": 16} for name in ("mlp", "mlp_small", "mlp_autoencoder", "mlp_codes")},
    "progressive": {"base_width": 64, "max_width": 8},
    "r3gan": {"width": 8, "max_width": 8, "group": 4},
    "resnet": {"width": 8, "max_width": 8},
    "resnet101": {"width": 8, "max_width": 16, "blocks": 8},
    "resnet_sngan32": {"width": 8, "max_width": 8},
    "resnet_sngan64": {"width": 8, "max_width": 8},
    "resnet_sngan128": {"width": 8, "max_width": 8},
    "robustness_mlp": {"width": 16},
    "series": {"width": 4, "max_width": 8},
    "sgan": {"width": 4, "vector_width": 16, "classes": 3},
    "volume": {"width": 4, "max_width": 8},
    "robustness_resnet101": {"width": 8, "max_width": 16, "blocks": 8},
}
# Of a sample, by the beginning of a model's name; all others draw colour images.
SHAPES = {
    "mlp": [2],
    "dcgan": [1, 28, 28],
    "sgan": [1, 28, 28],
    "vgg": [1, 28, 28],
    "series": [2, 16],
    "volume": [1, 8, 8, 8],
}
# Ways of a model's own, beyond conf/model.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "dcgan_concatenation": ("dcgan_small", {"condition": "concatenation", "classes": 3}),
    "dcgan_norm": ("dcgan_small", {"condition": "norm", "classes": 3}),
    "dcgan_layer": ("dcgan_small", {"norm": "layer"}),
    "dcgan_instance": ("dcgan_small", {"norm": "instance"}),
    "dcgan_virtual": ("dcgan_small", {"norm": "virtual", "reference": 4}),
    "dcgan_uniform": ("dcgan_small", {"latent_prior": "uniform"}),
    "dcgan_truncated_normal": ("dcgan_small", {"latent_prior": "truncated_normal"}),
    "dcgan_discrete": ("dcgan_small", {"latent_prior": "discrete"}),
    "dcgan_spectral": ("dcgan_small", {"spectral_norm": True}),
    "mlp_batch": ("mlp", {"norm": "batch", "sign_latents": 1}),
    "mlp_layer": ("mlp", {"norm": "layer", "condition": "concatenation", "classes": 3}),
    "biggan_norm": ("biggan", {"condition": "norm", "classes": 3}),
    "resnet_layer": ("resnet", {"norm": "layer"}),
    "resnet_norm": ("resnet", {"condition": "norm", "classes": 3, "norm": "instance"}),
    "r3gan_concatenation": ("r3gan", {"condition": "concatenation", "classes": 3}),
    "progressive_fading": ("progressive", {}),
    "progressive_concatenation": ("progressive", {"condition": "concatenation", "classes": 3}),
}
KINDS = [*MODELS, *VARIANTS]
# Files of conf/model that differ in widths and initial weights alone, and are the same network in small.
SAME = {"dcgan": "dcgan_small", "mlp": "mlp_small", "resnet101": "robustness_resnet101"}
SAME |= {"dcgan_autoencoder": "dcgan_small", "mlp_autoencoder": "mlp_small"}
SAME |= {"vgg": "dcgan"}
SAME |= {"resnet": "resnet_sngan64", "resnet_sngan32": "resnet_sngan64", "resnet_sngan128": "resnet_sngan64"}
DISTINCT = [kind for kind in KINDS if kind not in SAME]


@functools.cache
def node_of(kind: str) -> dict[str, Any]:
    """Class and arguments of a small generator of this kind."""
    name, changes = VARIANTS.get(kind, (kind, {}))
    shape = next((shape for start, shape in SHAPES.items() if name.startswith(start)), [3, 32, 32])
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONFIG_DIR), version_base=None):
        stated = [f"+data.shape={shape}", "+critic_norm=layer", "+condition={generator:none,critic:none}"]
        config = compose(overrides=[f"+model={name}", *stated])
    node: dict[str, Any] = OmegaConf.to_container(config.model.generator, resolve=True)  # type: ignore[assignment]
    robust = {"width": 4} if name.startswith("robustness_") and "widths" not in node else {}
    changed = node | robust | SMALL.get(name, {}) | changes
    if changed.get("widths") is not None and "width" in SMALL.get(name, {}):
        changed["widths"] = [8] * len(changed["widths"])
    if "biggan" not in name:
        few = name.startswith("mlp") and "categorical_codes" not in node
        changed["latent_dim"] = 17 if "latent_dim" in node and not few else 5
    return changed


def trained(kind: str, directory: Path | None = None) -> TrainedGenerator:
    """A generator of this kind with random weights and statistics, as `load_generator` returns it."""
    from gan_lightning.nn.fast.swap import use_fast_layers

    node = node_of(kind)
    torch.manual_seed(1)
    generator = instantiate(node, _convert_="all")
    with torch.no_grad():
        for name, value in generator.state_dict().items():
            if name.endswith("running_mean"):
                value.normal_(0, 0.2)
            elif name.endswith("running_var"):
                value.uniform_(0.5, 2)
            elif name.endswith("gamma"):
                value.fill_(0.3)
            elif value.is_floating_point() and "parametrizations" not in name and name != "references":
                value.add_(0.05 * torch.randn_like(value))
    latent_dim = generator.latent_dim
    use_fast_layers(generator)
    if kind.startswith("progressive"):
        generator = FixedStage(generator, 2, 0.3 if kind == "progressive_fading" else 1.0)
    folder = directory or Path()
    if directory is not None:
        (folder / "some.ckpt").write_bytes(b"a checkpoint")
    return TrainedGenerator(
        generator=generator.eval().requires_grad_(False),
        latent_dim=latent_dim,
        step=12,
        averaged=True,
        checkpoint=folder / "some.ckpt",
        run=folder,
        config={"model": {"generator": node}, "objective": {}, "data": {"_target_": "gan_lightning.data.x.X"}},
    )
