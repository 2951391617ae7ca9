# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's own login at their forge, for private repositories there and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from binder_lite.hub.accounts import account_in
from binder_lite.sources.model import Login, Source
from binder_lite.web.hub_client import HubClient
from binder_lite.web.people import Asker, Person

# The forges take a token as the password; the name says no more than that it is one.
_USER = "oauth2"


class Logins:
    """Finds what JupyterHub's login kept of a person's account, if the service may see it."""

    def __init__(self, hub: HubClient) -> None:
        self._hub = hub

    async def find(self, asker: Asker, source: Source) -> Login | None:
        """Return the login for this source; ``None`` when it is not at the person's forge.

        A program that has somebody's API token does not get at that person's repositories.
        """
        address = urlsplit(source.url or "")
        if not isinstance(asker, Person) or asker.by_token or address.scheme != "https":
            return None
        account = account_in(dict(await self._hub.auth_state(asker.name)))
        if account is None or not account.token or address.netloc.lower() != account.forge.lower():
            return None
        return Login(_USER, account.token)
