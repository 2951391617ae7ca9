# SPDX-License-Identifier: GPL-3.0-or-later
"""What git's failures mean for a person. Pure: recorded messages in, errors out.

Git has one exit status for everything, so its English messages are what there is to go by. The
order matters: the first row whose pattern is found counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from binder_lite.errors import (
    BadSource,
    DiskFull,
    FetchFailed,
    HostUnreachable,
    LaunchError,
    LoginNeeded,
    NotWritable,
    RefNotFound,
    RepositoryNotFound,
    SourceRefused,
)
from binder_lite.process import CommandFailed
from binder_lite.sources.policy import NOT_OPENED, NOT_OPENED_REASON

# The server has the repository but not this way of asking: fetch more instead.
REFUSED = re.compile(
    r"Server does not allow request for unadvertised object"
    r"|dumb http transport does not support shallow"
    r"|does not support (?:shallow|--depth)"
    r"|no such remote ref [0-9a-f]{40}"
)


# What git says after every failure of ssh, whatever it was.
_TAIL = re.compile(
    r"fatal: Could not read from remote|Please make sure you have the correct|and the repository ex"
)


@dataclass(frozen=True, slots=True)
class _Row:
    pattern: re.Pattern[str]
    error: type[LaunchError]
    message: str
    hint: str


def _row(pattern: str, error: type[LaunchError], message: str, hint: str) -> _Row:
    return _Row(re.compile(pattern, re.IGNORECASE), error, message, hint)


_FREE = (
    "Free some space there, or choose another place with BINDER_LITE_DATA and BINDER_LITE_CACHE."
)
_MAY_BE_PRIVATE = (
    "Check the address for typing errors. If the repository is private, let git know your "
    "login (a credential helper or an ssh key), so that `git ls-remote {name}` works."
)
_ADDRESS = "Check the address for typing errors, and open it in a browser."
_NETWORK = "Check the address and this machine's network, then try again."
_ROWS = (
    _row(
        r"No space left on device|Disk quota exceeded|out of disk space",
        DiskFull, "The disk is full: {name} could not be written to {where}.", _FREE,
    ),
    _row(
        r"Read-only file system|(?:could not create|cannot mkdir|unable to (?:create|open)|"
        r"cannot create).*Permission denied|insufficient permission for adding an object",
        NotWritable, "{name} could not be written to {where}.",
        "Mend the permissions there, or choose another place with BINDER_LITE_DATA and "
        "BINDER_LITE_CACHE.",
    ),
    _row(
        rf"(?:returned error:|response|HTTP code|http:) {NOT_OPENED}\b|{NOT_OPENED_REASON}",
        SourceRefused, "{name} leads to a place that this server does not open.",
        "Give the address at which the repository is now, on the internet; or launch it on your "
        "own computer.",
    ),
    _row(
        r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED",
        LoginNeeded, "ssh does not know the host of {name}, or its key has changed.",
        "Connect to it once with ssh by hand and compare the key with what its owner publishes.",
    ),
    _row(
        r"Could not resolve host|unable to look up|Name or service not known"
        r"|Temporary failure in name resolution|nodename nor servname",
        HostUnreachable, "The host of {name} cannot be found.", _NETWORK,
    ),
    _row(
        r"SSL certificate|certificate verif|SSL_connect|gnutls_handshake|SSL routines",
        HostUnreachable, "No secure connection to the host of {name}: its certificate cannot "
        "be verified.",
        "Check the address and this machine's clock; for a private authority set SSL_CERT_FILE.",
    ),
    _row(
        r"Failed to connect|Couldn't connect|Connection (?:refused|timed out|reset)"
        r"|No route to host|Network is unreachable|unable to connect to|Operation too slow"
        r"|Operation timed out|Empty reply from server|returned error: 5\d\d|Proxy CONNECT aborted"
        r"|CONNECT tunnel failed|HTTP code \d+ from proxy after CONNECT",
        HostUnreachable, "The host of {name} does not answer.", _NETWORK,
    ),
    _row(
        r"could not read (?:Username|Password)|terminal prompts disabled",
        LoginNeeded, "{name} may not exist, or it is private: the host asks for a login.",
        _MAY_BE_PRIVATE,
    ),
    _row(
        r"Authentication failed|Invalid username or (?:password|token)|returned error: 40[13]"
        r"|Permission denied \((?:publickey|password|keyboard|gssapi)|HTTP Basic: Access denied",
        LoginNeeded, "The host did not accept the login for {name}.", _MAY_BE_PRIVATE,
    ),
    _row(
        r"Repository not found|repository '.*' not found|does not appear to be a git repository"
        r"|repository not exported|project you were looking for could not be found"
        r"|Could not find repository|returned error: 4(?:04|10)|not valid: is this a git repo",
        RepositoryNotFound, "There is no git repository at {name}.", _ADDRESS,
    ),
    _row(
        r"not our ref|couldn't find remote ref|no such remote ref|unadvertised object",
        RefNotFound, "{name} does not have the commit that was asked for.",
        "Check the commit's id; it may be only in a fork, or may have been removed.",
    ),
    _row(
        r"transport '.*' not allowed|strange (?:hostname|pathname|port)|bad line length character"
        r"|unable to find remote helper|unknown protocol|URL using bad/illegal format",
        BadSource, "{name} is not an address that git can fetch from.", _ADDRESS,
    ),
)  # fmt: skip


def explain(
    failed: CommandFailed, *, name: str, where: Path | None = None, phrase: str = ""
) -> LaunchError:
    """Return the error for a person that a failed git command means.

    ``name`` is the repository's public address, ``where`` what was being written to.
    """
    said = failed.text.replace(name.removesuffix(".git"), "")  # which may hold any word
    for row in _ROWS:
        if row.pattern.search(said):
            return row.error(
                row.message.format(name=name, where=where or "the disk"),
                hint=row.hint.format(name=name),
                details=failed.details(),
            )
    last = next(
        (line for line in reversed(failed.last_lines) if line.strip() and not _TAIL.match(line)), ""
    )
    reason = last.removeprefix("fatal: ").removeprefix("error: ").rstrip(". ")
    return FetchFailed(
        f"{phrase or 'Git could not fetch'} {name}" + (f": {reason}." if reason else "."),
        hint="The last lines of its output may tell more. Try again; if it fails again, try "
        "`git clone` by hand.",
        details=failed.details(),
    )
