"""Files that are no arrays: their kind, and the way to train on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

TORCH = "a file of torch.save: save its tensor as an array, numpy.save('images.npy', tensor.numpy())"
IMAGE = "an image: give its folder, data=image_folder data.root={folder}"
KINDS = {
    b"\x93NUMPY": "a damaged array: make it anew",
    b"PK": "a damaged archive: make it anew",
    b"\x80": TORCH,
    b"\x89HDF": "an HDF5 file: save its array with numpy.save",
    b"PAR1": "a Parquet file: save its column with numpy.save",
    b"MATLAB": "a MATLAB file: save its array with numpy.save",
    b"\x1f\x8b": "a gzip file: unpack it",
    b"\x89PNG": IMAGE,
    b"\xff\xd8\xff": IMAGE,
}


def remedy_for(file: Path, members: Sequence[str] = ()) -> str:
    """The kind of a file and the way to train on it, as the end of a message: "it is ...: ...".

    Args:
        file: that is not an array.
        members: names in it, if it is an archive.
    """
    from gan_lightning.data.io.decode import suffixes  # Pillow, which commands that read no images do without

    names = [PurePosixPath(name) for name in members]
    if any(name.name == "data.pkl" for name in names):
        return f"it is {TORCH}"
    images = sum(name.suffix.lower() in suffixes() for name in names)
    if images:
        return f"{images:,} of {len(names):,} members are images: data=image_folder data.root={file}"
    try:
        with file.open("rb") as stream:
            begin = stream.read(8)
    except OSError as error:
        return f"it can't be opened ({error.strerror})"
    kind = next((kind for magic, kind in KINDS.items() if begin.startswith(magic)), None)
    if members or kind is None:
        return "numpy.save and numpy.savez write such files"
    return f"it is {kind.format(folder=file.parent)}"
