"""Combinations: runs a step of every combination of objective, loss, penalty, networks and conditioning.

    python -m benchmarks.combinations                                   prints which train, and why the rest do not
    python -m benchmarks.combinations --write docs/combinations.md      writes it

Objectives, losses, penalties, networks and ways of conditioning are those of `conf/`, at their defaults; networks are
small. A combination is run on eight images (networks of points: eight points) with labels, or refused in one line.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning.pytorch import Trainer
from omegaconf import DictConfig, OmegaConf
from torch import nn

from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.config.validate import CONFIG_DIR, instantiate
from gan_lightning.core.errors import UsageError
from gan_lightning.data.stream import StepBatch
from gan_lightning.nn.labels import check_conditional, label_shape_of
from gan_lightning.nn.level_encoder import ConvolutionalEncoder
from gan_lightning.objective.aae import AAE
from gan_lightning.objective.ali import ALI
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.began import BEGAN
from gan_lightning.objective.cyclegan import CycleGAN
from gan_lightning.objective.ebgan import EBGAN
from gan_lightning.objective.egan import EGAN
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.growth import GrowthSchedule
from gan_lightning.objective.magan import MAGAN
from gan_lightning.objective.progan import ProGAN
from gan_lightning.objective.sgan import SGAN
from gan_lightning.objective.vae_gan import VAEGAN
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.trainer.default import build as trainer_of

OBJECTIVES: dict[str, Callable[..., AdversarialModule]] = {
    "gan": GAN,
    "wgan": WGAN,
    "wgan_gp": WGANGP,
    "progan": ProGAN,
    "ebgan": EBGAN,
    "began": BEGAN,
    "magan": MAGAN,
    "ali": ALI,
    "aae": AAE,
    "vae_gan": VAEGAN,
    "egan": EGAN,
    "cyclegan": CycleGAN,
    "sgan": SGAN,
}
# Objectives of encoders: ends of their models.
ENCODE = {"ali": "_pairs", "aae": "_latents", "vae_gan": "_encoder", "egan": "_encoder"}
WITH_ENCODER = tuple(ENCODE.values())
OWN_NETWORKS = ("progan", "ebgan", "began", "magan", "cyclegan", "sgan", *ENCODE)  # that only some models are for
FREE = ("gan", "progan")  # whose loss and penalty are the user's to choose
SHAPES = {
    "mlp": (2,),
    "mlp_autoencoder": (2,),
    "mlp_encoder": (2,),
    "mlp_latents": (2,),
    "mlp_pairs": (2,),
    "series": (1, 16),
    "volume": (1, 16, 16, 16),
}  # of samples; all others are images
TRANSLATE = ("unet", "cyclegan")  # models whose condition is an image
ONE_CONDITION = (*TRANSLATE, "sgan")  # models that have one, whatever `condition` says
IMAGE, CLASSES, ROWS = (1, 16, 16), 3, 8
SMALL = {
    "width": 4,
    "encoder_width": 4,
    "max_width": 8,
    "base_width": 16,
    "latent_dim": 6,
    "depth": 1,
    "blocks": 2,
    "group": 4,
    "plain": 1,
    "receptive_field": 16,
}


class Choice(NamedTuple):
    """One combination; `loss` and `penalty` are None where the objective fixes them."""

    objective: str
    loss: str | None
    penalty: str | None
    model: str
    critic_norm: str
    condition: str


class Outcome(NamedTuple):
    """The metrics of its step, or why it is refused."""

    metrics: Mapping[str, float]
    refusal: str | None


def names(group: str) -> list[str]:
    """The files of a group."""
    return sorted(path.stem for path in (CONFIG_DIR / group).glob("*.yaml"))


def models() -> list[str]:
    """The models that are networks of their own, not variants of others."""
    return [name for name in names("model") if "defaults" not in OmegaConf.load(CONFIG_DIR / "model" / f"{name}.yaml")]


def choices() -> Iterator[Choice]:
    """All combinations. A critic's norm matters to those that have one; networks that translate have one condition."""
    for objective, model, condition in itertools.product(OBJECTIVES, models(), conditions()):
        if model in ONE_CONDITION and condition != "none":
            continue
        if model.endswith(WITH_ENCODER) and objective not in ENCODE:
            continue  # the networks are those of other models, beside an encoder
        free = objective in FREE and (objective != "progan" or model == "progressive")  # else refused for its networks
        losses, penalties = (names("loss"), names("penalty")) if free else ([None], [None])
        for loss, penalty, norm in itertools.product(losses, penalties, norms(model)):
            yield Choice(objective, loss, penalty, model, norm, condition)


@cache
def conditions() -> dict[str, dict[str, str]]:
    """Ways of conditioning by name, but for `auto`, which is one of them; the projection also without norms."""
    found = {name: _plain(f"condition/{name}") for name in names("condition")}
    ways = {name: dict(file.get("condition", file)) for name, file in found.items() if name != "auto"}
    return ways | {"projection, concatenation": ways["projection"] | {"generator": "concatenation"}}


def norms(model: str) -> list[str]:
    """Choices of `critic_norm` that change this model."""
    critic = OmegaConf.to_container(OmegaConf.load(CONFIG_DIR / "model" / f"{model}.yaml").critic)
    assert isinstance(critic, dict)
    return ["batch", "layer"] if critic.get("norm") == "${critic_norm}" else ["layer"]


class StepRunner:
    """Runs combinations, one step each, without a training loop around them."""

    def __init__(self) -> None:
        logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
        self.trainer: Trainer = trainer_of(max_steps=1, accelerator="cpu", callbacks=[LogMetrics()])
        self._networks: dict[tuple[str, str, str], dict[str, nn.Module] | UsageError] = {}

    def __call__(self, choice: Choice) -> Outcome:
        """Runs its step, with the same initial weights for all that have the same networks."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some combinations are warned of, and allowed
                return Outcome(self._step(self.module(choice)), None)
        except UsageError as refusal:
            return Outcome({}, str(refusal))

    def module(self, choice: Choice) -> AdversarialModule:
        """The combination as a module."""
        parts = {
            name: instantiate(_plain(f"{name}/{chosen}"))
            for name, chosen in (("loss", choice.loss), ("penalty", choice.penalty))
            if chosen is not None
        }
        if choice.objective == "progan":
            parts["schedule"] = GrowthSchedule(IMAGE[1], stable_images=ROWS, fade_images=ROWS, batch_size=ROWS)
        if choice.objective == "sgan":
            parts["encoder"] = ConvolutionalEncoder(shape=IMAGE, classes=CLASSES)
        if choice.condition == "auxiliary":
            parts["regularizers"] = {"classes": instantiate(_plain("regularizer/auxiliary_classifier"))}
        return OBJECTIVES[choice.objective](**deepcopy(self.networks(choice)), n_critic=2, **parts)

    def networks(self, choice: Choice) -> dict[str, nn.Module]:
        """The pair of networks, built once."""
        key = (choice.model, choice.critic_norm, choice.condition)
        if key not in self._networks:
            try:
                self._networks[key] = self._build(*key)
            except UsageError as refusal:
                self._networks[key] = refusal
        found = self._networks[key]
        if isinstance(found, UsageError):
            raise found
        return found

    def _build(self, model: str, norm: str, condition: str) -> dict[str, nn.Module]:
        torch.manual_seed(0)
        stated: dict[str, Any] = {
            "data": {"shape": list(SHAPES.get(model, IMAGE)), "classes": CLASSES, "label_shape": None},
            "critic_norm": norm,
            "condition": conditions()[condition],
        }
        if model in TRANSLATE:
            stated["data"]["label_shape"] = list(IMAGE)
        whole = OmegaConf.create({**stated, "model": OmegaConf.load(CONFIG_DIR / "model" / f"{model}.yaml")})
        for part in whole.model.values():
            part.update({key: value for key, value in SMALL.items() if key in part})
        config: Any = OmegaConf.to_container(whole, resolve=True)
        players = {player: instantiate(node) for player, node in config["model"].items()}
        check_conditional(conditions()[condition], **players)
        return players

    def _step(self, module: AdversarialModule) -> Mapping[str, float]:
        shape = SHAPES.get(type(module.generator).__module__.rpartition(".")[2], IMAGE)
        source = torch.Generator().manual_seed(0)
        real = torch.randn(2, ROWS, *shape, generator=source).clamp(-1, 1)
        module.trainer, self.trainer.strategy._lightning_module = self.trainer, module
        module.setup("fit")
        module.dry_run(real[0])
        self.trainer.strategy.optimizers = module.configure_optimizers()
        module.on_fit_start()
        label = real.flip(1) if label_shape_of(module.generator) else torch.arange(ROWS).repeat(2, 1) % CLASSES
        batch = StepBatch(real, 0, ROWS, label if module.labelled else None)
        module.on_train_batch_start(batch, 0)
        module.training_step(batch, 0)
        return module.step_metrics()


@cache
def _plain(file: str) -> dict[str, Any]:
    node = OmegaConf.load(CONFIG_DIR / f"{file}.yaml")
    assert isinstance(node, DictConfig)
    return {str(key): value for key, value in node.items()}


def outcomes() -> dict[Choice, Outcome]:
    """Of all combinations."""
    run = StepRunner()
    return {choice: run(choice) for choice in choices()}


def markdown(found: Mapping[Choice, Outcome]) -> str:
    """The page of documentation."""
    trained = [choice for choice, outcome in found.items() if outcome.refusal is None]
    lines = [
        "# Combinations",
        "",
        "Which objectives, losses, penalties, networks and ways of conditioning go together.",
        "",
        f"`python -m benchmarks.combinations --write docs/combinations.md` runs a step of each of {len(found):,} "
        "combinations",
        f"of the options in `conf/`: {len(trained):,} train, {len(found) - len(trained):,} are refused before "
        "training, each in one line",
        "(`tests/benchmark/test_combinations.py`).",
        "",
        "- Every loss goes with every penalty in `objective=gan` and `objective=progan`. The others have their own.",
        "- `infogan` is `gan` with a regularizer. Its `model=dcgan_codes` and `mlp_codes` have the networks of `dcgan` "
        "and `mlp`.",
        "- `bigan` is `ali` without noise. The models of `ali`, `aae`, `vae_gan` and `egan` are run with these four.",
        "- A refusal depends on networks, norms and conditioning alone.",
        "- A cell with numbers says how many of its combinations train.",
        "- `pix2pix` is `gan` with a regularizer. Its `model=unet` translates images, whatever `condition=` says.",
        "- `cyclegan` and `model=cyclegan` are for one another: two translators, two critics.",
        "- `sgan` is for `model=sgan`, whose generator makes images of classes, whatever `condition=` says.",
        "",
        "## Conditioning",
        "",
    ]
    layered = [c for c in found if c.critic_norm == "layer"]
    lines += _table(
        "`condition=`",
        {condition: condition for condition in conditions()},
        {f"`{model}`": model for model in models() if not model.endswith((*WITH_ENCODER, "cyclegan", "sgan"))},
        lambda condition, model: [
            c for c in layered if c.condition == condition and c.model == model and c.objective not in OWN_NETWORKS
        ],
        found,
    )
    lines += ["", "## Objectives", "", "Unconditional networks:", ""]
    lines += _table(
        "objective",
        {objective: objective for objective in OBJECTIVES},
        {f"`{model}`": model for model in models()},
        lambda objective, model: [
            c for c in layered if c.objective == objective and c.model == model and c.condition == "none"
        ],
        found,
    )
    lines += ["", "## Penalties and the critic's norm", "", "`critic_norm=`, in models that have the choice:", ""]
    lines += _table(
        "penalty",
        {penalty: penalty for penalty in names("penalty")},
        {norm: norm for norm in ("batch", "layer")},
        lambda penalty, norm: [
            c
            for c in found
            if c.penalty == penalty
            and c.critic_norm == norm
            and c.condition == "none"
            and len(norms(c.model)) > 1
            and c.objective == "gan"
        ],
        found,
    )
    lines += ["", "## Refusals", "", "The error messages, with the number of combinations:", ""]
    why: dict[str, int] = {}
    for outcome in found.values():
        if outcome.refusal is not None:
            why[outcome.refusal] = why.get(outcome.refusal, 0) + 1
    lines += [f"- {count}: {refusal}" for refusal, count in sorted(why.items(), key=lambda one: -one[1])]
    return "\n".join(lines) + "\n"


def _table(corner: str, rows: Mapping[str, str], columns: Mapping[str, str], cell: Any, found: Any) -> list[str]:
    def content(row: str, column: str) -> str:
        chosen = cell(row, column)
        count = sum(found[choice].refusal is None for choice in chosen)
        return (
            "" if not chosen else "yes" if count == len(chosen) else "no" if not count else f"{count} of {len(chosen)}"
        )

    lines = [f"| {corner} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    return lines + [
        f"| {name} | {' | '.join(content(row, column) for column in columns.values())} |" for name, row in rows.items()
    ]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, help="a Markdown file for the tables, instead of the screen")
    options = parser.parse_args()
    text = markdown(outcomes())
    if options.write:
        options.write.write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
