"""`push=owner/name`: an exported folder as a model of the Hugging Face Hub."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few
from gan_lightning.export.aotinductor import PACKAGE
from gan_lightning.export.card import CARD, PICTURE
from gan_lightning.export.html_page import PAGE
from gan_lightning.export.onnx import ONNX
from gan_lightning.export.program import PROGRAM
from gan_lightning.export.recipe import RECIPE
from gan_lightning.trained.folder import CONFIG, WEIGHTS
from gan_lightning.trained.hub import LOG_IN, Address, explain_hub_errors, hub_client, hub_library, parse_address

PUSHED = (CONFIG, WEIGHTS, CARD, PICTURE, RECIPE, ONNX, PAGE)
# What a repository without a generator may hold: what the website puts there.
_OF_THE_SITE = {".gitattributes", CARD, "LICENSE", "LICENSE.md", "LICENSE.txt"}


def check_push(push: str, formats: Sequence[str], *, private: bool) -> Address:
    """The address to push to, checked before anything is exported or pushed.

    Args:
        push: owner/name.
        formats: that are exported.
        private: the repository is to be private.

    Raises:
        UsageError: it is no address, there is no valid token, the repository is of something else, is public although
            a private one is asked for, or formats are missing or can't be shared; the Hub can't be reached, or
            `huggingface_hub` is not installed.
    """
    address = parse_address(push)
    if address.revision is not None:
        raise UsageError(f"push={push}: write OWNER/NAME alone; a push is a new commit of its main branch")
    if "safetensors" not in formats:
        raise UsageError("push=... takes the weights: add safetensors to format=[...]")
    for name, file in (("program", PROGRAM), ("aotinductor", PACKAGE)):
        if name in formats:
            raise UsageError(f"push=... takes no format={name}: {file} can hold code, and hf:// refuses that")
    if hub_library().get_token() is None:
        raise UsageError(f"push={push} takes a token of the Hub that may write: {LOG_IN}")
    client = hub_client()
    with explain_hub_errors(address):
        client.whoami()
        _check_repository(client, address, private=private)
    return address


def push_folder(folder: Path, address: Address, *, title: str, private: bool) -> str:
    """Pushes an exported folder in one commit, and removes what an earlier export had and this one lacks.

    Returns:
        The commit's address on the web.

    Raises:
        UsageError: the Hub can't be reached or refuses; its repository then is as it was, or new and empty.
    """
    library, client = hub_library(), hub_client()
    files = [name for name in PUSHED if (folder / name).is_file()]
    with explain_hub_errors(address):
        client.create_repo(address.repository, private=private or None, exist_ok=True)
        there = {file.rfilename for file in client.model_info(address.repository).siblings or []}
        operations = [library.CommitOperationAdd(path_in_repo=name, path_or_fileobj=folder / name) for name in files]
        operations += [
            library.CommitOperationDelete(path_in_repo=name) for name in PUSHED if name in there and name not in files
        ]
        commit = client.create_commit(address.repository, operations, commit_message=f"Push {title} by gan_lightning")
    return str(commit.commit_url)


def _check_repository(client: Any, address: Address, *, private: bool) -> None:
    try:
        info = client.model_info(address.repository)
    except hub_library().errors.RepositoryNotFoundError:
        return
    if private and not info.private:
        raise UsageError(f"{address} is there and public: choose another name, or leave private=true out")
    names = [file.rfilename for file in info.siblings or []]
    if CONFIG in names:
        file = client.hf_hub_download(address.repository, CONFIG, revision=info.sha)
        if not _is_ours(Path(file)):
            raise UsageError(f"{address} is another library's model: push to a new name")
    elif others := sorted(set(names) - _OF_THE_SITE):
        raise UsageError(f"{address} holds other files ({few(others)}): push to a new name")


def _is_ours(file: Path) -> bool:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(config, dict) and config.get("library") == "gan_lightning"
