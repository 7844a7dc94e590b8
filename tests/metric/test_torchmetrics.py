"""The scores as `torchmetrics.Metric`s: states, processes, and their place among others' metrics."""

from __future__ import annotations

import json
import math
import pickle
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torchmetrics
from torch import Tensor
from torchmetrics import MetricCollection

from gan_lightning import metric as metrics
from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.extractor import Digits
from gan_lightning.metric import (
    ClassAccuracy,
    ClassifierScore,
    DensityCoverage,
    FrechetDistance,
    GenerativeMetric,
    IntraClassFrechet,
    KernelDistance,
    Modes,
    Moments,
    PerceptualPathLength,
    PrecisionRecall,
    RepeatRate,
    SlicedWasserstein,
    StackedModes,
    Wasserstein1,
    functional,
)
from tests.helper.command import run_program
from tests.helper.metric_devices import FAKE, REAL, all_values

ROOT = Path(__file__).parents[2]
ROWS: list[Callable[..., GenerativeMetric]] = [
    FrechetDistance,
    KernelDistance,
    PrecisionRecall,
    DensityCoverage,
    Wasserstein1,
    SlicedWasserstein,
    RepeatRate,
]


def filled(metric: GenerativeMetric, real: Tensor = REAL[:40], fake: Tensor = FAKE[:30]) -> Any:
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return metric


def test_all_public_metrics_are_torchmetrics() -> None:
    classes = [c for name in metrics.__all__ if isinstance(c := getattr(metrics, name), type)]
    made = {c for c in classes if issubclass(c, GenerativeMetric)} - {GenerativeMetric}
    assert made >= {*ROWS, ClassifierScore, Modes, StackedModes, PerceptualPathLength, IntraClassFrechet, ClassAccuracy}
    assert all(issubclass(c, torchmetrics.Metric) for c in made)


@pytest.mark.parametrize("features", [3, 16])
def test_batches_give_the_distance_of_the_whole_bit_for_bit(features: int) -> None:
    real, fake = REAL[:, :features], FAKE[:, :features]
    metric = FrechetDistance()
    for side, is_real in ((real, True), (fake, False)):
        for part in side.split(37):
            metric.update(part, real=is_real)
    assert metric.real_moments[0].shape == (1, 1 + features + features**2)
    assert sum(map(len, metric.real_features)) == len(real) - 2048
    assert metric.compute().item() == functional.frechet_distance(Moments.of(real), Moments.of(fake))


@pytest.mark.parametrize("n", [(20, 30), (20, 300), (300, 20)])
def test_few_samples_take_the_exact_route(n: tuple[int, int]) -> None:
    real = torch.randn(n[0], 50, generator=torch.Generator().manual_seed(0))
    fake = torch.randn(n[1], 50, generator=torch.Generator().manual_seed(1)) + 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that they are few
        expected = functional.frechet_distance_of_features(real, fake)
        assert filled(FrechetDistance(), real, fake).compute().item() == expected


def test_merged_states_are_those_of_the_whole() -> None:
    whole, parts = FrechetDistance(), [FrechetDistance() for _ in range(3)]
    filled(whole, REAL, FAKE)
    for metric, real, fake in zip(parts, REAL.tensor_split(3), FAKE.split([2000, 100, 3]), strict=True):
        filled(metric, real, fake)
    first, *others = parts
    before = [part.moments(real=False).scatter.clone() for part in others]
    for other in others:
        first.merge_state(other)
    assert first.compute().item() == pytest.approx(whole.compute().item(), rel=1e-12)
    first.update(FAKE[:2000])  # does not reach into the others' states
    assert all(torch.equal(part.moments(real=False).scatter, b) for part, b in zip(others, before, strict=True))
    moments = FrechetDistance()
    for real, side in ((True, REAL), (False, FAKE)):
        moments.add_moments(Moments.of(side), real=real)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert moments.compute().item() == whole.compute().item()


@pytest.mark.parametrize("kind", ROWS)
def test_reset_with_and_without_reals_and_pickling(kind: Callable[..., GenerativeMetric]) -> None:
    metric = filled(kind(reset_real_features=False))
    expected = metric.values("x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "rand", lambda *_: pytest.fail("the global rng was asked"))
        copy = pickle.loads(pickle.dumps(metric))
        assert copy.values("x") == expected
    metric.reset()
    with pytest.raises(UsageError, match="no fake samples"):
        metric.score()
    metric.update(FAKE[:30])
    assert metric.values("x") == expected
    fresh = filled(kind())
    fresh.reset()
    fresh.update(FAKE[:30])
    if fresh.uses_real:
        with pytest.raises(UsageError, match=r"no real samples: call update\(x, real=True\)"):
            fresh.compute()


@pytest.mark.parametrize("metric", [Modes(torch.eye(2), 1.0), StackedModes(3), ClassAccuracy(), ClassifierScore()])
def test_no_fakes_have_no_score(metric: GenerativeMetric) -> None:
    with pytest.raises(UsageError, match=r"no fake samples: call update\(x, real=False\) before compute"):
        metric.score()


@pytest.mark.parametrize("kind", ROWS)
def test_a_batch_has_no_value_and_counts_once(kind: Callable[..., GenerativeMetric]) -> None:
    metric = kind(reset_real_features=False)
    assert metric(REAL[:40], real=True) is None
    assert metric(FAKE[:30], real=False) is None
    assert metric.values("x") == filled(kind()).values("x")


def test_a_collection_keeps_rows_once_and_resets() -> None:
    state = torch.get_rng_state()
    together = MetricCollection({kind.__name__: kind(reset_real_features=False) for kind in ROWS})  # type: ignore[attr-defined]
    filled(together)
    together.update(FAKE[30:35], real=False)
    alone: dict[str, float] = {}
    for kind in ROWS:
        alone |= filled(kind(), fake=FAKE[:35]).values(kind.__name__)  # type: ignore[attr-defined]
    assert {name: value.item() for name, value in together.compute().items()} == alone
    rows = [one.real_features for one in together.values(copy_state=False) if hasattr(one, "real_features")]
    assert len({id(state) for state in rows}) == 2  # one of the Fréchet distance, one of all others
    together.reset()
    together.update(FAKE[:35], real=False)
    assert {name: value.item() for name, value in together.compute().items()} == alone
    assert torch.equal(torch.get_rng_state(), state)


def test_images_pass_through_the_extractor_as_stored() -> None:
    digits = Digits(batch_size=16)
    images = torch.randint(0, 256, (80, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    stored, floats = FrechetDistance(digits), FrechetDistance(digits)
    for metric, fake in ((stored, images[:70]), (floats, images[:70] / 127.5 - 1)):
        metric.update(images, real=True)
        metric.update(fake, real=False)
    assert stored.compute() == floats.compute()
    classes = ClassifierScore(digits, splits=2)
    classes.update(images, real=True)
    classes.update(images)
    mean, std = functional.inception_score(digits(images).probabilities, 2)  # type: ignore[arg-type]
    assert (classes.compute().item(), classes.std) == (mean, std)
    assert not list(stored.state_dict())
    assert not list(stored.parameters())


def test_values_by_hand() -> None:
    """Points on a line, of which all is known."""
    real, fake = torch.tensor([[0.0], [1.0], [2.0], [3.0]]), torch.tensor([[0.1], [0.2], [9.0], [3.5]])
    assert filled(Wasserstein1(), real, fake).compute().item() == pytest.approx((0.1 + 0.8 + 1.5 + 6) / 4)
    assert filled(SlicedWasserstein(projections=1), real, fake).compute().item() == pytest.approx(8.4 / 4)
    # k = 1: each real ball reaches to its neighbour, 1 away. 0.1 and 0.2 lie in two of them, 3.5 in one, 9 in none.
    found = filled(DensityCoverage(k=1), real, fake).values("x")
    assert found == {"density": 5 / 4, "coverage": 1.0 * 3 / 4}
    repeats = filled(RepeatRate(), real, torch.tensor([[1.0], [1.0], [2.0], [1.0]]))
    assert repeats.compute().item() == 0.5
    modes = filled(Modes(torch.tensor([[0.0], [4.0]]), 0.5), real, fake)
    # within 1.5 of its mode: 0.1 and 0.2 of the first, 3.5 of the second
    entropy = -(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3))
    assert modes.values("x") == {"modes": 2, "high_quality": 0.75, "reverse_kl": pytest.approx(math.log(2) - entropy)}
    stacked = StackedModes(4)
    stacked.update(torch.tensor([0, 0, 3]))
    stacked.update(torch.tensor([3]))
    assert stacked.values("x") == {"modes": 2, "reverse_kl": pytest.approx(math.log(2))}


def test_sliced_distance_is_that_of_pot() -> None:
    ot = pytest.importorskip("ot")
    real, fake = REAL[:50, :3].double(), FAKE[:70, :3].double()
    directions = torch.randn(20, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    directions = directions / directions.norm(dim=1, keepdim=True)
    for order in (1, 2):
        theirs = ot.sliced_wasserstein_distance(
            real.numpy(), fake.numpy(), projections=directions.T.numpy().copy(), p=order
        )
        rng = torch.Generator().manual_seed(3)
        assert functional.sliced_wasserstein(real, fake, rng, 20, order) == pytest.approx(theirs, rel=1e-9)
    # in the plane a shift by (3, 4) costs 5·E|cos| = 10/π
    shifted = torch.tensor([[3.0, 4.0]])
    rng = torch.Generator().manual_seed(0)
    many = functional.sliced_wasserstein(torch.zeros(1, 2), shifted, rng, projections=20_000)
    assert many == pytest.approx(10 / math.pi, rel=0.01)


def test_path_length_of_a_linear_generator_and_of_torchmetrics() -> None:
    """On a line d/ε² is ‖W(z₂ - z₁)‖², whatever ε and t."""
    start, end, weight = REAL[:60, :4].double(), FAKE[:60, :4].double(), REAL[:4, 4:10].double()
    line = PerceptualPathLength(path="linear", discard=0.0)
    line.update(lambda z: z @ weight, start, end, at=0.3)
    expected = ((end - start) @ weight).square().sum(1)
    assert line.compute().item() == pytest.approx(expected.mean().item(), rel=1e-6)
    ends = PerceptualPathLength(path="linear", discard=0.05)
    for part in range(0, 60, 7):
        ends.update(lambda z: z @ weight, start[part : part + 7], end[part : part + 7])
    middle = expected.sort().values[2:-2]  # the 5 % and 95 % quantiles are the third value of either end, and stay in
    assert ends.compute().item() == pytest.approx(middle.mean().item(), rel=1e-6)

    class Generator(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left = iter([start, end])

        def sample(self, n: int) -> Tensor:
            return next(self.left)

        def forward(self, z: Tensor) -> Tensor:
            return (z @ weight).tanh().view(-1, 6, 1, 1)

    class Squared(torch.nn.Module):
        def forward(self, x: Tensor, y: Tensor) -> Tensor:
            return (127.5 * (x - y)).flatten(1).square().sum(1)  # they scale 255 to 2

    theirs, *_ = torchmetrics.functional.image.perceptual_path_length(
        Generator(),
        num_samples=60,
        interpolation_method="slerp_any",
        sim_net=Squared(),
        resize=None,
        lower_discard=None,
        upper_discard=1.0,
    )
    arc = PerceptualPathLength(discard=0.0)
    arc.update(Generator(), start, end)
    assert arc.compute().item() == pytest.approx(theirs.item(), rel=1e-5)


def test_plot_draws_values() -> None:
    for metric in (FrechetDistance(), PrecisionRecall()):
        figure, _ = filled(metric).plot()
        figure.canvas.draw()


def test_an_extractor_without_classes_has_no_classifier_score() -> None:
    digits = Digits()
    network = digits.network
    digits.network = torch.nn.Module()
    digits.network.forward = lambda images: (network(images)[0], None)
    with pytest.raises(UsageError, match="digits has no classes, which ClassifierScore takes"):
        ClassifierScore(digits).update(torch.zeros(3, 1, 28, 28, dtype=torch.uint8))


class Ranks(ProcessGroup):
    """Two ranks in one process, of which this is the first."""

    other: list[Tensor]

    def _all_gather(self, value: Any) -> list[Any]:
        two = self.__class__.other[0]
        return [value, (len(two), two.shape[1:], two.dtype) if len(value) == 3 else (two.shape, two.dtype)]

    def _receive(self, rank: int, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        two = self.__class__.other.pop(0)
        assert (two.shape, two.dtype) == (shape, dtype)
        return two


def test_rows_are_taken_in_turn() -> None:
    Ranks.other = [torch.tensor([[1], [3]])]
    rows = Ranks(0, 2).gather_rows_to_first(torch.tensor([[0], [2], [4], [5]]))
    assert rows is not None
    assert rows.flatten().tolist() == [0, 1, 2, 3, 4, 5]


@pytest.fixture(scope="module")
def one() -> Iterator[dict[str, float]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield all_values()


@pytest.mark.distributed
@pytest.mark.parametrize("devices", ["2", "3"])
def test_processes_agree_with_one(devices: str, one: dict[str, float], tmp_path: Path) -> None:
    done = run_program(devices, str(tmp_path / "found.json"), cwd=ROOT, module="tests.helper.metric_devices")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())["values"]
    assert found == pytest.approx(one, rel=1e-9)


@pytest.mark.distributed
def test_torchmetrics_own_scores_in_training_on_two_processes_equal_ours(tmp_path: Path) -> None:
    done = run_program("2", str(tmp_path / "found.json"), "trained", cwd=ROOT, module="tests.helper.metric_devices")
    assert done.returncode == 0, done.stderr
    stock, ours = (dict(scores) for scores in json.loads((tmp_path / "found.json").read_text()))
    assert list(stock) == ["frechet/digits", "classifier_score/digits", "kid/digits"]
    for name in ("frechet/digits", "classifier_score/digits"):
        assert stock[name] == pytest.approx(ours[name], rel=1e-6)
    assert stock["kid/digits"] == pytest.approx(ours["kid/digits"], rel=0.05)  # of other subsets
