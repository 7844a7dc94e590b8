"""What the README promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from gan_lightning.config.validate import CONFIG_DIR

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.filterwarnings("ignore")
def test_plain_python_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # Lightning's Trainer writes where it stands
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in block.splitlines() if line and "import" not in line]) <= 10
    scope: dict[str, object] = {}
    exec(block.replace("max_steps=500", "max_steps=3"), scope)
    samples = scope["samples"]
    assert isinstance(samples, torch.Tensor)
    assert samples.shape == (1000, 2)


@pytest.mark.parametrize("group", ["objective", "experiment", "data"])
def test_table_names_every_option(group: str) -> None:
    for path in (CONFIG_DIR / group).glob("*.yaml"):
        assert f"`{path.stem}`" in README, path.stem


def test_links_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *ROOT.glob("docs/*.md"), ROOT / "CONTRIBUTING.md"]
    for page in pages:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert link.startswith("http") or (page.parent / link).exists(), f"{page.name}: {link}"
