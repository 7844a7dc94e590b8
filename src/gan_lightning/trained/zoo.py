"""The zoo: small trained generators in `zoo/` of the repository, by name and checked by their SHA-256."""

from __future__ import annotations

import json
from pathlib import Path

from gan_lightning.core.address import ZOO
from gan_lightning.core.digest import sha256
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.paths import cache_dir, relative_to_cwd

INDEX = Path(__file__).with_name("zoo.json")  # {name: {file: SHA-256}}, in the wheel; the files themselves are not
CHECKOUT = Path(__file__).parents[3] / "zoo"


def read_index() -> dict[str, dict[str, str]]:
    """SHA-256 of the files of each generator, by name."""
    index: dict[str, dict[str, str]] = json.loads(INDEX.read_text(encoding="utf-8"))
    return index


def find_in_zoo(address: str) -> Path:
    """The exported folder of `zoo:NAME`: in the checkout, in ./zoo or in the cache, whichever is first.

    Raises:
        UsageError: there is no such generator, its folder is not on this machine, or its files are others.
    """
    index, name = read_index(), address.removeprefix(ZOO)
    if name not in index:
        raise UsageError(f"{address} is not in the zoo: {did_you_mean(name, index)}")
    places = [CHECKOUT, Path("zoo"), cache_dir() / "zoo"]
    folder = next((place / name for place in places if (place / name).is_dir()), None)
    if folder is None:
        raise UsageError(
            f"{address} is not here, since packages come without the zoo: copy the folder zoo/{name} of "
            f"gan_lightning's repository to zoo/{name} or {cache_dir() / 'zoo' / name}"
        )
    for file, digest in index[name].items():
        path = folder / file
        if not path.is_file() or sha256(path) != digest:
            where = relative_to_cwd(path)
            raise UsageError(
                f"{where} is not the file that gan_lightning's index names (SHA-256 {digest[:12]}…): copy the folder "
                f'again, or load it as it is, load("{relative_to_cwd(folder)}")'
            )
    return folder
