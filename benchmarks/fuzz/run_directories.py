"""Run directories of which one file is damaged."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.fuzz.command_lines import try_one
from benchmarks.fuzz.forked import run_or_fail
from benchmarks.fuzz.result import Result

COMMANDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gan_lightning.train", ("run=runs/points", "trainer.max_steps=6")),
    ("gan_lightning.sample.__main__", ("run=runs/points", "output=grid")),
    ("gan_lightning.evaluate", ("run=runs/points", "n_fake=100")),
    ("gan_lightning.compare.__main__", ("runs",)),
)


def damage(file: Path, rng: random.Random) -> str:
    """Damages a file in one of many ways; says which."""
    content = bytearray(file.read_bytes())
    kinds = ["empty", "cut", "bytes", "zeros", "directory", "link", "missing", "no permission", "text", "utf-16"]
    kind = rng.choice([*kinds, "semicolons", "bom", "list", "null"])
    if kind == "directory":
        file.unlink()
        file.mkdir()
    elif kind == "link":
        file.unlink()
        file.symlink_to("nowhere")
    elif kind == "missing":
        file.unlink()
    elif kind == "no permission":
        file.chmod(0)
    elif kind == "cut":
        file.write_bytes(content[: rng.randrange(len(content) + 1)])
    elif kind == "bytes" and content:
        for _ in range(rng.choice((1, 3, 30))):
            content[rng.randrange(len(content))] = rng.randrange(256)
        file.write_bytes(content)
    elif kind == "utf-16":
        file.write_bytes(content.decode("utf-8", "replace").encode("utf-16"))
    elif kind == "semicolons":
        file.write_bytes(content.replace(b",", b";"))
    elif kind == "bom":
        file.write_bytes(b"\xef\xbb\xbf" + content)
    else:
        texts = {"text": b"a: [b\n", "zeros": bytes(len(content)), "list": b"[1, 2]\n", "null": b"null\n"}
        file.write_bytes(texts.get(kind, b""))
    return kind


def damaged_run_directories(seed: int, template: Path) -> Iterator[Result]:
    """Finished runs of which one file is damaged, without end: all commands that read them.

    Args:
        seed: of the choices.
        template: a directory with the finished run runs/points.
    """
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as home:
        made = Path(home, "cwd")
        shutil.copytree(template, made)
        for command, argv in COMMANDS[1:3]:  # their files can be damaged, too
            run_or_fail(command, argv, made)
        files = sorted(p.relative_to(made) for p in (made / "runs/points").rglob("*") if p.is_file())
        while True:
            damaged = Path(home, "damaged")
            shutil.copytree(made, damaged)
            file = rng.choice(files)
            kind = damage(damaged / file, rng)
            for command, argv in COMMANDS:
                wrong = try_one(command, argv, damaged)
                yield Result(f"damaged run directories: {command.split('.')[1]}", f"{file}, {kind}", wrong)
            shutil.rmtree(damaged)
