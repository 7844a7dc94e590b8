"""A batch cut among processes and micro-batches is the same run, or refused: every loss, penalty, layer, ..."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from torch import Tensor, nn

import gan_lightning.distributed
import gan_lightning.model
import gan_lightning.nn
from gan_lightning.core.errors import UsageError
from gan_lightning.loss import NonSaturating
from gan_lightning.nn.minibatch_stddev import MinibatchStddev
from gan_lightning.objective import lightning_hooks
from gan_lightning.objective.batch_cut import check_norms_of_devices
from gan_lightning.objective.gan import GAN
from gan_lightning.penalty import R1R2
from tests.helper.batch_cuts import DEVICES, Outcome, cases, classes_of, kind, train
from tests.helper.command import run_program
from tests.helper.modules import Cloud, networks, play

# Their statistics are those of the whole batch, which micro-batches don't have.
OF_THE_WHOLE_BATCH = {
    "loss.relativistic_average.RelativisticAverage",
    "penalty.dragan.Dragan",
    "regularizer.feature_matching.FeatureMatching",
    "regularizer.pulling_away.PullingAway",
    "regularizer.stein.Stein",
    "batch norm",
}
FOR_SAMPLING = {"nn.fixed_stage.FixedStage", "nn.two_domains.OneWay"}  # in no network that is trained
WHERE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, str, int], Outcome]:
    """By number of processes, case and number of micro-batches. One group of two processes, one of four, for all."""
    directory = tmp_path_factory.mktemp("cuts")
    done = run_program(str(directory), cwd=WHERE, module="tests.helper.batch_cuts")
    assert done.returncode == 0, done.stderr
    return {
        (devices, *case): Outcome(**outcome)
        for devices in DEVICES
        for case, outcome in torch.load(directory / str(devices), weights_only=True).items()
    }


@pytest.mark.distributed
def test_every_part_is_the_same_for_every_cut_or_refused(outcomes: dict[tuple[int, str, int], Outcome]) -> None:
    for (devices, name, accumulate), cut in outcomes.items():
        where, whole = f"{name}: {devices} process(es), {accumulate} micro-batch(es)", outcomes[1, name, 1]
        if accumulate > 1 and name in OF_THE_WHOLE_BATCH:
            assert cut.refusal is not None, where
            assert "use " in cut.refusal, where
            assert "objective.micro_batch_statistics=true" in cut.refusal, where
            assert "\n" not in cut.refusal, where
            continue
        assert cut.refusal is None, f"{where}: {cut.refusal}"
        assert cut.state.keys() == whole.state.keys()
        for key, value in whole.state.items():
            torch.testing.assert_close(
                cut.state[key], value, rtol=0, atol=1e-9, msg=lambda m, w=where, k=key: f"{w}: {k}: {m}"
            )
        assert cut.validation == pytest.approx(whole.validation, rel=1e-9, abs=1e-12), where
        assert cut.metrics == pytest.approx(whole.metrics, rel=1e-5, abs=1e-6), where  # means in single precision


@pytest.mark.distributed
def test_every_layer_is_in_a_case(outcomes: dict[tuple[int, str, int], Outcome]) -> None:
    packages = (gan_lightning.nn, gan_lightning.model, gan_lightning.distributed)
    layers = {kind(one) for package in packages for one in classes_of(package, nn.Module)}
    alone = {one for one in layers if one.startswith("distributed.")}  # batch norm
    for accumulate in (1, 2):
        found = {one for name in cases() for one in outcomes[4, name, accumulate].kinds}
        assert layers - found - FOR_SAMPLING == (alone if accumulate > 1 else set())


class Draws(nn.Module):
    """Random numbers of its own."""

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.randn_like(x)


class Counts(nn.Module):
    """State of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(16))

    def forward(self, x: Tensor) -> Tensor:
        self.mean.copy_(x.detach().mean(0))
        return x


class Centers(nn.Module):
    """Statistics of its own."""

    def forward(self, x: Tensor) -> Tensor:
        return x - x.mean(0)


@pytest.mark.parametrize(
    ("layer", "complaint"),
    [
        (Draws(), r"a network draws from torch's global rng.*GaussianNoise"),
        (nn.AlphaDropout(0.5), r"a network draws from torch's global rng.*torch\.nn\.Dropout"),
        (Counts(), r"the critic changes its buffer '1\.mean'"),
        (Centers(), r"the critic mixes the samples of a batch.*MinibatchGroups"),
        (
            nn.BatchNorm1d(16),
            r"critic layer '1' \(BatchNorm1d\) takes statistics of the whole batch.*critic_norm=layer",
        ),
        (nn.InstanceNorm1d(16, track_running_stats=True), r"critic layer '1' \(InstanceNorm1d\) takes statistics"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, nn.Module) else "",
)
def test_layers_that_would_depend_on_the_cut_are_refused(layer: nn.Module, complaint: str) -> None:
    def module(accumulate: int) -> GAN:
        generator, critic = networks()
        critic[1] = layer
        return GAN(generator, critic, latent_dim=4, accumulate=accumulate)

    with pytest.raises(UsageError, match=complaint):
        module(2).dry_run(torch.randn(2, 2))
    if not isinstance(layer, nn.InstanceNorm1d):
        module(1).dry_run(torch.randn(2, 2))


def test_norms_of_each_device_are_refused() -> None:
    for layer in (nn.BatchNorm1d(4), nn.InstanceNorm2d(4, track_running_stats=True)):
        with pytest.raises(UsageError, match=r"generator layer '0' .*each device's own samples.*FlatDDP"):
            check_norms_of_devices({"generator": nn.Sequential(layer)})
    check_norms_of_devices({"generator": nn.Sequential(nn.SyncBatchNorm(4), nn.InstanceNorm2d(4), nn.GroupNorm(1, 4))})


def test_statistics_of_micro_batches_are_chosen_by_name() -> None:
    given: dict[str, Any] = {"latent_dim": 4, "accumulate": 2}
    with pytest.raises(UsageError, match="micro_batch_statistics=true for those of each micro-batch"):
        play(GAN(*networks(norm=True), **given), steps=1)
    play(GAN(*networks(norm=True), micro_batch_statistics=True, **given), steps=1)


def test_groups_of_every_size_stay_whole() -> None:
    """Groups of 4 and of 6: 12 samples are 3 and 2 of them, and halves would cut one of three."""
    generator, _ = networks()
    layers = [MinibatchStddev(group=size) for size in (6, 4)]
    critic = nn.Sequential(nn.Linear(2, 4), layers[0], nn.Tanh(), layers[1], nn.Linear(6, 1))
    module = GAN(generator, critic, latent_dim=4)
    module.check_batch_divisible(12, 1)
    with pytest.raises(UsageError, match=r"data.batch_size=12 is 3 group\(s\) of 4 samples for 2 device.* such as 24"):
        module.check_batch_divisible(12, 2)
    module.check_batch_divisible(24, 2)


def test_groups_of_parts_of_a_batch_stay_whole() -> None:
    """Half of 16 samples are two groups of 4, which four shares would cut; so are 20 samples for a batch of 10."""
    generator, _ = networks()
    critic = nn.Sequential(nn.Linear(2, 4), MinibatchStddev(group=4), nn.Linear(5, 1))
    lazy = GAN(generator, critic, latent_dim=4, penalty=R1R2(batch_fraction=0.5))
    lazy.check_batch_divisible(16, 2)
    with pytest.raises(UsageError, match=r"data.batch_size=16 in passes of 8 is 2 group\(s\) of 4 samples for 4"):
        lazy.check_batch_divisible(16, 4)
    lazy.check_batch_divisible(32, 4)
    critic[1].group = 5
    double = GAN(generator, critic, latent_dim=4, generator_batch=2)
    with pytest.raises(UsageError, match=r"data.batch_size=12 in passes of 24 is 5 group\(s\)"):
        double.check_batch_divisible(12, 3)


def test_groups_of_a_plain_loader_stay_whole() -> None:
    generator, _ = networks()
    critic = nn.Sequential(nn.Linear(2, 4), MinibatchStddev(group=4), nn.Linear(5, 1))
    module = GAN(generator, critic, latent_dim=4, accumulate=4, n_critic=1, loss=NonSaturating())
    from gan_lightning.trainer.default import build

    cloud = Cloud(batch_size=8)
    cloud.setup()
    loader = torch.utils.data.DataLoader(cloud.train.rows, batch_size=8)
    with pytest.raises(UsageError, match=r"the DataLoader's batch=8 is 2 group\(s\) of 4 samples for .* 4 micro-batch"):
        build(max_steps=1, accelerator="cpu").fit(module, loader)


def test_noise_in_a_network_follows_from_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not from torch's global rng, which has another state in each run here."""
    monkeypatch.setattr(lightning_hooks, "seed_global_rng", lambda *_: torch.default_generator.seed())
    name = "perceptrons with noise, Fourier features, signs of latents, minibatch deviation"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = train(cases()[name], 1, 1, steps=1)
        other = train(cases()[name], 1, 1, steps=1)
    assert all(torch.equal(one.state[key], other.state[key]) for key in one.state)


def test_dropout_in_a_validation_before_training_follows_from_the_seed() -> None:
    generator, critic = networks()
    module = GAN(nn.Sequential(generator, nn.Dropout(0.5)), critic, latent_dim=4)
    options: dict[str, Any] = {"accelerator": "cpu", "logger": False, "enable_progress_bar": False}
    one, other = (Trainer(**options).validate(module, datamodule=Cloud(batch_size=8), verbose=False) for _ in range(2))
    assert one == other
