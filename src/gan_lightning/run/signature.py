"""Signatures of configs that this user's own runs wrote, by a key that stays on this machine."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

_MARK = "# written here: "  # begins the last line of a signed text


def sign(text: str) -> str:
    """The text with a last line that only this user's key makes; unsigned where no key can be kept."""
    key = _key(create=True)
    return text if key is None else f"{text}{_MARK}{_digest(key, text)}\n"


def is_signed(text: str) -> bool:
    """True if this user's key signed the text, and nothing of it was changed since."""
    body, mark, digest = text.rpartition(_MARK)
    key = _key(create=False)
    return bool(mark) and key is not None and hmac.compare_digest(digest.strip().encode(), _digest(key, body).encode())


def _digest(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _key(create: bool) -> bytes | None:
    file = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "gan_lightning" / "key"
    try:
        if create and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            beside = file.with_name(f".key.{os.getpid()}")
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(secrets.token_bytes(32))
            try:
                os.link(beside, file)  # the first of two processes wins
            except FileExistsError:
                pass
            finally:
                beside.unlink()
        found = file.read_bytes()
    except (OSError, RuntimeError):  # no home folder, or one that can't be written
        return None
    return found if len(found) == 32 else None
