from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.run.checkpoint_integrity import verify_checksums
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO

CHECKPOINT = {"state_dict": {"w": torch.arange(1000.0)}, "global_step": 7}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    AtomicCheckpointIO().save_checkpoint(CHECKPOINT, tmp_path / "checkpoints" / "last.ckpt")
    return tmp_path / "checkpoints" / "last.ckpt"


def test_loads_as_saved_and_leaves_no_other_file(path: Path) -> None:
    loaded = AtomicCheckpointIO().load_checkpoint(path)
    assert torch.equal(loaded["state_dict"]["w"], CHECKPOINT["state_dict"]["w"])  # type: ignore[index]
    assert [p.name for p in path.parent.iterdir()] == ["last.ckpt"]


def test_every_flipped_bit_of_the_weights_is_found(path: Path) -> None:
    whole = path.read_bytes()
    payload = CHECKPOINT["state_dict"]["w"].numpy().tobytes()  # type: ignore[index]
    start = whole.index(payload)
    chance = random.Random(0)
    for _ in range(50):
        damaged = bytearray(whole)
        damaged[start + chance.randrange(len(payload))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(UsageError, match=r"damaged: the checksum of .*data/0 is wrong"):
            AtomicCheckpointIO().load_checkpoint(path)


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.99])
def test_truncated_and_empty_files_are_found(path: Path, keep: float) -> None:
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    with pytest.raises(UsageError, match="damaged or no checkpoint"):
        verify_checksums(path)


def test_wrong_and_missing_files_are_found(path: Path) -> None:
    torch.save([1, 2], path)
    with pytest.raises(UsageError, match="holds no state_dict"):
        AtomicCheckpointIO().load_checkpoint(path)
    with pytest.raises(UsageError, match="does not exist"):
        AtomicCheckpointIO().load_checkpoint(path.parent / "first.ckpt")


class Malice:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch malice",)


def test_an_untrusted_file_runs_no_code(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    torch.save({"state_dict": Malice()}, path)
    with pytest.raises(UsageError, match="not a checkpoint of this program"):
        AtomicCheckpointIO().load_checkpoint(path)
    assert not (path.parent / "malice").exists()


def test_a_failed_write_leaves_the_file_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(checkpoint: object, file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(UsageError, match=r"No space left on device.*the one before it is whole"):
        AtomicCheckpointIO().save_checkpoint(CHECKPOINT, path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["last.ckpt"]


def test_flips_in_every_region_are_refused_or_mean_nothing(tmp_path: Path) -> None:
    """Names, directory, headers and padding included; a seeded part of all bits."""
    small, path = {"state_dict": {"w": torch.arange(5.0)}, "global_step": 7}, tmp_path / "small.ckpt"
    AtomicCheckpointIO().save_checkpoint(small, path)
    whole, chance, refused = path.read_bytes(), random.Random(0), 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            loaded = AtomicCheckpointIO().load_checkpoint(path)
        except UsageError:
            refused += 1
        else:
            assert loaded["global_step"] == 7
            assert torch.equal(loaded["state_dict"]["w"], torch.arange(5.0))
    assert refused > len(whole) // 3


@pytest.mark.parametrize("flip", [(b"data.pkl", 0x80), (b"PK\x01\x02", 0x20), (b"version", 0x80)])
def test_names_that_are_no_text_are_refused(path: Path, flip: tuple[bytes, int]) -> None:
    whole = path.read_bytes()
    for place in range(len(whole)):
        if whole.startswith(flip[0], place):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ flip[1]]) + whole[place + 1 :])
            with pytest.raises(UsageError, match="damaged or no checkpoint"):
                AtomicCheckpointIO().load_checkpoint(path)


def test_a_record_that_is_marked_as_a_folder_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    entry = whole.rindex(b"PK\x01\x02", 0, whole.rindex(b"data/0"))
    path.write_bytes(whole[: entry + 38] + bytes([whole[entry + 38] ^ 0x10]) + whole[entry + 39 :])
    with pytest.raises(UsageError, match="data/0 is compressed or a folder"):
        AtomicCheckpointIO().load_checkpoint(path)
