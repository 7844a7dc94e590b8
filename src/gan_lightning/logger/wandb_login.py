"""The mode of W&B, online where there is a login."""

from __future__ import annotations

import netrc
import os
from urllib.parse import urlsplit

import wandb

from gan_lightning.core.errors import UsageError, did_you_mean

MODES = ("online", "offline", "disabled")


def has_wandb_login() -> bool:
    """True if W&B finds credentials without a prompt."""
    settings = wandb.setup().settings
    if settings.api_key or getattr(settings, "identity_token_file", None):
        return True
    try:
        entries = netrc.netrc(os.environ.get("NETRC"))
    except (FileNotFoundError, netrc.NetrcParseError):
        return False
    return entries.authenticators(urlsplit(settings.base_url).hostname or "") is not None


def wandb_mode(offline: bool | None) -> str:
    """W&B's mode: as typed, else WANDB_MODE, else offline.

    Raises:
        UsageError: there is no such mode, or no login to go online.
    """
    mode = os.environ.get("WANDB_MODE") or "offline"
    mode = {"dryrun": "offline", "run": "online"}.get(mode, mode)  # its old words
    if offline is not None:
        mode = "offline" if offline else "online"
    if mode not in MODES:
        raise UsageError(f"WANDB_MODE={mode}: {did_you_mean(mode, MODES)}")
    if mode == "online" and not has_wandb_login():
        raise UsageError(
            f"{'WANDB_MODE=online' if offline is None else 'logger.wandb.offline=false'} needs a W&B login: type "
            "`wandb login`, or set WANDB_API_KEY, or take logger.wandb.offline=true and upload the run later with "
            "`wandb sync`"
        )
    return mode
