"""Names of ImageNet's classes, whose folders are called by WordNet numbers such as n01443537."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

SYNSET = re.compile(r"n\d{8}")
FILES = ("words.txt", "LOC_synset_mapping.txt")  # of Tiny ImageNet, of ImageNet: number and words in each line


def synset_names(folders: Sequence[str], root: Path) -> dict[str, str]:
    """The name of each folder's class: its first word in the data set's list, if there is one at or above the root.

    Folders that are not all called by such numbers keep their names, as does one that the list lacks. Of classes with
    the same word (the two cranes) the number stands behind it.
    """
    names = {folder: folder for folder in folders}
    if not folders or not all(map(SYNSET.fullmatch, folders)):
        return names
    lists = [place / file for place in (root, root.parent, root.parent.parent) for file in FILES]
    found = next((file for file in lists if file.is_file()), None)
    if found is None:
        return names
    for line in found.read_text(encoding="utf-8", errors="replace").splitlines():
        number, _, words = line.strip().replace("\t", " ").partition(" ")
        if number in names and words.strip():
            names[number] = words.partition(",")[0].strip()
    alike = Counter(names.values())
    return {folder: name if alike[name] == 1 else f"{name} {folder}" for folder, name in names.items()}
