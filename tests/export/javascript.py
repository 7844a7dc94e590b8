"""The page's scripts, run as tests need them: by node, or in a headless Chromium."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import gan_lightning.export

PAGE = Path(gan_lightning.export.__file__).parent / "page"
NODE = shutil.which("node")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync")
QUIET += ("--disable-background-networking", "--disable-component-update", "--hide-scrollbars")


def evaluate(expression: str, folder: Path, data: Any = None) -> Any:
    """The value of an expression that knows runtime.js, latents.js and `data`; skips where nothing runs JavaScript."""
    text = "\n".join((PAGE / name).read_text() for name in ("runtime.js", "latents.js"))
    text += f"\nconst data = {json.dumps(data)};\nconst result = JSON.stringify({expression});\n"
    if NODE is not None:
        (folder / "script.js").write_text(text + "process.stdout.write(result);\n")
        done = subprocess.run([NODE, folder / "script.js"], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    script = text + "document.title = 'done'; document.body.textContent = result;"
    (folder / "script.html").write_text(f"<!doctype html><meta charset=utf-8><body><script>{script}</script>")
    return json.loads(re.search("<body>(.*?)</body>", dom(folder / "script.html", folder), re.S)[1])  # type: ignore[index]


def dom(page: Path, folder: Path, *options: str) -> str:
    """The page's elements after its scripts have run, with text as it is read; skips where there is no browser."""
    return html.unescape(chromium(folder, "--dump-dom", "--virtual-time-budget=60000", *options, page.as_uri()))


def chromium(folder: Path, *options: str) -> str:
    """Headless Chromium's output; skips where there is none."""
    if CHROMIUM is None:
        pytest.skip(
            "neither chromium nor google-chrome is installed" if NODE else "no node and no browser is installed"
        )
    command = [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'browser'}", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
