"""Encoders of levels: that of the digits, training one, files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.pixels import to_float
from gan_lightning.extractor import train_encoder
from gan_lightning.extractor.level_encoder import TrainedEncoder, load_encoder, save_encoder
from gan_lightning.nn.level_encoder import ConvolutionalEncoder


@pytest.fixture(scope="module")
def data() -> Mnist5k:
    data = Mnist5k()
    data.setup()
    return data


def test_the_encoder_of_the_digits_reads_held_out_ones(data: Mnist5k) -> None:
    before = torch.get_rng_state()
    encoder = TrainedEncoder()
    assert torch.equal(before, torch.get_rng_state()), "initial weights of a run would depend on it"
    with torch.no_grad():
        image, features, logits = encoder(to_float(data.held_out.rows))
    assert image.shape == (500, 1, 28, 28)
    assert (logits.argmax(1) == data.held_out.labels).double().mean() >= 0.98
    assert features.shape == (500, 64)
    assert 0.8 < features.std(0).min() < features.std(0).max() < 1.4
    assert features.mean(0).abs().mean() < 0.3  # of digits that are neither turned nor moved, as in training


def test_levels_of_any_number_and_size() -> None:
    encoder = ConvolutionalEncoder(shape=(3, 16, 24), classes=5, features=[12, 7], width=4)
    assert [tuple(level.shape) for level in encoder(torch.zeros(2, 3, 16, 24))] == [
        (2, 3, 16, 24),
        (2, 12),
        (2, 7),
        (2, 5),
    ]
    assert not any(layer.training for layer in encoder.train().modules())


def test_norms_become_part_of_linear_layers() -> None:
    torch.manual_seed(0)
    encoder = ConvolutionalEncoder(shape=(1, 8, 8), classes=3, features=[6, 5], width=4)
    normalized = train_encoder.NormalizedEncoder(encoder)
    images = torch.rand(50, 1, 8, 8) * 255
    normalized(images)  # which moves the running statistics
    features, logits = normalized.eval()(images)
    levels = normalized.folded()(images / 127.5 - 1)
    torch.testing.assert_close(levels[2], features)
    torch.testing.assert_close(levels[3], logits)


@pytest.mark.training
def test_the_command_writes_an_encoder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "encoder.pt"
    threads = torch.get_num_threads()
    try:
        train_encoder.main([str(file), "data=mnist5k", "data.size=14", "--epochs", "2", "--features", "16", "8"])
    finally:
        torch.set_num_threads(threads)
    said = capsys.readouterr().out
    assert said.endswith("of 500 held-out images right\n")
    assert float(said.split("% of")[0].split()[-1]) > 60
    encoder = load_encoder(str(file))
    assert (encoder.shape, encoder.features, encoder.classes) == ((1, 14, 14), (16, 8), 10)
    save_encoder(encoder, tmp_path / "again.pt")
    again = TrainedEncoder(str(tmp_path / "again.pt"))
    assert all(map(torch.equal, encoder.state_dict().values(), again.state_dict().values()))


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^objective.encoder.weights=gone.pt: no such file: python -m gan_lightning"):
        TrainedEncoder("gone.pt")
    (tmp_path / "other.pt").write_bytes(b"not an encoder")
    with pytest.raises(UsageError, match=r"other.pt holds no encoder: python -m .*train_encoder FILE data=NAME makes"):
        TrainedEncoder(str(tmp_path / "other.pt"))
    torch.save({"weights": {}}, tmp_path / "other.pt")
    with pytest.raises(UsageError, match="holds no encoder"):
        TrainedEncoder(str(tmp_path / "other.pt"))
    with pytest.raises(SystemExit) as ended:
        train_encoder.main([str(tmp_path / "points.pt"), "data=swiss_roll"])
    assert ended.value.code == 1
    assert not (tmp_path / "points.pt").exists()
