"""Inception with weights made up here, in the format of the original's file."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.core.digest import sha256
from gan_lightning.core.errors import UsageError
from gan_lightning.extractor import Inception, inception

pytest.importorskip("torch_fidelity")

from torch_fidelity import feature_extractor_inceptionv3 as fidelity
from torchmetrics.image.fid import NoTrainInceptionV3

FEATURES = ["2048", "logits_unbiased"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fidelity, "load_state_dict_from_url", lambda *_, **__: {})
        patch.setattr(fidelity.FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        network = fidelity.FeatureExtractorInceptionV3("x", FEATURES)
    chance = torch.Generator().manual_seed(0)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=chance)
    path = tmp_path_factory.mktemp("weights") / "made_up.pth"
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def extract(weights: Path) -> Inception:
    return Inception(str(weights), batch_size=2)


def images(channels: int, count: int = 3) -> Tensor:
    return torch.randint(0, 256, (count, channels, 20, 20), dtype=torch.uint8)


@pytest.mark.training
def test_sees_what_torch_fidelity_and_torchmetrics_see(weights: Path, extract: Inception) -> None:
    given = images(3)
    features, probabilities = extract(given)
    assert features.shape == (3, extract.features) == (3, 2048)
    assert features.std() > 0.1
    assert probabilities is not None
    theirs = fidelity.FeatureExtractorInceptionV3("x", FEATURES, feature_extractor_weights_path=str(weights))(given)
    torch.testing.assert_close(features, theirs[0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(probabilities, theirs[1].softmax(1), rtol=1e-3, atol=1e-6)
    metrics = NoTrainInceptionV3("x", FEATURES, str(weights), antialias=False)._torch_fidelity_forward(given)
    torch.testing.assert_close(features, metrics[0], rtol=1e-4, atol=1e-4)


@pytest.mark.training
def test_grey_is_repeated(extract: Inception) -> None:
    grey = images(1, 2)
    assert torch.equal(extract(grey).features, extract(grey.expand(-1, 3, -1, -1)).features)


@pytest.mark.training
def test_only_the_original_is_called_fid(weights: Path, extract: Inception, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = sha256(weights)
    assert (extract.weights, extract.name) == (digest[:8], f"inception?{digest[:8]}")
    assert extract.score_name("frechet") == f"frechet/inception?{digest[:8]}"
    assert extract.score_name("classifier_score") == f"classifier_score/inception?{digest[:8]}"
    monkeypatch.setattr(inception, "ORIGINAL", digest)
    original = Inception(str(weights))
    assert [original.score_name(kind) for kind in ("frechet", "kid", "classifier_score", "precision")] == [
        "fid",
        "kid",
        "inception_score",
        "precision/inception",
    ]


def test_the_original_is_known_by_the_hash_in_its_names() -> None:
    assert all(inception.ORIGINAL[:8] in name for name in (*inception.FILES, inception.URL))


@pytest.mark.training
def test_finds_the_file_among_torchs_downloads(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "pt_inception-2015-12-05-6726825d.pth").symlink_to(weights)
    assert Inception().weights == sha256(weights)[:8]


def test_says_where_to_get_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def no_network(*_: object, **__: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    with pytest.raises(UsageError, match=r"no route.*fetch https://.*6726825d.pth.*give metric.extractor.weights=FILE"):
        Inception()
    with pytest.raises(
        UsageError, match=r"extractor.weights=nowhere.pth: no such file: give the path of weights-incep"
    ):
        Inception("nowhere.pth")


def test_refuses_other_files_without_executing_them(tmp_path: Path) -> None:
    executable, other, text = tmp_path / "executable.pth", tmp_path / "other.pth", tmp_path / "text.pth"
    torch.save({"x": SimpleNamespace()}, executable)
    torch.save({"x": torch.zeros(1)}, other)
    text.write_text("no weights")
    with pytest.raises(UsageError, match=r"executable.pth holds no weights that can be read safely"):
        Inception(str(executable))
    with pytest.raises(UsageError, match=r"text.pth holds no weights that can be read safely"):
        Inception(str(text))
    with pytest.raises(UsageError, match=r"other.pth holds weights of another network"):
        Inception(str(other))


def test_refuses_without_torch_fidelity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    with pytest.raises(UsageError, match=r'torch_fidelity is not installed: pip install "gan_lightning\[fid\]"'):
        Inception()
