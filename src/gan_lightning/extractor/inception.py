"""The Inception network of 2015: features of FID, classes of the Inception score."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from gan_lightning.core.digest import sha256
from gan_lightning.core.errors import UsageError
from gan_lightning.core.extras import import_extra
from gan_lightning.core.given_path import given_path
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.pixels import convert_channels
from gan_lightning.extractor.inception_resize import RULES, Resize
from gan_lightning.extractor.network import NetworkExtractor
from gan_lightning.extractor.weights import state_dict

ORIGINAL = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
URL = "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth"
# The same bytes, as torch-fidelity and as pytorch-fid name them.
FILES = ("weights-inception-2015-12-05-6726825d.pth", "pt_inception-2015-12-05-6726825d.pth")
# Names of scores with the original weights, by the resizing. Others are called after the extractor.
PUBLISHED: dict[Resize, dict[str, str]] = {
    "tensorflow": {"frechet": "fid", "kid": "kid", "classifier_score": "inception_score"},
    "clean": {"frechet": "clean_fid", "kid": "clean_kid"},
}
# The layers from the input to the features, in order.
LAYERS = (
    *("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "MaxPool_1", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "MaxPool_2"),
    *("Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"),
    *("Mixed_7a", "Mixed_7b", "Mixed_7c", "AvgPool"),
)


class Inception(NetworkExtractor):
    """Pool3 features (2,048) and 1,008 classes of InceptionV3 as converted from TensorFlow for FID, by torch-fidelity.

    Only with the original weights, by their SHA-256, are scores called `fid`, `kid` and `inception_score`; with
    others of the same format they are `frechet/inception?<hash>`. The classes' logits are taken without the last
    layer's bias, as in Salimans et al. 2016.

    Code bases resize images differently, which moves the scores (Parmar et al. 2022, arXiv:2104.11222). Those of the
    original FID are called `fid`, clean-fid's `clean_fid`; with any other resizing the extractor's name says which.

    Args:
        weights: file of weights; None: torch's downloads, where the original is added if missing.
        batch_size: images in one forward pass.
        resize: `tensorflow` as the original FID and torch-fidelity, `clean` as clean-fid, `antialiased` as
            torchmetrics, `pytorch_fid` as that package.

    Raises:
        UsageError: torch-fidelity is not installed; or there are no weights, or of another format.
    """

    @validate_arguments
    def __init__(self, weights: str | None = None, batch_size: Count = 32, resize: Resize = "tensorflow") -> None:
        import_extra("torch_fidelity", "fid")
        path = _file(weights)
        digest = sha256(path)
        self.original, rule = digest == ORIGINAL, RULES[resize]
        self._published = PUBLISHED.get(resize, {}) if self.original else {}
        super().__init__(
            InceptionNetwork(path, rule.function),
            name=f"inception{rule.suffix}" + ("" if self.original else f"?{digest[:8]}"),
            weights=digest[:8],
            resize=rule.description,
            features=2048,
            batch_size=batch_size,
        )

    def score_name(self, kind: str) -> str:
        """See `Extractor.score_name`."""
        return self._published.get(kind) or super().score_name(kind)


class InceptionNetwork(nn.Module):
    """torch-fidelity's network with weights from a file.

    Args:
        path: of the file.
        prepare: float images of levels 0…255 [N, 3, H, W] → the network's input.

    Raises:
        UsageError: the file is of another format.
    """

    def __init__(self, path: Path, prepare: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self._prepare = prepare
        module = import_extra("torch_fidelity.feature_extractor_inceptionv3", "fid")
        state_dict(path)  # checked first, since torch-fidelity would execute a pickle
        try:
            with torch.random.fork_rng(devices=[]):  # the initial weights, soon overwritten, cost random numbers
                self.network = module.FeatureExtractorInceptionV3(
                    "inception-v3-compat", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(path)
                )
        except RuntimeError as error:
            raise UsageError(f"{path} holds weights of another network: give {' or '.join(FILES)}") from error

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Features [N, 2048] and logits [N, 1008] of images [N, 1 or 3, H, W] of levels 0…255."""
        x = self._prepare(convert_channels(images, 3).contiguous(memory_format=torch.contiguous_format))
        for name in LAYERS:
            x = self.network.get_submodule(name)(x)
        features = x.flatten(1)
        return features, features.mm(self.network.fc.weight.T)


def _file(given: str | None) -> Path:
    if given is not None:
        path = given_path(given, "metric.extractor.weights")
        if not path.is_file():
            raise UsageError(f"metric.extractor.weights={given}: no such file: give the path of {' or '.join(FILES)}")
        return path
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    for name in FILES:
        if (folder / name).is_file():
            return folder / name
    target = folder / FILES[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(URL, str(target), hash_prefix=ORIGINAL, progress=False)
    except (OSError, RuntimeError) as error:
        raise UsageError(
            f"Inception's weights could not be downloaded ({error}): fetch {URL} (or pytorch-fid's {FILES[1]}) where "
            "there is a network, and give metric.extractor.weights=FILE"
        ) from error
    return target
