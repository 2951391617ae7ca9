# SPDX-License-Identifier: GPL-3.0-or-later
"""What Guix says while it looks for substitutes and fetches channels, as events. Pure.

The wording is that of (guix substitutes), `guix substitute` and (guix channels).
"""

from __future__ import annotations

import re

from binder_lite.engines.guix.said import host_of
from binder_lite.events import Event, Message, Progress, Warn

_LOOKING = re.compile(
    r"^substitute: ?(?:looking for substitutes on '(?P<url>[^']+)'\.\.\. +"
    r"(?P<percent>\d{1,3})\.\d%)?$"
)
SILENT_SERVER = re.compile(
    r"guix substitute: warning: (?P<host>[^\s:]+): (?:host not found|connection failed"
    r"|TLS connection failed): (?P<why>.+)$"
)
UPDATING_CHANNEL = re.compile(
    r"^Updating channel '(?P<name>[^']+)' from Git repository at '(?P<url>.+)'"
)
_AUTHENTICATING = re.compile(
    r"^Authenticating channel '(?P<name>[^']+)', commits \S+ to \S+ "
    r"\((?P<new>[\d,]+ new commits?)\)"
)


def fetching_event(line: str) -> Event | None:
    """Return the event that a line stands for, if it is such a one."""
    if found := SILENT_SERVER.search(line):
        text = f"The substitute server {found['host']} does not answer: {found['why']}."
        return Warn("building", text)
    if found := _LOOKING.match(line):
        where = f" on {host_of(found['url'])}" if found["url"] else ""
        percent = int(found["percent"] or 0)
        return Progress("building", f"Looking for substitutes{where}", percent, 100, "%")
    if found := UPDATING_CHANNEL.match(line):
        return Message("building", f"Fetching the channel {found['name']} from {found['url']}.")
    if found := _AUTHENTICATING.match(line):
        text = f"Authenticating the channel {found['name']}: {found['new']}."
        return Message("building", text)
    return None
