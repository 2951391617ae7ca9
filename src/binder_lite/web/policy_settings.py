# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's settings → the policy of sources. Pure."""

from __future__ import annotations

from binder_lite.hub.settings import ServerSettings
from binder_lite.sources.policy import Policy


def policy_of(settings: ServerSettings) -> Policy:
    """Return what this server opens."""
    sources = settings.sources
    return Policy(
        allow=sources.allow,
        deny=sources.deny,
        private_addresses=sources.private_addresses,
        local_files=sources.local_files,
    )
