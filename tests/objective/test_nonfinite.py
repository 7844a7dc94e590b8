"""Numbers gone wrong: named, and stopped, skipped or rolled back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor, nn

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.loss import NonSaturating
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.nonfinite import NonFiniteMonitor, Rollback, Skip, Stop
from gan_lightning.penalty import NoPenalty
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, networks, play, same, state


class Poison(NoPenalty):
    """No penalty but in some turns; there it is not finite, or only its gradient is not."""

    def __init__(self, *turns: int, value: float = torch.nan) -> None:
        self.turns, self.value = turns, value

    def __call__(self, critic: nn.Module, real: Tensor, fake: Tensor, rng: StepRNG | None = None) -> Tensor | None:
        if rng is None or rng.update not in self.turns:
            return None
        score = critic(real).mean()
        return (score - score.detach()).sqrt() if self.value == 0 else score * self.value


def game(*turns: int, value: float = torch.nan, norm: bool = False, **keys: object) -> GAN:
    return GAN(*networks(norm=norm), latent_dim=4, penalty=Poison(*turns, value=value), **keys)  # type: ignore[arg-type]


def saved(directory: Path) -> dict[str, object]:
    found: dict[str, object] = torch.load(directory / "checkpoints" / "last.ckpt", weights_only=True)
    return found


@pytest.mark.parametrize(
    ("value", "term"), [(torch.nan, "penalty is nan"), (torch.inf, "penalty is inf"), (0.0, "critic_grad_norm is nan")]
)
def test_stop_names_step_player_term_and_last_good_checkpoint(value: float, term: str, tmp_path: Path) -> None:
    module = game(7, value=value)
    with pytest.raises(UsageError) as refusal:
        play(module, steps=20, callbacks=[Checkpoint(every=5)], default_root_dir=str(tmp_path))
    file = tmp_path / "checkpoints" / "last.ckpt"
    assert str(refusal.value).startswith(f"step 8, critic update: {term}; {file} is the last good checkpoint. ")
    assert saved(tmp_path)["global_step"] == 5
    assert all(torch.isfinite(value).all() for value in saved(tmp_path)["state_dict"].values())  # type: ignore[attr-defined]


def test_stop_comes_soon_without_checkpoints() -> None:
    with pytest.raises(UsageError, match=r"step 8, critic update: penalty is nan; there is no checkpoint"):
        play(game(7), steps=80)


def test_skip_takes_no_step() -> None:
    """Batch norm's running statistics saw the poisoned turn's batch, and forget it too."""
    before, skipped = game(norm=True, on_nan="skip"), game(7, norm=True, on_nan="skip")
    play(before, steps=7)
    with pytest.warns(UserWarning, match=r"step 8, critic update: penalty is nan: this update is skipped"):
        play(skipped, steps=8)
    assert same(state(before.critic), state(skipped.critic))
    assert not same(state(before.generator), state(skipped.generator))


def test_a_skipped_generator_update_ends_its_step_all_the_same() -> None:
    class Fails(NonSaturating):
        def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
            return super().generator(fake, real) * (torch.nan if module.global_step == 3 else 1)

    module = GAN(*networks(), latent_dim=4, loss=Fails(), on_nan="skip")
    with pytest.warns(UserWarning, match="generator_loss is nan") as told:
        play(module, steps=6)
    assert module.global_step == 6
    assert [str(w.message)[:6] for w in told if "skipped" in str(w.message)] == ["step 4"]
    assert all(value.isfinite().all() for value in state(module).values())


def test_skip_gives_up_where_nothing_is_ever_finite() -> None:
    module = game(*range(1000), on_nan="skip")
    with (
        pytest.warns(UserWarning, match="skipped"),
        pytest.raises(UsageError, match=f"in the {Skip.limit} updates before"),
    ):
        play(module, steps=300)
    assert module.global_step == Skip.limit


def test_rollback_goes_on_from_the_last_checkpoints_weights(tmp_path: Path) -> None:
    module = game(7, on_nan="rollback")
    with pytest.warns(UserWarning, match=r"step 8, critic update: penalty is nan: back to the weights of step 5"):
        play(module, steps=8, callbacks=[Checkpoint(every=5)], default_root_dir=str(tmp_path))
    five = torch.load(tmp_path / "checkpoints" / "previous.ckpt", weights_only=True)
    eight = saved(tmp_path)
    assert (five["global_step"], eight["global_step"]) == (5, 8)
    critics = [{k: v for k, v in c["state_dict"].items() if k.startswith("critic.")} for c in (five, eight)]  # type: ignore[attr-defined]
    assert same(*critics)  # its move was the poisoned one
    assert five["optimizer_states"][0]["state"][0]["step"] == eight["optimizer_states"][0]["state"][0]["step"]  # type: ignore[index]
    assert eight["optimizer_states"][1]["state"][0]["step"] == 6  # type: ignore[index]  # and the generator has moved since


def test_rollback_gives_up_after_three_returns_to_one_checkpoint(tmp_path: Path) -> None:
    module = game(*range(7, 20), on_nan="rollback")
    with (
        pytest.warns(UserWarning, match="back to the weights"),
        pytest.raises(UsageError, match=f"after {Rollback.limit} returns to the same checkpoint"),
    ):
        play(module, steps=20, callbacks=[Checkpoint(every=5)], default_root_dir=str(tmp_path))


def test_rollback_needs_a_checkpoint() -> None:
    with pytest.raises(UsageError, match="there is no checkpoint to go back to"):
        play(game(3, on_nan="rollback"), steps=5)


def test_policies_leave_a_healthy_run_alone(tmp_path: Path) -> None:
    ends = []
    for policy in ("stop", "skip", "rollback"):
        module = game(norm=True, on_nan=policy)
        play(module, steps=5)
        ends.append(state(module))
    assert same(ends[0], ends[1])
    assert same(ends[0], ends[2])


def test_monitor_names_the_first_and_forgets() -> None:
    monitor = NonFiniteMonitor(Stop())
    good, bad = torch.tensor(1.0), torch.tensor(torch.nan)
    monitor.add(0, "critic", {"critic_loss": [good, good], "real_score": [torch.full((3,), torch.nan)]})
    monitor.add(1233, "generator", {"generator_loss": [good, bad], "generator_grad_norm": [bad]})
    assert monitor.first_nonfinite(lambda values: values) == "step 1,234, generator update: generator_loss is nan"
    assert monitor.first_nonfinite(lambda values: values) is None
    monitor.add(0, "critic", {"critic_loss": [good]})
    assert monitor.first_nonfinite(lambda values: values + torch.inf) == "step 1, critic update: critic_loss is inf"


class Broken(Cloud):
    def load(self) -> tuple[SampleTable, SampleTable]:
        train, held_out = super().load()
        return SampleTable(train.rows * torch.nan), held_out


@pytest.mark.filterwarnings("ignore:Using ModelCheckpoint with manual optimization")
@pytest.mark.filterwarnings("ignore:Broken. the 1000 training images have levels from nan")
def test_nan_is_found_at_the_end_and_before_a_checkpoint(tmp_path: Path) -> None:
    """Thirty steps, and a look at the numbers every fifty."""
    with pytest.raises(UsageError, match=r"step 1, critic update: critic_loss is nan; there is no checkpoint"):
        build(max_steps=30, accelerator="cpu").fit(game(), datamodule=Broken(batch_size=8))
    saver = ModelCheckpoint(tmp_path, every_n_train_steps=10)
    with pytest.raises(UsageError, match=r"step 1, critic update: critic_loss is nan"):
        build(max_steps=30, accelerator="cpu", callbacks=[saver]).fit(game(), datamodule=Broken(batch_size=8))
    assert not list(tmp_path.glob("*.ckpt"))
