"""The Hugging Face Hub: `hf://owner/name` addresses, and loading by them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from gan_lightning.core.address import HUB
from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.extras import import_extra
from gan_lightning.core.few import few
from gan_lightning.trained.folder import CONFIG, WEIGHTS
from gan_lightning.version import __version__

LOG_IN = "log in (`hf auth login`) or set HF_TOKEN"
_NAME = r"[A-Za-z0-9](?:[\w.-]{0,94}[A-Za-z0-9_])?"
_ADDRESS = re.compile(rf"({_NAME}/{_NAME})(?:@([\w./-]+))?", re.ASCII)
# Files that can hold code, or are code: pickles under their usual names, and sources.
_CODE = {".bin", ".ckpt", ".dill", ".joblib", ".npy", ".npz", ".pickle", ".pkl", ".pt", ".pt2", ".pth", ".py", ".so"}


class Address(NamedTuple):
    """A repository of models, and a branch, tag or commit of it; None is its main branch."""

    repository: str
    revision: str | None

    def __str__(self) -> str:
        return f"{HUB}{self.repository}" + (f"@{self.revision}" if self.revision else "")


def parse_address(text: str) -> Address:
    """The address of `hf://owner/name`, `hf://owner/name@revision`.

    Raises:
        UsageError: it is none.
    """
    found = _ADDRESS.fullmatch(text.removeprefix(HUB))
    if found is None or ".." in text or "--" in found[1]:
        raise UsageError(f"{text} is no model of the Hub: write {HUB}OWNER/NAME or {HUB}OWNER/NAME@REVISION")
    return Address(found[1], found[2])


def hub_library() -> Any:
    """The module `huggingface_hub`.

    Raises:
        UsageError: it is not installed.
    """
    return import_extra("huggingface_hub", "hub")


def hub_client() -> Any:
    """A client of the Hub: address, token and cache are those of `huggingface_hub` (HF_ENDPOINT, HF_TOKEN, HF_HOME).

    Raises:
        UsageError: `huggingface_hub` is not installed.
    """
    return hub_library().HfApi(library_name="gan_lightning", library_version=__version__)


def download(address: Address) -> Path:
    """Downloads `config.json` and `model.safetensors`, and nothing else, into the cache of `huggingface_hub`.

    Without a connection what was downloaded before is found again.

    Returns:
        Their folder.

    Raises:
        UsageError: the repository is not there, is private, holds no generator or holds files that can run code; there
            is no connection, or `huggingface_hub` is not installed.
    """
    client = hub_client()
    with explain_hub_errors(address):
        names = file_names(client, address)
        if names is not None:
            _check_files(address, names)
        folder = client.snapshot_download(
            address.repository, revision=address.revision, allow_patterns=[CONFIG, WEIGHTS]
        )
    return Path(folder)


def file_names(client: Any, address: Address) -> list[str] | None:
    """Names of the repository's files; None without a connection."""
    errors = hub_library().errors
    try:
        info = client.model_info(address.repository, revision=address.revision)
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
        raise
    except Exception:  # of the library's HTTP client, which is another one in each of its versions
        return None
    return [file.rfilename for file in info.siblings or []]


def _check_files(address: Address, names: list[str]) -> None:
    code = sorted(name for name in names if PurePosixPath(name).suffix.lower() in _CODE)
    if code:
        raise UsageError(
            f"{address} is refused: it holds files that can run code ({few(code)}); what gan_lightning exports are "
            f"{CONFIG} and {WEIGHTS}"
        )
    missing = [name for name in (CONFIG, WEIGHTS) if name not in names]
    if missing:
        raise UsageError(f"{address} holds no generator of gan_lightning: it has no {' and no '.join(missing)}")


@contextmanager
def explain_hub_errors(address: Address) -> Iterator[None]:
    """Inside the `with`, errors of `huggingface_hub` and of the network are raised as a `UsageError`."""
    try:
        yield
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(f"{address}: {_reason(error, address)}") from error


def _reason(error: Exception, address: Address) -> str:
    errors = hub_library().errors
    answer = getattr(error, "response", None) or getattr(error.__cause__, "response", None)  # of an upload: the cause's
    status = getattr(answer, "status_code", None)
    if isinstance(error, errors.GatedRepoError):
        return f"its owner asks you to accept terms: do so on its page, then {LOG_IN}"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"there is no revision {address.revision}"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"there is no such model, or it is private: {LOG_IN} with a token that may read it"
    if status == 401:
        return f"the token is not valid: {LOG_IN}"
    if status == 403:
        return f"the token may not do this: {LOG_IN} with one that may write to {address.repository.split('/')[0]}"
    if status is not None:
        return f"the Hub answered {status}: {first_line(error)}"
    if isinstance(error, OSError) and error.errno is not None and error.filename is not None:
        return f"can't write {error.filename}: {error.strerror}"
    if isinstance(error, errors.LocalEntryNotFoundError):
        return (
            "the Hub can't be reached, and the cache has no copy: connect once, without HF_HUB_OFFLINE, or copy an "
            'exported folder here and load("FOLDER")'
        )
    return f"the Hub can't be reached: connect, without HF_HUB_OFFLINE ({type(error).__name__}: {first_line(error)})"
