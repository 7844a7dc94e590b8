"""How far the codes of an InfoGAN are recovered from its samples, and agree with the classes of the data.

    python -m benchmarks.codes runs/NAME
    python -m benchmarks.codes runs/NAME runs/OTHER --json codes.json

Of 2,500 samples of the averaged generator: the share whose category Q recognizes, and the correlation of each number
with Q's mean. Of held-out samples: the share that Q puts into the category of their class, categories and classes
matched one to one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TypeVar

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from benchmarks.timing import Line, measure_runs
from gan_lightning.config.stored import load_stored_config
from gan_lightning.config.validate import instantiate
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.pixels import to_float
from gan_lightning.nn.latent_codes import codes_of
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.infogan import InfoGAN
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO
from gan_lightning.run.directory import CONFIG

Module = TypeVar("Module", bound=AdversarialModule)
SAMPLES = 2500


def load(run: Path, kind: type[Module]) -> tuple[Module, AdversarialDataModule]:
    """The module of a run, of this kind, with the weights of its last checkpoint, and its data."""
    config = load_stored_config(run / CONFIG)
    networks = {player: instantiate(network) for player, network in config["model"].items()}
    module = instantiate(config["objective"], **networks)
    if not isinstance(module, kind):
        sys.exit(f"{run} is of {type(module).__name__}, which this benchmark is not for")
    checkpoint = AtomicCheckpointIO().load_checkpoint(str(run / "checkpoints" / "last.ckpt"))
    module.load_state_dict(checkpoint["state_dict"])
    data: AdversarialDataModule = instantiate(config["data"])
    data.setup()
    return module, data


def recovered(module: InfoGAN, samples: int) -> Line:
    """Of the generator's samples."""
    codes = codes_of(module.generator)
    assert codes is not None
    latent = module.latent(samples, "codes")
    given, found = codes.values(latent), module.recognize(module.sample(latent))
    shares = (given.categories == found.categories).double().mean(0).tolist()
    line: Line = {f"category {n}, %": 100 * share for n, share in enumerate(shares)}
    for n in range(codes.continuous):
        pair = torch.stack([given.numbers[:, n], found.numbers[:, n]])
        line[f"number {n}, ρ"] = torch.corrcoef(pair)[0, 1].item()
    return line


def agreement(categories: Tensor, label: Tensor) -> float:
    """The largest share of samples whose category is that of their class, over all ways to match the two.

    Args:
        categories: int64 [N].
        label: classes, int64 [N].
    """
    size = int(max(categories.max(), label.max())) + 1
    table = torch.zeros(size, size, dtype=torch.long).index_put_((categories, label), torch.tensor(1), accumulate=True)
    rows, columns = linear_sum_assignment(table.numpy(), maximize=True)
    return table[rows, columns].sum().item() / len(label)


def line_of(run: Path, samples: int) -> Line:
    """The line of a run."""
    module, data = load(run, InfoGAN)
    held_out = data.held_out
    index = torch.arange(len(held_out))
    real, label = to_float(held_out.rows[index]), held_out.labels
    assert label is not None
    return {
        "run": run.name,
        **recovered(module, samples),
        "held out, %": 100 * agreement(module.recognize(real).categories[:, 0], label[index]),
    }


def main() -> None:
    """Prints the table."""
    measure_runs(__doc__, "objective=infogan", line_of, (SAMPLES,), (100,))


if __name__ == "__main__":
    main()
