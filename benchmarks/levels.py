"""What each level of a stacked GAN adds, and how far it keeps what it was made from.

    python -m benchmarks.levels runs/NAME
    python -m benchmarks.levels runs/NAME runs/OTHER --image levels.png

By the digit classifier of frechet/digits, of which the stack knows nothing: the share of samples of the averaged stack
that have the class they were made from; of G₀(h₁(x), z₀), made from the features of held-out digits x, the share with
the class of x. Then the mean square of E₀(G₀(h₁, z₀)) - h₁ by feature (2: of any two digits), and the mean square
difference of two images that share all but z₀ (the pixels of two digits of a class: the last column). The picture shows
the first run.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from benchmarks.codes import load
from benchmarks.timing import Line, parser, show, write
from gan_lightning.core.rng import new_rng
from gan_lightning.data.pixels import quantize, to_float
from gan_lightning.extractor.digits import Digits
from gan_lightning.nn.stack import GeneratorStack
from gan_lightning.objective.sgan import SGAN
from gan_lightning.plot.picture_file import save_png
from gan_lightning.study.figure.generative_models import Row, sample_rows

SHOWN = 10


class Levels(NamedTuple):
    """Real digits, and images of the averaged stack, [N, 1, H, W] in [-1, 1].

    Attributes:
        real: held-out digits.
        label: their classes, int64 [N].
        inverted: two images of each, below its features.
        sampled: two samples of its class, which share all latents but the lowest.
        other: a sample of its class with other latents.
        error: of the features of the first of the inverted.
    """

    real: Tensor
    label: Tensor
    inverted: tuple[Tensor, Tensor]
    sampled: tuple[Tensor, Tensor]
    other: Tensor
    error: float


@torch.no_grad()
def levels_of(run: Path) -> Levels:
    """The images of a run."""
    module, data = load(run, SGAN)
    stack = module.ema.generator
    assert isinstance(stack, GeneratorStack)
    assert data.held_out.labels is not None
    stack.eval()
    rows = torch.arange(len(data.held_out))
    real, label = to_float(data.held_out.rows[rows]), data.held_out.labels[rows]
    one, another = torch.randn(2, len(real), stack.latent_dim, generator=new_rng("levels"))
    lowest = stack.latent_dims[0]
    other_z0 = torch.cat([another[:, :lowest], one[:, lowest:]], 1)
    features = module.levels(real)[1:-1]
    inverted = tuple(stack.levels(z, label, features)[0] for z in (one, other_z0))
    error = (module.levels(inverted[0])[1] - features[0]).square().mean().item()
    samples = [stack(z, label) for z in (one, other_z0, another)]
    return Levels(real, label, (inverted[0], inverted[1]), (samples[0], samples[1]), samples[2], error)


def line_of(run: Path, found: Levels) -> Line:
    """The line of a run."""
    classifier = Digits()

    def right(images: Tensor) -> float:
        probabilities = classifier(quantize(images)).probabilities
        assert probabilities is not None
        return 100 * (probabilities.argmax(1) == found.label).double().mean().item()

    def difference(pair: tuple[Tensor, Tensor]) -> float:
        return (pair[0] - pair[1]).square().mean().item()

    return {
        "run": run.name,
        "class of samples, %": right(found.sampled[0]),
        "of inverted, %": right(found.inverted[0]),
        "of digits, %": right(found.real),
        "features": found.error,
        "inverted by z₀": difference(found.inverted),
        "samples by z₀": difference(found.sampled),
        "by all z": difference((found.sampled[0], found.other)),
        "digits of a class": difference((found.real, _others_of_a_class(found.real, found.label))),
    }


def _others_of_a_class(real: Tensor, label: Tensor) -> Tensor:
    """For each image the next one of its class."""
    found = real.clone()
    for kind in range(int(label.max()) + 1):
        rows = (label == kind).nonzero().flatten()
        found[rows] = real[rows.roll(1)]
    return found


def picture(found: Levels) -> list[Row]:
    """Rows of ten digits, one of each class."""
    first = torch.stack([(found.label == kind).nonzero()[0, 0] for kind in range(SHOWN)])
    rows = [
        Row("held-out digits", found.real, "x"),
        Row("below their features", found.inverted[0], "G₀(h₁(x), z₀)"),
        Row("another z₀", found.inverted[1], ""),
        Row("from their class", found.sampled[0], "G₀(G₁(y, z₁), z₀)"),
        Row("the same z₁, another z₀", found.sampled[1], ""),
        Row("other z₁ and z₀", found.other, ""),
    ]
    return [row._replace(images=(row.images[first] + 1) / 2) for row in rows]


def main() -> None:
    """Prints the table, draws the picture."""
    options = parser(__doc__)
    options.add_argument("runs", type=Path, nargs="+", help="directories of runs of objective=sgan on digits")
    options.add_argument("--image", type=Path, help="a PNG file for the picture")
    arguments = options.parse_args()
    torch.set_num_threads(1)
    found = {run: levels_of(run) for run in arguments.runs}
    lines = [line_of(run, levels) for run, levels in found.items()]
    show(lines)
    write(arguments.json, lines)
    if arguments.image:
        save_png(sample_rows(picture(found[arguments.runs[0]])), arguments.image)


if __name__ == "__main__":
    main()
