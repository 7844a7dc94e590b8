"""Check for a W&B login."""

from __future__ import annotations

import netrc
import os
from urllib.parse import urlsplit

import wandb


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
