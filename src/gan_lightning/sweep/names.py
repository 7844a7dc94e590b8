"""Names of sweeps and their jobs."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence

from omegaconf import OmegaConf

COMMON = "GAN_LIGHTNING_COMMON"  # environment variable: the command's overrides, for its jobs


def swept_overrides(overrides: Sequence[str]) -> list[str]:
    """The overrides of a job that are not those of the whole command; all of them if none differ."""
    common = json.loads(os.environ.get(COMMON, "[]"))
    return [o for o in overrides if o not in common] or list(overrides)


def slug(text: str, max_length: int = 80) -> str:
    """A directory name for overrides: short enough for any file system, and different for different overrides."""
    plain = re.sub(r"[^\w.,=+-]+", "_", text)
    if plain == text and len(plain) <= max_length:
        return plain
    return f"{plain[:max_length]}_{hashlib.blake2b(text.encode(), digest_size=3).hexdigest()}"


def _name_of_sweep(overrides: Sequence[str]) -> str:
    swept_first = sorted(overrides, key=lambda o: not any(mark in o for mark in ",("))
    return slug("_".join(swept_first))


def _name_of_job(number: int, overrides: Sequence[str]) -> str:
    # Hydra's sweepers write Python's True and False for what was typed as true and false.
    swept = (re.sub(r"(?<=[=,\[])(True|False)\b", lambda word: word[0].lower(), o) for o in swept_overrides(overrides))
    return slug(f"{number}_{'_'.join(swept)}")


# The first is cached, so that each job finds its sweep by the name from the command's overrides.
OmegaConf.register_new_resolver("name_of_sweep", _name_of_sweep, use_cache=True, replace=True)
OmegaConf.register_new_resolver("name_of_job", _name_of_job, replace=True)
