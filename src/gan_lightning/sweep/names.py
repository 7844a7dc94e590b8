"""What sweeps and their jobs are called."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence

from omegaconf import OmegaConf

COMMON = "GAN_LIGHTNING_COMMON"  # the overrides of the whole command, for the processes of its jobs to read


def swept_overrides(overrides: Sequence[str]) -> list[str]:
    """Those of a job's overrides that tell it from the other jobs of its sweep; all, if none do."""
    common = json.loads(os.environ.get(COMMON, "[]"))
    return [o for o in overrides if o not in common] or list(overrides)


def slug(text: str, longest: int = 80) -> str:
    """A directory's name for overrides: short enough for any file system, different for different ones."""
    plain = re.sub(r"[^\w.,=+-]+", "_", text)
    if plain == text and len(plain) <= longest:
        return plain
    return f"{plain[:longest]}_{hashlib.blake2b(text.encode(), digest_size=3).hexdigest()}"


def _name_of_sweep(overrides: Sequence[str]) -> str:
    swept_first = sorted(overrides, key=lambda o: not any(mark in o for mark in ",("))
    return slug("_".join(swept_first))


# The first is cached, so that each job finds its sweep under the name that the whole command gave it.
OmegaConf.register_new_resolver("name_of_sweep", _name_of_sweep, use_cache=True, replace=True)
OmegaConf.register_new_resolver("name_of_job", lambda n, o: slug(f"{n}_{'_'.join(swept_overrides(o))}"), replace=True)
