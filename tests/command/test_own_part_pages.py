"""The pages on own parts: their classes, configs and commands are typed as they stand, and do what the page says."""

from __future__ import annotations

import importlib
import pkgutil
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.run.stored_config import leaves, read_stored_config
from tests.helper.forked import Done, call

FOLDER = Path(__file__).parents[2] / "docs" / "guide" / "own_parts"
PAGES = sorted(FOLDER.glob("*.md"))
MAIN = ("sample", "compare", "export")
QUICK = (
    *("trainer.accelerator=cpu", "trainer.log_every_n_steps=1", "callback.samples=null", "callback.curves=null"),
    *("callback.summary=null", "callback.loss_vs_score=null", "callback.progress=null"),
)
# Imported here, once for all forks.
USED = ("callback", "data", "diagnostic", "extractor", "metric", "model", "objective", "plot", "sample", "trainer")
# A group of parts → its page. Groups of recipes have none.
PAGE_OF = {"model": "network", "augment": "augmentation"}
RECIPES = {"debug", "experiment", "hparams_search", "hydra", "study", "trainer", "condition"}


class Typed(NamedTuple):
    """A command of a page, and the error that the page shows below it."""

    command: str
    error: str | None


def files(page: str) -> dict[str, str]:
    found = re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', page, re.DOTALL)
    return dict(found)


def commands(page: str) -> Iterator[Typed]:
    for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL):
        lines = [*block.splitlines(), ""]
        for line, after in pairwise(lines):
            if line.startswith("python -m "):
                yield Typed(line, after.removeprefix("error: ") if after.startswith("error: ") else None)


def type_in(command: str, folder: Path, steps: int = 3) -> Done:
    program, *arguments = shlex.split(command.removeprefix("python -m gan_lightning."))
    if program == "train":
        arguments += [*QUICK, f"trainer.max_steps={steps}"]
        for group in ("logger", "metric"):
            typed = any(one.lstrip("+").startswith((group, "extractor")) for one in arguments)
            arguments += [] if typed else [f"{group}=none"]
    return call(*arguments, cwd=folder, module=f"gan_lightning.{program}{'.__main__' if program in MAIN else ''}")


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    for name in USED:
        package = importlib.import_module(f"gan_lightning.{name}")
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "keys"))
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


@pytest.mark.training
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_holds(page: Path, home: Path) -> None:
    text = page.read_text()
    for name, content in files(text).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content)
    for command, error in commands(text):
        before = set(home.rglob("*"))
        done = type_in(command, home)
        if error is None:
            assert done.returncode == 0, f"{command}\n{done.stderr}"
            continue
        assert done.returncode == 1, command
        assert done.stderr.splitlines()[-1] == f"error: {error}", command
        assert "Traceback" not in done.stderr
        assert {path for path in home.rglob("*") if "__pycache__" not in path.parts} <= before, command
    assert (home / "runs" / "mine" / "result.json").is_file()
    goes_on(home, home / "runs" / "mine", own="sample" not in text.splitlines()[0])


def goes_on(home: Path, run: Path, own: bool) -> None:
    """A run of own parts goes on with them, and `trust` is not asked for."""
    named = [str(value) for path, value in leaves(read_stored_config(run / "config.yaml")) if "_target_" in path]
    assert any(name.startswith("mynets.") for name in named) == own
    done = call(f"run={run}", "trainer.max_steps=5", cwd=home)
    assert done.returncode == 0, done.stderr
    assert (run / "metrics.csv").read_text().splitlines()[-1].startswith("5,")


def test_every_kind_of_part_has_its_page() -> None:
    groups = {path.name for path in CONFIG_DIR.iterdir() if path.is_dir()} - RECIPES
    assert {PAGE_OF.get(group, group) for group in groups} == {page.stem for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_short_and_whole(page: Path) -> None:
    text = page.read_text()
    assert len(text.splitlines()) <= 90
    assert {"mynets.py"} < files(text).keys()
    assert any(typed.error for typed in commands(text))
    by_group = [typed for typed in commands(text) if typed.error is None and "--config-dir" in typed.command]
    by_class = [typed for typed in commands(text) if typed.error is None and "=mynets." in typed.command]
    assert by_group
    assert by_class
