"""The README's promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.filterwarnings("ignore")
def test_plain_python_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # Lightning's Trainer writes to the current directory
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in block.splitlines() if line and "import" not in line]) <= 10
    scope: dict[str, object] = {}
    exec(block.replace("max_steps=500", "max_steps=3"), scope)
    samples = scope["samples"]
    assert isinstance(samples, torch.Tensor)
    assert samples.shape == (1000, 2)


def test_the_two_commands_stand_there() -> None:
    for command in ("pip install -e . && python -m gan_lightning.train", 'pip install -e ".[dev]" && pytest -n auto'):
        assert re.search(rf"^{re.escape(command)}(\s|$)", README, re.MULTILINE)


def test_the_tree_is_the_repository() -> None:
    (tree,) = re.findall(r"^```\n(src/gan_lightning/\n.*?)^```", README, re.DOTALL | re.MULTILINE)
    package = ROOT / "src" / "gan_lightning"
    named = set()
    for line in tree.splitlines()[1:]:
        names = re.match(r" *((\S+/ +)*)", line + "  ")
        assert names
        folders = names[1].split()
        assert folders, line
        for folder in folders:
            assert ((package if line.startswith(" ") else ROOT) / folder).is_dir(), folder
        named |= {folder.rstrip("/") for folder in folders} | set(re.findall(r"(\w+)/ has", line))
    folders_of_the_package = {path.name for path in package.iterdir() if (path / "__init__.py").exists()}
    assert folders_of_the_package <= named
