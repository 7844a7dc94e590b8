"""Loading a trained generator in one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from gan_lightning.config.trust import trusting
from gan_lightning.export.generator import LoadedGenerator
from gan_lightning.trained.source import load_source


def load(
    source: str | Path, *, ema: bool = True, device: torch.device | str = "cpu", trust: Sequence[str] = ()
) -> LoadedGenerator:
    """Loads a trained generator, without its data and its critic.

        generator = gan_lightning.load("runs/NAME")
        images = generator.sample(16, seed=3)

    Args:
        source: a run directory, for its last checkpoint; a checkpoint file with the run's config beside it or in the
            directory above; a folder that `python -m gan_lightning.export format=safetensors` wrote; or one that was
            pushed to the Hugging Face Hub, `hf://owner/name` or `hf://owner/name@revision`; or one
            of the zoo, `zoo:digits`.
        ema: the averaged weights of a run; an exported folder has one kind, and this is ignored.
        device: of the weights.
        trust: modules or packages whose networks may be built, beside those of gan_lightning.

    Raises:
        UsageError: there is no such generator, a file is damaged or does not fit its config, or the config names a
            class that is not a generator of this package; or the Hub can't be reached.
    """
    with trusting([trust] if isinstance(trust, str) else trust):
        return LoadedGenerator(load_source(source, averaged=ema, device=device))
