# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository's branches and tags, for the page's suggestions."""

from __future__ import annotations

import asyncio
import time

from binder_lite.errors import HostUnreachable
from binder_lite.events import printable
from binder_lite.process import CommandFailed, check
from binder_lite.sources.git_commands import Remote, ls_remote_command, person_environment
from binder_lite.sources.git_errors import explain
from binder_lite.sources.model import Source
from binder_lite.sources.policy import Policy, check_addresses, check_source
from binder_lite.sources.refs import Refs, parse_refs

_ANSWER_SECONDS = 20
_KEEP_SECONDS = 60
_MOST_KEPT = 500
_AT_ONCE = 8


class RefsLookup:
    """Asks repositories for their refs, each at most once a minute.

    Without anybody's login: what is private shows no branches to strangers.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._found: dict[str, tuple[float, Refs]] = {}
        self._asking = asyncio.Semaphore(_AT_ONCE)

    async def find(self, source: Source) -> Refs:
        """Return the refs. Raises ``SourceRefused`` and what :func:`.git.resolve` does."""
        url = source.url or ""
        if not check_source(source, self._policy):
            await check_addresses(url)
        at, refs = self._found.get(url, (float("-inf"), None))
        if refs is not None and time.monotonic() - at < _KEEP_SECONDS:
            return refs
        remote = Remote(url, printable(url), person_environment(url, None))
        try:
            async with self._asking, asyncio.timeout(_ANSWER_SECONDS):
                refs = parse_refs(await check(ls_remote_command(remote)))
        except TimeoutError:
            raise HostUnreachable(
                f"The host of {remote.name} did not answer within {_ANSWER_SECONDS} s.",
                hint="Check the address, then try again.",
            ) from None
        except CommandFailed as failed:
            raise explain(failed, name=remote.name) from failed
        if len(self._found) >= _MOST_KEPT:
            self._found.clear()
        self._found[url] = (time.monotonic(), refs)
        return refs
