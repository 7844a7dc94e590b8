"""Checkpoints that are whole and yet crafted: checksums right, contents of another kind."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from torch import Tensor, nn

from gan_lightning.config.validate import instantiate
from gan_lightning.core.errors import UsageError
from gan_lightning.optimizer.adam import Adam
from gan_lightning.optimizer.rmsprop import RMSProp
from gan_lightning.run import checkpoint_schema
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO, checkpoint_step
from tests.helper.command import checked
from tests.helper.run_directory import RING

CONFIG = (*RING, "objective=wgan_clip", "logger=none", "metric=none", "trainer.accelerator=cpu", "callback=none")
KEEP = ("+callback@callback.doctor=doctor", "+callback@callback.score=score", "callback.doctor.every=1")
REGULARIZED = ("regularizer=historical_averaging",)


def trained(directory: Path, steps: int, resume: Path | None, *overrides: str) -> tuple[Trainer, Any]:
    """A short training in this process, of a network with batches of 4."""
    config = checked(*CONFIG, *KEEP, *overrides, "data.batch_size=4", f"trainer.max_steps={steps}")
    torch.manual_seed(0)
    module = instantiate(config["objective"], **{player: instantiate(node) for player, node in config["model"].items()})
    callbacks = [instantiate(node) for node in config["callback"].values()]
    trainer = instantiate(config["trainer"], default_root_dir=str(directory), callbacks=callbacks)
    trainer.fit(module, datamodule=instantiate(config["data"]), ckpt_path=resume)
    return trainer, module


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of two steps, with all that a run saves."""
    directory = tmp_path_factory.mktemp("run")
    trained(directory, 2, None, *REGULARIZED)[0].save_checkpoint(directory / "x.ckpt")
    return AtomicCheckpointIO().load_checkpoint(directory / "x.ckpt")


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all entries, containers included."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def changed(checkpoint: dict[str, Any], path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> dict[str, Any]:
    crafted = copy.deepcopy(checkpoint)
    owner = crafted
    for key in path[:-1]:
        owner = owner[key]
    change(owner, path[-1])
    return crafted


def entry(node: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def setting(value: Any) -> Callable[[Any, Any], None]:
    return lambda owner, key: owner.__setitem__(key, value)


def reshaped(owner: Any, key: Any) -> None:
    old = owner[key]
    owner[key] = torch.ones(*old.shape, 3) if isinstance(old, Tensor) else torch.ones(2)


CHANGES = {
    "text": setting("x"),
    "huge": setting(10**30),
    "negative": setting(-7),
    "null": setting(None),
    "list": setting([[1], "x"]),
    "dict": setting({"x": {3: None}}),
    "whole numbers": lambda owner, key: owner.__setitem__(
        key, owner[key].long() if isinstance(owner[key], Tensor) else 5.5
    ),
    "other shape": reshaped,
    "sparse": setting(torch.eye(2).to_sparse()),
    "removed": lambda owner, key: owner.__delitem__(key),
    "added": lambda owner, key: owner.__setitem__(99, 1) if isinstance(owner, dict) else owner.append(1),
}
# Lightning counts by its loops; these runs have no schedulers; hparams are for `load_from_checkpoint`.
UNREAD = {"epoch", "lr_schedulers", "callbacks", "hyper_parameters", "hparams_name"}


def test_every_entry_of_another_kind_is_refused_before_anything_is_loaded(
    checkpoint: dict[str, Any], tmp_path: Path
) -> None:
    """A seeded sample of all entries and changes: one line, or a change that training does not read."""
    chance, file, refused = random.Random(0), tmp_path / "x.ckpt", 0
    everything = [(path, name) for path in places(checkpoint) for name in CHANGES]
    for path, name in chance.sample(everything, 120):
        crafted = changed(checkpoint, path, CHANGES[name])
        AtomicCheckpointIO().save_checkpoint(crafted, file)
        said = ""
        try:
            trained(tmp_path, 3, file, *REGULARIZED)
        except UsageError as refusal:
            said = str(refusal)
        assert "\n" not in said, (path, name)
        another_number = isinstance(entry(checkpoint, path), float) and name in ("negative", "whole numbers")
        assert said or another_number or path[0] in UNREAD or name in ("removed", "added", "null"), (path, name)
        refused += bool(said)
    assert refused > 90


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("optimizer_states", 0, "state", 0, "square_avg"), torch.ones(1), "square_avg is float32 .1., not float32"),
        (("optimizer_states", 0, "state", 0, "step"), torch.tensor(float("nan")), "step is nan"),
        (("optimizer_states", 0, "state", 4711), {}, "state.4711 is of no parameter"),
        (("optimizer_states", 0, "param_groups", 0, "params", 0), 10**6, "params are not those of the network"),
        (("optimizer_states", 0, "param_groups", 0, "lr"), float("inf"), "negative or not finite"),
        (("optimizer_states", 0, "param_groups", 0, "maximize"), True, "maximize is True, not False"),
        (("optimizer_states",), [], "optimizer_states is a list of 0, not of 2"),
        (("state_dict", "critic.layers.0.weight"), "x", "state_dict.critic.layers.0.weight is a str"),
        (("state_dict", "critic.layers.0.weight"), torch.ones(128, 2).long(), "is int64"),
        (("state_dict", "regularizers.historical_averaging.past.generator.count"), torch.ones(()), "count is float32"),
        (("global_step",), 2**62, "global_step is .*, and its loops have done 2 steps"),
        (("global_step",), 10**30, "global_step is"),
        (("pytorch-lightning_version",), "1.5.0", "older than 2.0.0"),
        (("pytorch-lightning_version",), "none", "not a version"),
        (("loops", "fit_loop", "epoch_progress", "total", "ready"), -1, "ready is -1, not 0"),
        (("doctor", "streaks", "x"), {"wrong": 1}, "the checkpoint is not one of this program: doctor.streaks.x"),
        (("score",), {"record": ("w1", "x", 1), "collapsed": 0, "estimates": None}, "score.record.1 is a str"),
        (("data",), {"train": torch.ones(2), "held_out": 1, "shape": [2], "digest": "x"}, "data.train is float32"),
        (("gan_lightning", "format"), "1", "gan_lightning.format is a str"),
    ],
)
def test_each_kind_is_named(
    path: tuple[Any, ...], value: Any, says: str, checkpoint: dict[str, Any], tmp_path: Path
) -> None:
    AtomicCheckpointIO().save_checkpoint(changed(checkpoint, path, setting(value)), tmp_path / "x.ckpt")
    with pytest.raises(UsageError, match=says) as refusal:
        trained(tmp_path, 3, tmp_path / "x.ckpt", *REGULARIZED)
    assert "\n" not in str(refusal.value)


def test_weights_alone_are_refused(checkpoint: dict[str, Any], tmp_path: Path) -> None:
    alone = {key: checkpoint[key] for key in ("state_dict", "global_step", "gan_lightning")}
    AtomicCheckpointIO().save_checkpoint(alone, tmp_path / "x.ckpt")
    with pytest.raises(UsageError, match="holds weights only, a run can't go on from it"):
        trained(tmp_path, 3, tmp_path / "x.ckpt", *REGULARIZED)
    with pytest.raises(UsageError, match="holds weights only, a run can't go on from it"):
        checkpoint_step(tmp_path / "x.ckpt")
    assert AtomicCheckpointIO().load_checkpoint(tmp_path / "x.ckpt")["global_step"] == 2


def test_a_true_checkpoint_goes_on_bit_for_bit(checkpoint: dict[str, Any], tmp_path: Path) -> None:
    AtomicCheckpointIO().save_checkpoint(checkpoint, tmp_path / "x.ckpt")
    resumed, whole = (
        trained(tmp_path, 4, tmp_path / "x.ckpt", *REGULARIZED)[1],
        trained(tmp_path, 4, None, *REGULARIZED)[1],
    )
    for name, value in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name


@pytest.mark.parametrize(
    "factory",
    [
        Adam(1e-3),
        RMSProp(1e-3),
        partial(torch.optim.SGD, lr=1e-3, momentum=0.9),
        partial(torch.optim.NAdam, lr=1e-3),
        torch.optim.ASGD,
    ],
)
def test_the_moments_of_a_single_number_may_be_negative(factory: Callable[..., torch.optim.Optimizer]) -> None:
    """Such as the weight of BigGAN's attention."""
    parameters = [nn.Parameter(torch.ones(())), nn.Parameter(torch.ones(2))]
    optimizer = factory(parameters)
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, -1.0)
    optimizer.step()
    state = optimizer.state_dict()
    for group in state["param_groups"]:
        group["initial_lr"] = group["lr"]
    assert checkpoint_schema._wrong_optimizer(factory, parameters, state, "state") is None
    if "step" in state["state"][0]:
        state["state"][0]["step"] = torch.tensor(-1.0)
        assert checkpoint_schema._wrong_optimizer(factory, parameters, state, "state") == "state.state.0.step is -1.0"
