"""Whether there is a W&B account to send to."""

from __future__ import annotations

import netrc
import os
from urllib.parse import urlsplit

import wandb


def has_wandb_login() -> bool:
    """Whether W&B would find credentials without asking for them."""
    settings = wandb.setup().settings
    if settings.api_key or getattr(settings, "identity_token_file", None):
        return True
    try:
        known = netrc.netrc(os.environ.get("NETRC"))
    except (FileNotFoundError, netrc.NetrcParseError):
        return False
    return known.authenticators(urlsplit(settings.base_url).hostname or "") is not None
