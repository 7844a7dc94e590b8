"""Plain Lightning: a test for each row of the table of features in docs/guide/lightning.md."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Trainer, callbacks
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR
from torch.utils.data import DataLoader, Dataset

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.data.stream import StepBatch
from gan_lightning.loss import Hinge
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.optimizer import Adam
from gan_lightning.penalty import R1R2
from tests.helper.half_precision import half_trainer
from tests.helper.modules import Cloud, networks, play, same, state

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "lightning.md"
TABLE = re.findall(r"^\| (?!feature)([^|]+) \| (works|refused|warns) \|", PAGE.read_text(), re.MULTILINE)
ROWS: dict[str, tuple[str, Callable[[Path], None]]] = {}
STEP = {"critic_loss", "generator_loss", "real_score", "fake_score", "penalty", "wasserstein"}
STEP |= {"critic_grad_norm", "generator_grad_norm"}
VALIDATION = {"val_critic_loss", "val_wasserstein"}

pytestmark = [
    pytest.mark.training,
    pytest.mark.filterwarnings("ignore:.*(many workers|exists and is not empty|logging interval|shuffling|schedulers)"),
    pytest.mark.filterwarnings("ignore:.*(PyTorch Profiler|Please use `?torch|train dataloader has|ould not patch)"),
]


def row(feature: str, here: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Decorator: the test of a row of the table."""

    def add(test: Callable[[Path], None]) -> Callable[[Path], None]:
        ROWS[feature] = (here, test)
        return test

    return add


def wgan_gp(**options: Any) -> WGANGP:
    return WGANGP(*networks(), **{"latent_dim": 4, "n_critic": 2} | options)


def trainer_of(*extra: Any, **options: Any) -> Trainer:
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "max_steps": 4}
    quiet |= {"enable_model_summary": False, "accelerator": "cpu", "log_every_n_steps": 2, "callbacks": list(extra)}
    return Trainer(**quiet | options)


def fitted(*extra: Any, module: WGANGP | None = None, loader: Any = None, **options: Any) -> Trainer:
    trainer = trainer_of(*extra, **options)
    data = {"train_dataloaders": loader} if loader else {"datamodule": Cloud(batch_size=8)}
    trainer.fit(module or wgan_gp(), **data)
    return trainer


def points_loader(n: int = 40) -> DataLoader[Tensor]:
    return DataLoader(torch.randn(n, 2), batch_size=8, drop_last=True)  # type: ignore[arg-type]


def refused(says: str, *extra: Any, **options: Any) -> None:
    with pytest.raises(UsageError, match=says):
        fitted(*extra, **options)


def test_each_row_has_a_test() -> None:
    assert {name: here for name, (here, _) in ROWS.items()} == dict(TABLE)


@pytest.mark.parametrize("feature", [name for name, _ in TABLE])
def test_row(feature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ROWS[feature][1](tmp_path)


@row("`Trainer.fit`", "works")
def fit(path: Path) -> None:
    plain, ours = wgan_gp(), wgan_gp()
    assert fitted(module=plain, max_steps=4).global_step == 4
    play(ours, steps=4, batch_size=8)
    assert same(state(plain), state(ours))


@row("`Trainer.validate`", "works")
def validate(path: Path) -> None:
    module, data = wgan_gp(), Cloud(batch_size=8)
    (before,) = trainer_of().validate(module, datamodule=data, verbose=False)
    assert before.keys() == VALIDATION
    trainer = fitted(module=module)
    (after,) = trainer_of().validate(module, datamodule=data, verbose=False)
    assert after != before
    trainer.save_checkpoint(path / "x.ckpt")
    (loaded,) = trainer_of().validate(
        wgan_gp(), datamodule=data, verbose=False, ckpt_path=path / "x.ckpt", weights_only=True
    )
    assert loaded == after


@row("`Trainer.test`", "works")
def on_test_data(path: Path) -> None:
    (found,) = trainer_of().test(wgan_gp(), points_loader(), verbose=False)
    assert found.keys() == {"test_critic_loss", "test_wasserstein"}


@row("`Trainer.predict`", "works")
def predict(path: Path) -> None:
    module, latent = wgan_gp(), torch.randn(16, 4)
    batches: Any = trainer_of().predict(module, DataLoader(latent, batch_size=8))  # type: ignore[arg-type]
    torch.testing.assert_close(torch.cat(batches), module.sample(latent))


@row("`forward`", "works")
def forward(path: Path) -> None:
    module = wgan_gp(ema_decay=0.9)
    fitted(module=module)
    latent = torch.randn(3, 4)
    assert torch.equal(module(latent), module.ema(latent))
    assert not torch.equal(module(latent), module.generator(latent))


@row("`self.log`", "works")
def self_log(path: Path) -> None:
    module = wgan_gp()
    trainer = fitted(
        module=module,
        logger=CSVLogger(path, name="", version=""),
        val_check_interval=2,
        check_val_every_n_epoch=None,
    )
    assert trainer.callback_metrics.keys() == STEP | VALIDATION
    assert trainer.progress_bar_metrics.keys() >= {"critic_loss", "generator_loss", "wasserstein"}
    assert module.step_metrics()["wasserstein"] == pytest.approx(float(trainer.callback_metrics["wasserstein"]))
    header, *rows = (path / "metrics.csv").read_text().splitlines()
    assert set(header.split(",")) >= STEP | VALIDATION
    assert len(rows) == 4  # steps 2 and 4, and two validations


@row("`hparams`", "works")
def hparams(path: Path) -> None:
    found = GAN(*networks(), latent_dim=4, loss=Hinge(), penalty=R1R2(r1=2.0), seed=3).hparams
    assert found["loss"] == "Hinge()"
    assert "r1=2.0" in found["penalty"]
    assert (found["n_critic"], found["seed"]) == (1, 3)
    assert wgan_gp().hparams["gp_weight"] == 10.0

    class Mine(WGANGP):
        def __init__(self, generator: nn.Module, critic: nn.Module, *, width: int = 3, **options: Any) -> None:
            super().__init__(generator, critic, **options)
            self.save_hyperparameters("width")

    assert (
        Mine(*networks(), width=5, latent_dim=4, gp_weight=2.0).hparams.items()
        >= {"width": 5, "gp_weight": 2.0}.items()
    )


@row("`load_from_checkpoint`", "works")
def load(path: Path) -> None:
    module = wgan_gp(gp_weight=3.0)
    fitted(module=module).save_checkpoint(path / "x.ckpt")
    generator, critic = networks()
    file, given = path / "x.ckpt", {"generator": generator, "critic": critic, "weights_only": True}
    loaded = WGANGP.load_from_checkpoint(file, **given)
    assert loaded.penalty.weight == loaded.hparams["gp_weight"] == 3.0  # type: ignore[attr-defined]
    assert same(state(loaded), state(module))
    fitted(module=wgan_gp(critic_optimizer=Adam(1e-3))).save_checkpoint(path / "x.ckpt")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"critic_optimizer='Adam\(lr=0.001.* is a text .*pass critic_optimizer="):
        WGANGP.load_from_checkpoint(file, **given)
    assert WGANGP.load_from_checkpoint(file, **given, critic_optimizer=Adam(1e-3)).n_critic == 2


@row("unknown keyword", "refused")
def unknown(path: Path) -> None:
    with pytest.raises(UsageError, match=r"^WGANGP has no argument gp_wieght: did you mean gp_weight\?$"):
        WGANGP(*networks(), latent_dim=4, gp_wieght=1)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match=r"^GAN has no argument acumulate: did you mean accumulate\?$"):
        GAN(*networks(), latent_dim=4, acumulate=1)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match=r"^R1R2 has no argument r3: "):
        R1R2(r3=1.0)  # type: ignore[call-arg]


class Named(Dataset[dict[str, Tensor]]):
    def __init__(self, **entries: Tensor) -> None:
        self.entries = entries

    def __len__(self) -> int:
        return 40

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {name: value[index] for name, value in self.entries.items()}


@row("dictionary batches", "works")
def dictionaries(path: Path) -> None:
    points, label = torch.randn(40, 2), torch.arange(40) % 2
    weights = []
    for entries in ({"image": points, "label": label, "other": points + 1}, {"mine": points, "target": label}):
        module = wgan_gp()
        fitted(module=module, loader=DataLoader(Named(**entries), batch_size=8))
        weights.append(state(module))
        reals = module.micro_batches.reals({name: value[:8] for name, value in entries.items()})
        labels = module.micro_batches.labels({name: value[:8] for name, value in entries.items()})
        assert torch.equal(reals.flatten(0, 1), points[:8])
        assert labels is not None
        assert torch.equal(labels.flatten(), label[:8])
    plain = wgan_gp()
    fitted(module=plain, loader=DataLoader(points, batch_size=8))  # type: ignore[arg-type]
    assert same(weights[0], weights[1])
    assert same(weights[0], state(plain))
    refused("entries a, b: call the samples 'image'", loader=DataLoader(Named(a=points, b=points), batch_size=8))


@row("`[0, 1]` images for a tanh", "warns")
def ranges(path: Path) -> None:
    def said(samples: Tensor, *last: nn.Module) -> list[str]:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            module = WGANGP(nn.Sequential(networks()[0], *last), networks()[1], latent_dim=4, n_critic=1)
            fitted(module=module, loader=DataLoader(samples, batch_size=40), max_steps=1)  # type: ignore[arg-type]
        return [str(one.message) for one in found if "real samples" in str(one.message)]

    unit = torch.rand(40, 2)
    (line,) = said(unit, nn.Tanh(), nn.Unflatten(1, (2,)))
    assert line.endswith("scale them: 2 * x - 1")
    assert said(unit * 255, nn.Tanh()) != []
    assert said(unit * 2 - 1, nn.Sigmoid()) != []
    assert said(unit * 2 - 1, nn.Tanh()) == []
    assert said(unit * 0.5 + 0.4, nn.Tanh()) == []  # bright, and of [-1, 1] for all one can tell
    assert said(unit, nn.Sigmoid()) == []
    assert said(unit) == []


class Scheduled(WGANGP):
    interval, kind = "step", staticmethod(lambda optimizer: StepLR(optimizer, 1, gamma=0.5))

    def configure_optimizers(self) -> Any:
        optimizers = super().configure_optimizers()
        return optimizers, [{"scheduler": self.kind(one), "interval": self.interval} for one in optimizers]


@row("learning rate scheduler", "works")
def schedulers(path: Path) -> None:
    module = Scheduled(*networks(), latent_dim=4, n_critic=1)
    trainer = fitted(module=module)
    assert [one.param_groups[0]["lr"] for one in trainer.optimizers] == [1e-4 / 16, 1e-4 / 16]
    epochs = type("Epochs", (Scheduled,), {"interval": "epoch"})
    trainer = fitted(
        module=epochs(*networks(), latent_dim=4, n_critic=2), loader=points_loader(), max_steps=-1, max_epochs=2
    )
    assert [one.param_groups[0]["lr"] for one in trainer.optimizers] == [1e-4 / 4, 1e-4 / 4]
    refused("StepLR steps after each epoch, and .* a stream", module=epochs(*networks(), latent_dim=4))
    refused("use one", module=Scheduled(*networks(), latent_dim=4, schedule=lambda k: 1.0))
    plateau = type("Plateau", (WGANGP,), {"configure_optimizers": on_plateau})
    refused("ReduceLROnPlateau waits for a metric", module=plateau(*networks(), latent_dim=4))
    turned = type("Turned", (WGANGP,), {"configure_optimizers": lambda self: WGANGP.configure_optimizers(self)[::-1]})
    refused("the critic's and then the generator's", module=turned(*networks(), latent_dim=4))


class Own(WGANGP):
    """Optimizers, groups and schedulers of its own."""

    def configure_optimizers(self) -> Any:
        critic = torch.optim.SGD([{"params": [weight]} for weight in self.critic.parameters()], lr=1e-2, momentum=0.5)
        generator = torch.optim.AdamW(self.generator.parameters(), lr=1e-3)
        return [critic, generator], [{"scheduler": StepLR(one, 2), "interval": "step"} for one in (critic, generator)]


@pytest.mark.parametrize("kind", [Own, Scheduled])
def test_a_run_with_optimizers_of_its_own_resumes_bit_for_bit(
    kind: type[WGANGP], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, first, second = (kind(*networks(), latent_dim=4, n_critic=2) for _ in range(3))
    fitted(module=whole, max_steps=5)
    fitted(module=first, max_steps=3).save_checkpoint(tmp_path / "x.ckpt")
    trainer_of(max_steps=5).fit(
        second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "x.ckpt", weights_only=True
    )
    assert same(state(whole), state(second))
    assert "learning rate" not in capsys.readouterr().err


def on_plateau(self: WGANGP) -> Any:
    optimizers = WGANGP.configure_optimizers(self)
    return optimizers, [ReduceLROnPlateau(optimizers[0])]


@row("`LearningRateMonitor`", "works")
def learning_rates(path: Path) -> None:
    fitted(callbacks.LearningRateMonitor(), logger=CSVLogger(path, name="", version=""))
    assert "lr-Adam-1" in (path / "metrics.csv").read_text()


@row("`EarlyStopping`", "works")
def early_stopping(path: Path) -> None:
    def stop(monitor: str, **options: Any) -> callbacks.EarlyStopping:
        return callbacks.EarlyStopping(monitor, mode="max", **options)

    often = {"val_check_interval": 2, "check_val_every_n_epoch": None, "max_steps": 40}
    for monitor in ("val_wasserstein", "wasserstein"):
        trainer = fitted(stop(monitor, min_delta=1e9, patience=2), **often)
        assert trainer.global_step == 6
    trainer = fitted(stop("wasserstein", min_delta=1e9, patience=1), loader=points_loader(), max_steps=40)
    assert trainer.global_step == 10  # two epochs
    refused(r"EarlyStopping: .*'val_waserstein'.*did you mean val_wasserstein", stop("val_waserstein"), **often)
    refused("after a validation or an epoch, and there is neither", stop("wasserstein"))


@row("`ModelCheckpoint`", "works")
def model_checkpoint(path: Path) -> None:
    def keep(monitor: str, **options: Any) -> callbacks.ModelCheckpoint:
        return callbacks.ModelCheckpoint(path, monitor=monitor, filename="{step}-{" + monitor + ":.3f}", **options)

    on = {"enable_checkpointing": True}
    best = keep("wasserstein", mode="max", every_n_train_steps=2, save_top_k=-1)
    module = wgan_gp()
    metrics: list[float] = []
    spy = callbacks.LambdaCallback(
        on_train_batch_end=lambda trainer, *_: metrics.append(trainer.callback_metrics["wasserstein"].item())
    )
    fitted(best, spy, module=module, **on)
    assert {float(value) for value in best.best_k_models.values()} == {metrics[1], metrics[3]}
    refused("ModelCheckpoint: .*did you mean wasserstein", keep("wassertein", every_n_train_steps=2), **on)
    refused("set every_n_train_steps=.* of ModelCheckpoint", keep("wasserstein"), **on)


@row("`RichProgressBar`", "works")
def rich_bar(path: Path) -> None:
    bar = callbacks.RichProgressBar()
    assert "wasserstein" in bar.get_metrics(*_ended(bar, enable_progress_bar=True))


@row("`TQDMProgressBar`", "works")
def tqdm_bar(path: Path) -> None:
    bar = callbacks.TQDMProgressBar()
    assert "wasserstein" in bar.get_metrics(*_ended(bar, enable_progress_bar=True))


def _ended(bar: Any, **options: Any) -> tuple[Trainer, WGANGP]:
    module = wgan_gp()
    return fitted(bar, module=module, **options), module


@row("`ModelSummary`", "works")
def summary(path: Path) -> None:
    fitted(callbacks.ModelSummary(), enable_model_summary=True)


@row("`DeviceStatsMonitor`", "works")
def device_stats(path: Path) -> None:
    pytest.importorskip("psutil")
    fitted(callbacks.DeviceStatsMonitor(cpu_stats=True), logger=CSVLogger(path, name="", version=""))
    assert "cpu_percent" in (path / "metrics.csv").read_text()


@row("`Timer`", "works")
def timer(path: Path) -> None:
    trainer = fitted(callbacks.Timer("00:00:00:01"), max_steps=10**6)
    assert 0 < trainer.global_step < 10**6


@row("`max_time`", "works")
def max_time(path: Path) -> None:
    said: list[str] = []
    with pytest.MonkeyPatch.context() as context:
        context.setattr("gan_lightning.objective.lightning_hooks.rank_zero_info", said.append)
        first = fitted(max_time="00:00:00:01", max_steps=-1)
    assert re.match(r"training ended at step [\d,]+: time was up \(max_time.*\. To go on: .*ckpt_path", said[0])
    first.save_checkpoint(path / "x.ckpt")
    longer = trainer_of(max_time="00:00:00:02", max_steps=-1)
    longer.fit(wgan_gp(), datamodule=Cloud(batch_size=8), ckpt_path=path / "x.ckpt", weights_only=True)
    assert longer.global_step > first.global_step


@row("`fast_dev_run`", "works")
def fast_dev_run(path: Path) -> None:
    assert fitted(fast_dev_run=2).global_step == 2


class Reals(callbacks.Callback):
    def __init__(self) -> None:
        self.found: list[Tensor] = []

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, index: int) -> None:
        self.found.append(batch.real if isinstance(batch, StepBatch) else batch)


@row("`limit_train_batches`", "works")
def limit_train_batches(path: Path) -> None:
    whole, cut = Reals(), Reals()
    fitted(whole, max_steps=6)
    trainer = fitted(cut, limit_train_batches=2, max_steps=-1, max_epochs=3)
    assert trainer.global_step == 6
    assert torch.equal(torch.stack(whole.found), torch.stack(cut.found))  # epochs go on with the stream
    with pytest.raises(MisconfigurationException, match=r"must be `1\.0` or an int"):
        fitted(limit_train_batches=0.5)


@row("`overfit_batches`", "works")
def overfit_batches(path: Path) -> None:
    reals = Reals()
    fitted(reals, overfit_batches=2)
    assert torch.equal(torch.stack(reals.found[:2]), torch.stack(reals.found[2:]))
    assert not torch.equal(reals.found[0], reals.found[1])


@row("`max_epochs`", "refused")
def max_epochs(path: Path) -> None:
    refused(r"max_epochs=3\) never ends: .*max_steps", max_epochs=3, max_steps=-1)
    assert fitted(loader=points_loader(), max_epochs=3, max_steps=-1).global_step == 15


@row("`profiler`", "works")
def profiler(path: Path) -> None:
    for name in ("simple", "advanced"):
        reports: list[str] = []
        with pytest.MonkeyPatch.context() as context:
            context.setattr("lightning.pytorch.profilers.profiler.log.info", reports.append)
            fitted(profiler=name)
        assert "training_step" in "".join(reports)
    for name in ("simple", "pytorch"):
        play(wgan_gp(), steps=6, profiler=name, default_root_dir=str(path / name))
        reports = list((path / name / "profile").glob("fit-report*.txt"))
        assert {"simple": "training_step", "pytorch": "Self CPU time"}[name] in "".join(map(Path.read_text, reports))


@row('`strategy="ddp"`', "refused")
def ddp(path: Path) -> None:
    with patch.dict("os.environ"):  # the strategy's launcher leaves its variables there
        refused("FlatDDP", strategy="ddp")


@row("`gradient_clip_val`", "refused")
def gradient_clip_val(path: Path) -> None:
    refused("critic_max_norm", gradient_clip_val=1.0)


@row("`accumulate_grad_batches`", "refused")
def accumulate_grad_batches(path: Path) -> None:
    refused("accumulate= of the objective", accumulate_grad_batches=2)


@row("`GradientAccumulationScheduler`", "refused")
def accumulation_scheduler(path: Path) -> None:
    refused("Scheduler needs automatic .*accumulate=", callbacks.GradientAccumulationScheduler({0: 2}))


@row("`StochasticWeightAveraging`", "refused")
def swa(path: Path) -> None:
    refused("ema_decay", callbacks.StochasticWeightAveraging(1e-3))


@row("`WeightAveraging`", "refused")
def weight_averaging(path: Path) -> None:
    refused("^EMAWeightAveraging needs .*ema_decay", callbacks.EMAWeightAveraging())


@row("`LearningRateFinder`", "refused")
def rate_finder(path: Path) -> None:
    refused("rates by hand", callbacks.LearningRateFinder())


@row("`BatchSizeFinder`", "refused")
def batch_size_finder(path: Path) -> None:
    refused("batch size by hand", callbacks.BatchSizeFinder())


@row("`BackboneFinetuning`", "refused")
def finetuning(path: Path) -> None:
    refused("freeze layers", callbacks.BackboneFinetuning())


@row('`precision="16-mixed"`', "works")
def half(path: Path) -> None:
    module = wgan_gp()
    half_trainer(2, 1024.0).fit(module, datamodule=Cloud(batch_size=8))
    assert [scale.state_dict()["scale"] for scale in module.loss_scales.values()] == [1024.0, 1024.0]


@row('`precision="bf16-true"`', "refused")
def true_half(path: Path) -> None:
    refused("bf16-mixed", precision="bf16-true")


@row("Fabric", "works")
def fabric(path: Path) -> None:
    """The losses of a plain loop are those of the step, from the same numbers."""
    module = wgan_gp(n_critic=1)
    points, loss = torch.randn(8, 2), module.critic_loss
    value = loss(points, StepRNG(torch.Generator().manual_seed(3)))
    assert value.requires_grad
    found = module.metrics.tensors
    torch.testing.assert_close(value, found["critic_loss"][0] + found["penalty"][0])


@pytest.mark.filterwarnings("ignore")
def test_the_page_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) == 2
    exec("\n".join(blocks).replace("max_steps=300", "max_steps=50"), {})


def test_numbers_that_are_not_finite_end_a_short_run_too() -> None:
    points = torch.randn(40, 2)
    points[3] = float("nan")
    refused("critic update: .* is nan", loader=DataLoader(points, batch_size=8))  # type: ignore[arg-type]


def test_runs_of_the_command_are_logged_once(tmp_path: Path) -> None:
    """`LogMetrics` logs in the module's place; callbacks see its metrics all the same."""
    from gan_lightning.callback.log_metrics import LogMetrics
    from tests.helper.tiny_module import Memory

    memory, module = Memory(), wgan_gp()
    trainer = play(
        module, steps=4, callbacks=[LogMetrics()], logger=[memory], log_every_n_steps=2, val_check_interval=2
    )
    assert [step for step, _ in memory.logged] == [1, 2, 2, 4, 4]
    assert trainer.callback_metrics.keys() >= STEP | VALIDATION | {"images_seen", "critic_lr"}
    assert float(trainer.callback_metrics["wasserstein"]) == pytest.approx(module.step_metrics()["wasserstein"])


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"max_time": "1h"}, "DD:HH:MM:SS"),
        ({"accelerator": "banana"}, "banana"),
        ({"devices": [0]}, "trainer.devices=1"),
        ({"strategy": "fsdp"}, "fsdp"),
        ({"callbacks": [callbacks.StochasticWeightAveraging(0.1)]}, "ema_decay"),
    ],
)
def test_a_trainer_that_cannot_be_is_one_line(option: dict[str, Any], says: str) -> None:
    from gan_lightning.trainer.default import build

    with pytest.raises(UsageError, match=says) as error:
        build(**{"accelerator": "cpu"} | option)
    assert "\n" not in str(error.value)
