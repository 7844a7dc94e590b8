from __future__ import annotations

from typing import Any

import pytest
from lightning.pytorch import callbacks
from omegaconf import OmegaConf

from gan_lightning.config.part import import_target
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import instantiate, resolve_and_validate
from gan_lightning.core.errors import UsageError
from tests.helper.command import checked


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("gan_lightning.core.console.os.system", "is not a part"),
        ("gan_lightning.sweep.job.subprocess.run", "is not a part"),
        ("gan_lightning.sweep.job.subprocess.Popen", "is not a part"),
        ("gan_lightning.objective.gan.GAN.load_from_checkpoint", "is not a part"),
        ("gan_lightning.config.validate.instantiate", "is not a part"),
        ("gan_lightning.train.train", "is not a part"),
        ("gan_lightning.loss.base.Loss", "is not a part"),
        ("gan_lightning.run.checkpoint_io.torch.load", "is not a part"),
        ("torch.optim.lr_scheduler.warnings.warn", "is not a part"),
        ("gan_lightning.objective.wgan.WGANN", r"does not exist: did you mean WGAN"),
        ("gan_lightning.__version__", "is not a part"),
        ("os.path", "neither a class nor a function"),
        (
            "nomodule.Network",
            "there is no module nomodule; type the command in its folder, or install",
        ),
        (3, "is not the name of a class"),
    ],
)
def test_what_is_no_part(target: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refusal:
        import_target("objective", target)
    assert "\n" not in str(refusal.value)


@pytest.mark.training
@pytest.mark.parametrize(
    ("path", "target", "says"),
    [
        ("callback.mine", "gan_lightning.loss.hinge.Hinge", "callback.mine takes a Callback, not Hinge"),
        ("callback.mine", "gan_lightning.objective.gan.GAN", "takes a Callback, not GAN"),
        ("callback.mine", "gan_lightning.trainer.default.build", "takes a Callback, not build"),
        ("objective", "gan_lightning.model.mlp.Critic", "objective takes an AdversarialModule, not Critic"),
        ("data", "gan_lightning.loss.hinge.Hinge", "data takes an AdversarialDataModule"),
        ("model.critic", "gan_lightning.loss.hinge.Hinge", "model.critic takes a Module, not Hinge"),
        ("trainer", "gan_lightning.loss.hinge.Hinge", "trainer takes a Trainer"),
        ("logger", "gan_lightning.callback.curves.Curves", "logger takes a Logger, not Curves"),
        ("metric", "gan_lightning.loss.hinge.Hinge", "metric takes a Metric"),
        ("metric.extractor", "gan_lightning.metric.points.Points", "metric.extractor takes an Extractor, not Points"),
        (
            "objective.critic_optimizer",
            "gan_lightning.schedule.constant.Constant",
            "takes a callable that returns Optimizer",
        ),
        (
            "objective.critic_optimizer",
            "gan_lightning.model.mlp.Critic",
            "takes a callable that returns Optimizer, not Critic",
        ),
        ("objective.schedule", "gan_lightning.optimizer.adam.Adam", "takes a callable that returns float, not Adam"),
        ("objective.augments.mine", "gan_lightning.schedule.constant.Constant", "takes an Augment, not Constant"),
        ("objective.augments.mine", "gan_lightning.model.mlp.Critic", "takes an Augment, not Critic"),
        ("objective.regularizers.mine", "gan_lightning.model.mlp.Critic", "takes a Regularizer, not Critic"),
        ("callback.doctor.diagnostics.mine", "gan_lightning.loss.hinge.Hinge", "takes a Diagnostic, not Hinge"),
        ("objective.gp_weight", "gan_lightning.loss.hinge.Hinge", "objective.gp_weight takes no part"),
    ],
)
def test_a_part_is_of_the_kind_that_its_place_takes(path: str, target: str, says: str) -> None:
    config = OmegaConf.create(checked())
    OmegaConf.update(config, path, {"_target_": target}, merge=False, force_add=True)
    with pytest.raises(UsageError, match=says):
        resolve_and_validate(config, TrainConfig)


def test_lightnings_own_callbacks_are_parts() -> None:
    node = {"_target_": "lightning.pytorch.callbacks.LearningRateMonitor", "logging_interval": "step"}
    config = OmegaConf.create(checked())
    OmegaConf.update(config, "callback.mine", node, force_add=True)
    built = instantiate(resolve_and_validate(config, TrainConfig)["callback"]["mine"])
    assert isinstance(built, callbacks.LearningRateMonitor)
