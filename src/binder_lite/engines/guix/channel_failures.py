# SPDX-License-Identifier: GPL-3.0-or-later
"""Why `guix time-machine` could not make the Guix that a file of channels names. Pure."""

from __future__ import annotations

import re

from binder_lite.engines.guix.build_failures import all_of_it, find_failed, reason
from binder_lite.engines.guix.fetching import UPDATING_CHANNEL
from binder_lite.engines.guix.said import Said
from binder_lite.errors import ChannelFailed

_GIT = re.compile(r"^(?:Git error: |cannot fetch .+?: )(?P<why>.+)$")
_GIT_THROWN = re.compile(r"#<<git-error> code: -?\d+ message: \"(?P<why>[^\"]+)\"")
_NO_COMMIT = re.compile(r"^object not found - no match for id \((?P<commit>\w+)\)$")
_SIGNER = re.compile(
    r"^initial commit (?P<commit>\w+) is signed by '(?P<found>[^']+)' instead of '(?P<named>.+)'$"
)
_UNAUTHENTIC = re.compile(
    r"^(?:commit (?P<commit>\w+) (?P<why>lacks a signature|has an? .+ signature|not signed by an "
    r"authorized key.*|is not a descendant of introductory commit \w+|attempts to .+)"
    r"|signature verification failed for commit .+|could not authenticate commit .+)$"
)
_NOT_INTRODUCED = re.compile(r"^channel '(?P<name>[^']+)' lacks an introduction")
_TOO_OLD = re.compile(r"^cannot travel past commit ")
_NO_GUIX = re.compile(r"^'guix' channel is lacking$")
_CHECK = "Check the network connection, and the channel's address in {file}; then launch again."
_PUBLISHED = (
    "the introduction that its authors publish; for Guix's own, `guix describe --format=channels` "
    "prints it."
)


def channel_failed(said: Said, file: str) -> ChannelFailed:
    """Return the error of the channels that ``file`` names."""
    updated = [found for found in map(UPDATING_CHANNEL.match, said.lines) if found]
    name = f"The channel {updated[-1]['name']}" if updated else "A channel"
    where = f" from {updated[-1]['url']}" if updated else ""
    error = said.error
    thrown = _GIT_THROWN.search(said.text) if said.uncaught else None
    if found := _GIT.match(error) or thrown:
        if missing := _NO_COMMIT.match(found["why"]):
            return ChannelFailed(
                f"{name}{where} has no commit {missing['commit']}.",
                hint=f"Correct the commit in {file}, or the one of the introduction.",
            )
        return ChannelFailed(
            f"{name} could not be fetched{where}: {found['why'].rstrip('.')}.",
            hint=_CHECK.format(file=file),
        )
    return _not_authentic(name, error, file) or _unusable(error, said, file)


def _not_authentic(name: str, error: str, file: str) -> ChannelFailed | None:
    if found := _SIGNER.match(error):
        return ChannelFailed(
            f"{name} is not the one that {file} introduces: its commit {found['commit'][:12]} is "
            f"signed by {found['found']}, and not by {found['named']}.",
            hint=f"Do not go on before you know why. Name {_PUBLISHED}",
        )
    if found := _UNAUTHENTIC.match(error):
        why = f"commit {found['commit'][:12]} {found['why']}" if found["commit"] else error
        return ChannelFailed(
            f"{name} cannot be authenticated: {why.replace(' not signed', ' is not signed')}.",
            hint=f"Name a commit in {file} that the channel's authors have signed, and the "
            "introduction that they publish.",
        )
    if found := _NOT_INTRODUCED.match(error):
        return ChannelFailed(
            f"The channel {found['name']} cannot be authenticated: {file} does not introduce it.",
            hint=f"Add {_PUBLISHED}",
        )
    return None


def _unusable(error: str, said: Said, file: str) -> ChannelFailed:
    if _TOO_OLD.match(error):
        return ChannelFailed(
            f"The Guix that {file} names is older than May 2019, or none of Guix's own history.",
            hint="Name a later commit: `guix time-machine` goes no further back.",
        )
    if _NO_GUIX.match(error):
        return ChannelFailed(
            f"{file} does not list Guix's own channel.",
            hint="Add the channel named guix, as `guix describe --format=channels` prints it.",
        )
    if failed := find_failed(said):
        return ChannelFailed(
            f"The Guix that {file} names could not be built: {failed.name} failed "
            f"({reason(failed)}).",
            hint="Its channels may not go together: name commits of the same time."
            f"{all_of_it(failed)}",
        )
    told = error.rstrip(".") or "it does not say why"
    return ChannelFailed(
        f"The Guix that {file} names could not be made: {told}.", hint="The log says why."
    )
