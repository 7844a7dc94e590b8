"""ProGAN against its algorithm written out, and what growing must not cost."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate
from torch.utils.data import DataLoader, TensorDataset

from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.samples import Samples
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng as numbers
from gan_lightning.data.pixels import to_float
from gan_lightning.loss import Hinge
from gan_lightning.model import mlp
from gan_lightning.objective.progan import ProGAN
from gan_lightning.penalty import NoPenalty
from gan_lightning.schedule.linear_decay import LinearDecay
from tests.helper.modules import same, state
from tests.helper.progressive import ROUNDS, data, family, pair, play, schedule
from tests.helper.tiny_module import Memory, size_and_frames

pytestmark = pytest.mark.filterwarnings("ignore:training ends after step")


# ---- the game -----------------------------------------------------------------------------------------------------


def by_hand(steps: int, decay: float) -> dict[str, Tensor]:
    """The weights after so many steps, by appendix A.1 without anything of ours but the networks and the numbers."""
    generator, critic = (network.double() for network in pair())
    average, real = deepcopy(generator), data()
    real.setup()
    optimizers = []
    for k, (images, level, alpha) in enumerate(ROUNDS[:steps]):
        if k in (0, 2):  # a level begins
            optimizers = [torch.optim.Adam(n.parameters(), 1e-3, (0.0, 0.99), fused=True) for n in (critic, generator)]
        size = 8 if level == 0 else 4
        x = to_float(real.train.rows[real.train.indices(0, images, size)]).double()
        mirrored = torch.rand(size, generator=numbers(0, "flip", k)) < 0.5
        x[mirrored] = x[mirrored].flip(-1)
        small = avg_pool2d(x, 2)
        x = small if level == 0 else alpha * x + (1 - alpha) * interpolate(small, scale_factor=2)
        for player, optimizer in (("critic", optimizers[0]), ("generator", optimizers[1])):
            source = numbers(0, player, k)
            fake = generator(torch.randn(size, 3, generator=source, dtype=torch.double), level, alpha)
            optimizer.zero_grad()
            if player == "generator":
                loss = -critic(fake, level, alpha).mean()
                loss.backward()
            else:
                fake = fake.detach()
                epsilon = torch.rand(size, 1, 1, 1, generator=source, dtype=torch.double)
                between = (epsilon * x + (1 - epsilon) * fake).requires_grad_()
                (slope,) = torch.autograd.grad(critic(between, level, alpha).sum(), between, create_graph=True)
                scores = critic(x, level, alpha)
                loss = critic(fake, level, alpha).mean() - scores.mean() + 1e-3 * scores.square().mean()
                (loss + 10 * (slope.flatten(1).norm(dim=1) - 1).square().mean()).backward()
            optimizer.step()
        kept = min(decay ** (size / 8), (1 + k) / (10 + k))
        with torch.no_grad():
            for old, new in zip(average.parameters(), generator.parameters(), strict=True):
                if new.grad is not None:
                    old.copy_(kept * old + (1 - kept) * new)
    networks = {"generator": generator, "critic": critic, "ema.generator": average}
    return {f"{name}.{key}": value for name, n in networks.items() for key, value in n.state_dict().items()}


@pytest.fixture
def _double() -> Any:
    torch.set_default_dtype(torch.double)
    yield
    torch.set_default_dtype(torch.float)


@pytest.mark.usefixtures("_double")
def test_steps_are_those_of_the_algorithm_across_a_level_and_its_fade() -> None:
    module = family(ema_decay=0.01)
    play(module, 7)
    expected, played = by_hand(7, decay=0.01), state(module)
    assert played.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(played[name], value, rtol=0, atol=1e-9, msg=lambda m, n=name: f"{n}: {m}")


class Notes(Callback):
    """What each step leaves."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        names = {p: name for name, p in pl_module.named_parameters()}
        self.steps.append(
            {
                "stage": tuple(pl_module.stage[:3]),
                "batch": tuple(batch.real.shape),
                "moved": {name for p, name in names.items() if p.grad is not None},
                "remembered": {names[p] for o in trainer.optimizers for p in o.state},
                "steps": {int(s["step"]) for o in trainer.optimizers for s in o.state.values()},
                "figures": pl_module.step_metrics(),
                "shape": tuple(pl_module.sample(pl_module.latent(2, "test")).shape),
            }
        )


def test_stages_batches_and_what_they_leave() -> None:
    notes = Notes()
    play(family(), 7, notes)
    assert [note["stage"] for note in notes.steps] == ROUNDS
    assert [note["batch"][1] for note in notes.steps] == [8, 8, 4, 4, 4, 4, 4]
    assert [note["shape"] for note in notes.steps] == [(2, 1, 4, 4)] * 2 + [(2, 1, 8, 8)] * 5
    for note, (_, level, alpha) in zip(notes.steps, ROUNDS, strict=True):
        assert note["figures"] | {"level": level, "alpha": alpha, "resolution": 4 << level} == note["figures"]
        levels = {0} if level == 0 else {1} if alpha == 1 else {0, 1}
        used = tuple(f"generator.to_rgb.{i}." for i in levels) + tuple(f"critic.from_rgb.{i}." for i in levels)
        used += tuple(f"{player}.blocks.{i}." for player in ("generator", "critic") for i in range(level + 1))
        assert note["moved"] == {name for name in note["moved"] if name.startswith(used)}
        assert all(any(name.startswith(prefix) for name in note["moved"]) for prefix in used)
        # What the fade leaves behind keeps its moments until the next level begins.
        assert note["moved"] <= note["remembered"]
        assert level or note["moved"] == note["remembered"]


def test_moments_are_forgotten_when_a_level_begins() -> None:
    for reset, counts in ((True, [1, 2, 1, 2]), (False, [1, 2, 3, 4])):
        notes = Notes()
        play(family(reset_optimizers=reset), 4, notes)
        assert [max(note["steps"]) for note in notes.steps] == counts


def test_levels_that_have_yet_to_come_are_left_alone() -> None:
    module = family()
    first = state(module)
    play(module, 2)
    for name, value in state(module).items():
        unused = any(part in name for part in ("blocks.1.", "to_rgb.1.", "from_rgb.1."))
        assert torch.equal(value, first[name].double()) is unused, name


def test_other_losses_grow_too() -> None:
    module = family(loss=Hinge(), penalty=NoPenalty(), n_critic=2, generator_batch=2, schedule=schedule(batch_sizes={}))
    play(module, 3, real=data())
    assert module.stage[:3] == (32, 1, 1.0)
    assert all(torch.isfinite(p).all() for p in module.parameters())


@pytest.mark.usefixtures("_double")
def test_held_out_images_are_judged_at_the_stage_of_the_step() -> None:
    module = family()
    real = data(n=80)
    play(module, 5, real=real, val_check_interval=5)
    assert module.stage[1:3] == (1, 0.5)
    x = to_float(real.held_out.rows).double()
    x = (x + interpolate(avg_pool2d(x, 2), scale_factor=2)) / 2
    latent = torch.randn(8, 3, generator=numbers(0, "held out", 0))
    with torch.no_grad():
        gap = module.critic(x, 1, 0.5).mean() - module.critic(module.generator(latent.double(), 1, 0.5), 1, 0.5).mean()
    assert module.validation["val_wasserstein"] == pytest.approx(gap.item())


# ---- going on -----------------------------------------------------------------------------------------------------


@pytest.mark.training
@pytest.mark.parametrize(("until", "workers"), [(2, 0), (4, 2)], ids=["at a boundary", "within a fade, with workers"])
def test_a_resumed_run_is_the_uninterrupted_one(until: int, workers: int, tmp_path: Path) -> None:
    whole, broken, resumed = family(), family(), family()
    first = play(whole, 6)
    play(broken, until).save_checkpoint(tmp_path / "last.ckpt")
    last = play(resumed, 6, resume=tmp_path / "last.ckpt", real=data(num_workers=workers))
    assert same(state(whole), state(resumed))
    assert whole.stage == resumed.stage
    for one, two in zip(first.optimizers, last.optimizers, strict=True):
        torch.testing.assert_close(one.state_dict()["state"], two.state_dict()["state"], rtol=0, atol=0)


def test_a_checkpoint_states_its_stage_and_another_schedule_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "last.ckpt"
    play(family(), 5).save_checkpoint(file)
    saved = torch.load(file, weights_only=True)
    assert saved["stage"] == {"images": 24, "level": 1, "alpha": 0.5, "batch_size": 4}
    with pytest.raises(
        UsageError, match=r"^the checkpoint stands at 8 px, alpha 0.5, 24 images, this schedule after 5 st"
    ):
        play(family(schedule=schedule(fade_images=32)), 6, resume=file)
    del saved["stage"]
    with pytest.raises(UsageError, match=r"^the checkpoint stands at no growth, this schedule"):
        family().on_load_checkpoint(saved)


# ---- what is seen of it -------------------------------------------------------------------------------------------


def test_figures_and_pictures_of_growth(tmp_path: Path) -> None:
    memory = Memory()
    pictures = Samples(every=1, count=4)
    play(family(), 4, LogMetrics(), pictures, logger=[memory], default_root_dir=str(tmp_path))
    assert [figures["images_seen"] for _, figures in memory.logged] == [8, 16, 20, 24]
    assert [figures["resolution"] for _, figures in memory.logged] == [4, 4, 8, 8]
    sizes = {size_and_frames(path)[0] for path in (tmp_path / "samples").glob("step_*.png")}
    assert len(sizes) == 1
    assert size_and_frames(tmp_path / "samples" / "film.gif")[1] == 5


# ---- refusals -----------------------------------------------------------------------------------------------------


def square(size: int) -> Tensor:
    return torch.zeros(2, 1, size, size)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda: ProGAN(mlp.Generator(shape=(2,)), mlp.Critic(shape=(2,))),
            "ProGAN grows its networks, but mlp.Generator has no levels: use model=progressive",
        ),
        (
            lambda: family(schedule=LinearDecay(end_step=3)),
            "objective.schedule of ProGAN is a GrowthSchedule, not a LinearDecay: leave out "
            "schedule@objective.schedule",
        ),
        (
            lambda: ProGAN(*pair(), schedule=schedule().__class__(16)),
            "objective.schedule.last_resolution=16 is above the 8 px of the networks: use 8 or less, or larger data "
            "(data.size)",
        ),
        (
            lambda: ProGAN(*pair(16), schedule=schedule().__class__(16)).dry_run(square(8)),
            "the data are of 8 px, the schedule grows to 16 px: use data.size=16, or "
            "objective.schedule.last_resolution=8 (data=array has no such key: resize the array)",
        ),
        (
            lambda: family().dry_run(square(12)),
            "the data are of 12 px, the schedule grows to 8 px: use data.size=8, or "
            "objective.schedule.last_resolution=12 (data=array has no such key: resize the array)",
        ),
        (
            lambda: family().dry_run(torch.zeros(2, 8)),
            "ProGAN grows images, the data are of shape (8,)",
        ),
        (
            lambda: ProGAN(*pair(16), schedule=schedule().__class__(12)),
            "objective.schedule.last_resolution=12, but the networks draw 8 px: use 8",
        ),
        (
            lambda: family().batch_schedule(16),
            "data.batch_size=16 and objective.schedule.batch_size=8 contradict: set data.batch_size, and leave the "
            "other to follow it; objective.schedule.batch_sizes has exceptions",
        ),
        (
            lambda: family().check_batch_divisible(8, 3),
            "data.batch_size=8 does not divide into 3 device(s) × 1 micro-batch(es): make it a multiple of 3, "
            "such as 9",
        ),
        (
            lambda: family(accumulate=2).check_batch_divisible(8, 2),
            "objective.schedule.batch_sizes.8=4 is 2 group(s) of 2 samples for 2 device(s) × 2 micro-batch(es): "
            "make it a multiple of 8, such as 8",
        ),
        (
            lambda: play_from(DataLoader(TensorDataset(torch.zeros(16, 1, 8, 8)), batch_size=4)),
            "the DataLoader gives 4 images for an update, the schedule takes 8 at 4 px: pass the images as "
            "gan_lightning.TensorData, or GrowthSchedule(batch_size=4)",
        ),
    ],
)
def test_refusals(attempt: Any, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        attempt()
    assert str(refusal.value) == message


def play_from(loader: DataLoader[Any]) -> None:
    from gan_lightning.trainer.default import build

    build(max_steps=1, accelerator="cpu").fit(family(), loader)


def test_batches_that_can_be_shared_are_not_refused() -> None:
    family().check_batch_divisible(8, 2)
    ProGAN(*pair(group=None), schedule=schedule(batch_sizes={8: 6})).check_batch_divisible(8, 2)


@pytest.mark.filterwarnings("default:training ends after step")
def test_warns_where_training_ends_before_the_growth() -> None:
    with pytest.warns(UserWarning, match=r"training ends after step 5, at 8 px, alpha 0.5, 24 images: the growth to"):
        play(family(), 5)
