"""`python -m gan_lightning`: the list of commands."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

import gan_lightning
from gan_lightning.__main__ import COMMANDS, main
from gan_lightning.version import __version__


def test_every_command_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    printed = capsys.readouterr().out
    for name in COMMANDS:
        assert f"python -m gan_lightning.{name} " in printed
        home = importlib.import_module(f"gan_lightning.{name}")
        module = importlib.import_module(f"gan_lightning.{name}.__main__") if hasattr(home, "__path__") else home
        assert callable(module.main)


def test_no_command_is_left_out() -> None:
    root = Path(gan_lightning.__file__).parent
    packages = {path.parent.name for path in root.glob("*/__main__.py")}
    modules = {
        one.name
        for one in pkgutil.iter_modules([str(root)])
        if not one.ispkg
        and one.name != "__main__"
        and 'if __name__ == "__main__"' in (root / f"{one.name}.py").read_text(encoding="utf-8")
    }
    assert packages | modules == set(COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--version"])
    assert capsys.readouterr().out == f"gan_lightning {__version__}\n"


@pytest.mark.parametrize(
    ("word", "hint"), [("train", "type python -m gan_lightning.train"), ("trian", "did you mean train or translate?")]
)
def test_anything_else_is_refused(word: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([word])
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"error: {word} is not an option of gan_lightning itself: {hint}\n"
