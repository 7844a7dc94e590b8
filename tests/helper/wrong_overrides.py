"""Command lines with random overrides, most of them wrong, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from omegaconf import OmegaConf

from gan_lightning.config.compose import compose_config
from gan_lightning.config.validate import CONFIG_DIR

NUMBERS = (
    "-1",
    "0",
    "1e400",
    "nan",
    "inf",
    "-inf",
    "1.5",
    "2147483648",
    "9223372036854775808",
    "10000000000000000000000",
)
TEXTS = (
    "",
    "banana",
    "a=b",
    "c,d",
    "p(q)",
    "[1",
    "{a: 1}",
    "{}",
    "[]",
    "[inf]",
    "[1,2]",
    "[[1]]",
    "true",
    "null",
    "???",
)
TEXTS += (
    "/dev/null",
    "/dev/null/x",
    "/proc/x",
    "~nouser/x",
    "x" * 300,
    "${nothing}",
    "größe",
    "'a b'",
    "1 h",
    "\\",
    "%s",
)
DEVICES = ("meta", "hpu", "privateuseone", "cuda:99", "tpu", "mkldnn")
LISTED = tuple(sorted(path.name for path in CONFIG_DIR.iterdir() if path.is_dir() and path.name != "hydra"))


def wrong_overrides(command: str, base: list[str], seed: int) -> Iterator[list[str]]:
    """Endless overrides for one command, one or two at a time.

    Args:
        command: the name of its config.
        base: overrides that come before.
        seed: of the choices.
    """
    choose = random.Random(seed)
    config = OmegaConf.to_container(compose_config(command, base))
    keys = sorted(key for key in _keys(config) if not key.startswith(("run_dir", "version")))
    while True:
        yield [_one(choose, keys) for _ in range(choose.choice((1, 1, 2)))]


def _one(choose: random.Random, keys: list[str]) -> str:
    key = choose.choice(keys)
    kind = choose.random()
    if kind < 0.08:  # a key that does not exist
        return f"{choose.choice(('', '+', '++'))}{key}{choose.choice(('x', '.x', '_'))}={choose.choice(TEXTS)}"
    if kind < 0.12:
        return f"~{key}"
    if kind < 0.18:
        return f"{choose.choice(LISTED)}={choose.choice(TEXTS)}"
    pool = DEVICES + TEXTS if "device" in key or "accelerator" in key else NUMBERS + TEXTS
    return f"{choose.choice(('', '', '++'))}{key}={choose.choice(pool)}"


def _keys(node: object, prefix: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{prefix}{key}"
            yield from _keys(value, f"{prefix}{key}.")
