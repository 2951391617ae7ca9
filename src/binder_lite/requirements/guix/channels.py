# SPDX-License-Identifier: GPL-3.0-or-later
"""Guix's channels: what they are, which are Guix itself, and how Guix's own programs write them.

A channel is code that runs when Guix uses it, and an attacker's channel authenticates with its own
introduction. So whoever gives Guix the channels of a repository looks at every one first, and then
gives it what :func:`write_channels` makes of those, not the file that they were read from (that is
read in `guix/channels_text.py`).

The fields are those of `<channel>` in guix/channels.scm of Guix 1.5.0, the source of what is said
below where no other is named. Channels that a channel depends on in turn (`.guix-channel` in its
repository) are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from binder_lite.requirements.guix.text import NotPlain

# Narrower than Scheme's: the name becomes part of a path in Guix's cache (`authenticate-channel`).
CHANNEL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._+-]*")
_COMMIT = re.compile(r"[0-9a-fA-F]{40}")


@dataclass(frozen=True, slots=True)
class Introduction:
    """Where a channel's authentication starts: a commit, and the fingerprint of its signer's key.

    ``commit`` is in lower case, ``fingerprint`` in upper case without spaces.
    """

    commit: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel. Without a ``commit`` (which may be a tag), it is the newest of ``branch``.

    ``line`` is where it was said, 0 when it was not said in a file; equality passes over it.
    """

    name: str
    url: str
    branch: str | None = "master"
    commit: str | None = None
    introduction: Introduction | None = None
    line: int = field(default=0, compare=False)


# What `%default-channels` lists.
GUIX_CHANNEL = Channel(
    name="guix",
    url="https://git.guix.gnu.org/guix.git",
    introduction=Introduction(
        "9edb3f66fd807b096b48283debdcddccfea34bad", "BBB02DDF2CEAF6A80D1DE643A2A06DF2A33A54FA"
    ),
)

_OFFICIAL_URLS = frozenset({
    GUIX_CHANNEL.url,
    # In its place until 1.4, a mirror since: https://guix.gnu.org/en/blog/2025/migrating-to-codeberg
    "https://git.savannah.gnu.org/git/guix.git",
    # What the first is an alias for (guix/scripts/describe.scm), and what the manual of 1.5 calls
    # the repository of the Guix project ("Sending a Patch Series").
    "https://codeberg.org/guix/guix.git",
})  # fmt: skip


def is_official(channel: Channel) -> bool:
    """Say whether this is Guix itself, from where the project keeps it, and authenticated as such.

    Without an introduction it is not, since nothing can be said of what happens then:
    `ensure-default-introduction` adds it to the one URL that the Guix at hand knows by itself, and
    `latest-channel-instance` refuses to go on with another one. (Channels of other names it takes
    unauthenticated.)
    """
    return (
        channel.name == GUIX_CHANNEL.name
        and channel.url in _OFFICIAL_URLS
        and channel.introduction == GUIX_CHANNEL.introduction
    )


def pinned(channels: Sequence[Channel]) -> bool:
    """Say whether there are channels, and every one names a full commit."""
    return bool(channels) and all(
        channel.commit is not None and _COMMIT.fullmatch(channel.commit) for channel in channels
    )


def introduction(commit: str, fingerprint: str) -> Introduction:
    """Return the introduction that is written so. Raises :class:`ValueError`.

    Of the fingerprint, all but the digits is passed over: `openpgp-fingerprint->bytevector`.
    """
    digits = re.sub(r"[^0-9A-F]", "", fingerprint.upper())
    if not _COMMIT.fullmatch(commit):
        raise ValueError(f"a channel is introduced by {commit[:40]!r}, no full commit")
    if len(digits) != 40:
        raise ValueError(f"a channel is introduced by {fingerprint[:50]!r}, no full fingerprint")
    return Introduction(commit.lower(), digits)


def write_channels(channels: Iterable[Channel]) -> str:
    """Return the channels.scm of ``channels``, in the layout of ``guix describe -f channels``.

    Raises :class:`ValueError` when a name is none of :data:`CHANNEL_NAME`.
    """
    listed = "\n      ".join(map(_written, channels))
    return f"(list {listed})\n"


def _written(channel: Channel) -> str:
    """Return what `channel->code` makes of a channel, as Guile's `pretty-print` lays it out."""
    if not CHANNEL_NAME.fullmatch(channel.name):
        raise ValueError(f"{channel.name[:60]!r} is no name of a channel")
    branch = "#f" if channel.branch is None else _quoted(channel.branch)
    lines = [f"(name '{channel.name})", f"(url {_quoted(channel.url)})", f"(branch {branch})"]
    if channel.commit is not None:
        lines.append(f"(commit {_quoted(channel.commit)})")
    if channel.introduction is not None:
        lines += [
            "(introduction",
            " (make-channel-introduction",
            f"  {_quoted(channel.introduction.commit)}",
            "  (openpgp-fingerprint",
            f"   {_quoted(_grouped(channel.introduction.fingerprint))})))",
        ]
    return "\n       ".join(["(channel", *lines]) + ")"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _grouped(fingerprint: str) -> str:
    """Write a fingerprint as `openpgp-format-fingerprint` of guix/openpgp.scm does."""
    groups = [fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4)]
    return f"{' '.join(groups[:5])}  {' '.join(groups[5:])}"


class _Introduced(msgspec.Struct):
    commit: str
    signer: str


class _Described(msgspec.Struct):
    name: str
    url: str
    # What is #f in Guile is false in its JSON.
    branch: str | bool | None = None
    commit: str | bool | None = None
    introduction: _Introduced | bool | None = None


def parse_describe(text: str) -> tuple[Channel, ...]:
    """Return the channels of ``guix describe --format=json``, in its order.

    It prints a list of what `channel->json` of guix/scripts/describe.scm makes, and one such object
    alone when Guix runs from a git checkout. Raises :class:`NotPlain`.
    """
    try:
        found = msgspec.json.decode(text.encode(), type=list[_Described] | _Described)
        return tuple(_channel(each) for each in (found if isinstance(found, list) else [found]))
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise NotPlain(f"it is not what guix describe prints: {error}") from error


def _channel(described: _Described) -> Channel:
    introduced = described.introduction
    if not CHANNEL_NAME.fullmatch(described.name):
        raise ValueError(f"{described.name[:60]!r} is no name of a channel")
    return Channel(
        name=described.name,
        url=described.url,
        branch=described.branch if isinstance(described.branch, str) else None,
        commit=described.commit if isinstance(described.commit, str) else None,
        introduction=introduction(introduced.commit, introduced.signer)
        if isinstance(introduced, _Introduced)
        else None,
    )
