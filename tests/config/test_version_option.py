"""Every command prints its version; the help of `train` lists the groups that it takes."""

from __future__ import annotations

import importlib
import sys

import pytest

from gan_lightning.__main__ import COMMANDS
from gan_lightning.version import __version__


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_version(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        module = importlib.import_module(f"gan_lightning.{name}.__main__")
    except ModuleNotFoundError:
        module = importlib.import_module(f"gan_lightning.{name}")
    monkeypatch.setattr(sys, "argv", [name, "--version"])
    module.main()
    assert capsys.readouterr().out == f"gan_lightning {__version__}\n"


def test_the_help_lists_what_train_takes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    train = importlib.import_module("gan_lightning.train")
    monkeypatch.setattr(sys, "argv", ["train", "--help"])
    with pytest.raises(SystemExit):
        train.main()
    listed = [line.partition(":")[0].strip() for line in capsys.readouterr().out.splitlines() if ": " in line]
    assert {"data", "debug", "logger", "metric", "model", "objective"} <= set(listed)
    assert not {"output", "study", "hydra", "objective/shared", "metric/default_for"} & set(listed)
