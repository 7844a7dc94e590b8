"""What recipes cost: parameters, operations of a step, hours of the whole run at a stated rate.

    python -m benchmarks.recipe_cost wgan_gp_cifar10
    python -m benchmarks.recipe_cost cifar10 --tflops 5
    python -m benchmarks.recipe_cost sgan_digits --override objective.joint=false

A name is a file of conf/experiment, or a folder of them. Steps are taken on noise in place of the data. Operations
are those of `python -m benchmarks.roofline`: of matrix products and convolutions, gradients and gradients of gradients
included; a multiplication and an addition are two. They are counted for batches of 4 and of 8, and grow with the batch
in proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.roofline import Operations
from benchmarks.timing import Line, parser, show, write
from benchmarks.train_all import composed, steps
from gan_lightning.config.compose import compose_config
from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.core import console
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.extractor.level_encoder import load_encoder, save_encoder
from gan_lightning.nn.level_encoder import ConvolutionalEncoder
from gan_lightning.objective.base import AdversarialModule

RATE = 10.0  # 10^12 operations a second: what a step reaches, not the peak of a device
LAZY = ("logger=none", "trainer.accelerator=cpu")
BATCHES = (4, 8)
IMAGES = 400  # of noise


def recipes(name: str) -> list[str]:
    """The recipe of this name, or those of a folder."""
    folder = CONFIG_DIR / "experiment" / name
    return sorted(f"{name}/{path.stem}" for path in folder.glob("*.yaml")) if folder.is_dir() else [name]


def stand_in(overrides: Sequence[str], folder: Path) -> list[str]:
    """An untrained encoder for a recipe whose own must be trained first: it costs as much."""
    config = compose_config("train", ["run_dir=unused", *overrides])
    shape = (int(config.data.channels), int(config.data.size), int(config.data.size)) if "size" in config.data else ()
    if "encoder" not in config.objective or shape == load_encoder(config.objective.encoder.weights).shape:
        return []
    features = list(config.model.generator.features)
    encoder = ConvolutionalEncoder(shape=shape, classes=int(config.data.classes), features=features, width=64)
    save_encoder(encoder, folder / "encoder.pt")
    return [f"objective.encoder.weights={folder / 'encoder.pt'}"]


def operations(overrides: Sequence[str], batch: int) -> tuple[float, AdversarialModule]:
    """10^9 operations of a step on noise with this batch size, and the module."""
    module, data = composed(*overrides, f"data.batch_size={batch}")
    images = torch.randint(256, (IMAGES, *data.shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(IMAGES) % data.classes if data.classes else None
    step = steps(module, TensorData(images, labels=labels, batch_size=batch))
    with Operations() as counted:  # type: ignore[no-untyped-call]
        step()
    return counted.total / 1e9, module


def cost(recipe: str, rate: float = RATE, overrides: Sequence[str] = ()) -> Line:
    """Size and cost of a recipe.

    Args:
        recipe: a file of conf/experiment.
        rate: 10^12 operations a second.
        overrides: as typed after the command.
    """
    chosen = [f"experiment={recipe}", *LAZY, *overrides]
    config = compose_config("train", ["run_dir=unused", *chosen])
    max_steps, batch = int(config.trainer.max_steps), int(config.data.batch_size)
    if "labels_per_class" in config.objective:
        chosen.append("objective.labels_per_class=1")  # of the noise, which has fewer; it costs nothing
    with TemporaryDirectory() as folder:
        chosen += stand_in(chosen, Path(folder))
        (small, module), (large, _) = (operations(chosen, size) for size in BATCHES)
    gflop = small + (large - small) * (batch - BATCHES[0]) / (BATCHES[1] - BATCHES[0])
    return {
        "recipe": recipe,
        "generator": sum(p.numel() for p in module.generator.parameters()) / 1e6,
        "critic": sum(p.numel() for p in module.critic.parameters()) / 1e6,
        "steps": max_steps,
        "million images": max_steps * module.n_critic * batch / 1e6,
        "GFLOP a step": gflop,
        "hours": gflop * max_steps / (1e3 * rate) / 3600,
    }


def main() -> None:
    """Prints the table."""
    options = parser(__doc__)
    options.add_argument("recipe", nargs="+", help="of conf/experiment, or a folder of it")
    options.add_argument("--tflops", type=float, default=RATE, help="10^12 operations a second that a step reaches")
    options.add_argument("--override", action="append", default=[], help="KEY=VALUE; repeat for more")
    arguments = options.parse_args()
    torch.set_num_threads(1)
    console.silence_libraries()
    names = [recipe for name in arguments.recipe for recipe in recipes(name)]
    lines = [cost(name, arguments.tflops, arguments.override) for name in names]
    show(lines, f"parameters in millions; hours at {arguments.tflops:g} TFLOP a second")
    write(arguments.json, lines)


if __name__ == "__main__":
    main()
