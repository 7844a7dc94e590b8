"""Loading a trained generator in one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from gan_lightning.config.trust import trusting
from gan_lightning.core.errors import UsageError
from gan_lightning.export.folder import WEIGHTS, read_folder
from gan_lightning.export.generator import LoadedGenerator
from gan_lightning.export.hub import SCHEME as HUB
from gan_lightning.export.hub import download, parse_address
from gan_lightning.export.zoo import SCHEME as ZOO
from gan_lightning.export.zoo import find_in_zoo
from gan_lightning.run.directory import CONFIG
from gan_lightning.sample.load import TrainedGenerator, load_generator


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
        return LoadedGenerator(_trained(source, ema, device))


def _trained(source: str | Path, ema: bool, device: torch.device | str) -> TrainedGenerator:
    if isinstance(source, str) and source.startswith(HUB):
        return read_folder(download(parse_address(source)), device)
    if isinstance(source, str) and source.startswith(ZOO):
        return read_folder(find_in_zoo(source.removeprefix(ZOO)), device)
    path = Path(source).expanduser()
    if path.is_file() and path.name == WEIGHTS:
        path = path.parent
    if path.is_file():
        return load_generator(checkpoint=str(path), averaged=ema, device=device)
    if (path / CONFIG).is_file():
        return load_generator(str(path), averaged=ema, device=device)
    if path.is_dir():
        return read_folder(path, device)
    raise UsageError(f"load: {source} is no run directory, checkpoint file or exported folder")
