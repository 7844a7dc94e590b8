"""The notebooks: they run, they are kept as they run, and their questions can be answered."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.helper.command import checked

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]
# What an override of the question joins.
GAMES = {
    "1_why_gans_are_hard": ["data=ring8", "model=mlp_small"],
    "2_distances": ["data=ring8", "model=mlp_small"],
    "3_wasserstein_gan": ["data=ring8", "model=mlp_small", "objective=wgan_clip"],
    "4_gradient_penalty": ["data=ring8", "model=mlp_small", "objective=wgan_gp"],
    "5_growing": ["experiment=progan_digits", "data.size=16"],
    "6_latent_space": [],
}
Cell = dict[str, Any]


def cells(path: Path, kind: str) -> list[Cell]:
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == kind]


def execute(path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """What `make notebooks` does, to a copy that lies alone in a folder."""
    shutil.copy(path, folder)
    return subprocess.run(
        [sys.executable, str(FOLDER / "run.py"), path.name],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def executed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[Path, Future[Any]]]]:
    """The copy of each notebook that is tested, and its execution, two at a time."""
    tested = {item.name.partition("[")[2][:-1] for item in request.session.items if "runs_and" in item.name}
    with ThreadPoolExecutor(2) as pool:
        found = {}
        for path in NOTEBOOKS:
            if path.stem in tested:
                folder = tmp_path_factory.mktemp("notebook")
                found[path.stem] = folder / path.name, pool.submit(execute, path, folder)
        yield found


def shows(cell: Cell) -> list[tuple[str, list[str]]]:
    """What kinds of things a cell leaves."""
    return [(out.get("name", out["output_type"]), sorted(out.get("data", {}))) for out in cell["outputs"]]


@pytest.mark.notebook
@pytest.mark.parametrize("name", NAMES)
def test_runs_and_is_kept_as_it_runs(name: str, executed: dict[str, tuple[Path, Future[Any]]]) -> None:
    copy, future = executed[name]
    done = future.result()
    assert done.returncode == 0, done.stderr[-3000:]
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]  # nothing is left beside it
    for kept, fresh in zip(cells(FOLDER / copy.name, "code"), cells(copy, "code"), strict=True):
        assert "stderr" not in [out.get("name") for out in fresh["outputs"]], fresh["outputs"]
        assert shows(kept) == shows(fresh), "".join(kept["source"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_is_kept_whole_small_and_clean(path: Path) -> None:
    text = path.read_text()
    assert len(text) < 1_000_000
    assert [cell["execution_count"] for cell in cells(path, "code")] == list(range(1, len(cells(path, "code")) + 1))
    assert sum("image/png" in out.get("data", {}) for cell in cells(path, "code") for out in cell["outputs"]) >= 3
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert json.loads(text)["metadata"] == {"kernelspec": kernel, "language_info": {"name": "python"}}
    assert not any(cell["metadata"] for cell in json.loads(text)["cells"])  # times would be there
    words = re.sub(r'"image/png": "[^"]*"', "", text)
    assert not re.search(r"/home/|/tmp/|/Users/|[A-Z]:\\\\|0x[0-9a-f]{6,}|\d%\|", words)


@pytest.mark.training
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_ends_in_a_question_that_one_string_answers(path: Path) -> None:
    code = "\n".join("".join(cell["source"]) for cell in cells(path, "code"))
    (string,) = re.findall(r"^OVERRIDES = (.*)$", code, re.MULTILINE)
    (override,) = json.loads(string)
    question = "".join(cells(path, "markdown")[-1]["source"]).partition("## Your turn")[2]
    answers = re.findall(r"`([\w.@/]+=[^`]+)`", question)
    assert answers
    for one in {override, *answers}:
        checked(*GAMES[path.stem], one)


def test_the_table_lists_them() -> None:
    text = (FOLDER / "README.md").read_text()
    assert re.findall(r"\]\((\w+)\.ipynb\)", text) == NAMES
