# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failed build is for people: which package, in which phase, and where its log is. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from binder_lite.engines.guix.fetching import SILENT_SERVER
from binder_lite.engines.guix.said import (
    STORE,
    Said,
    host_of,
    item_name,
    readable,
    uncaught_message,
)
from binder_lite.errors import BuildFailed, IndexUnreachable, LaunchError

# A command with all its arguments can fill a screen.
_MOST = 200
_FAILED = re.compile(
    rf"^(?:builder for|building of) `(?P<drv>{STORE}[^']+)' (?P<how>failed|timed out) (?P<why>.+)$"
)
_LOG = re.compile(r"^View build log at '(?P<path>[^']+)'\.$")


@dataclass(frozen=True, slots=True)
class Failed:
    """The build that failed first. ``why`` is the daemon's word, ``lines`` the builder's own."""

    name: str
    why: str
    lines: tuple[str, ...] = ()
    log: str = ""


def find_failed(said: Said) -> Failed | None:
    """Return the build that failed first, which others needed."""
    for end, line in enumerate(said.lines):
        if found := _FAILED.match(line):
            head = f"building {found['drv']}..."
            begin = next((n for n in range(end, -1, -1) if said.lines[n] == head), end)
            logs = filter(None, map(_LOG.match, said.lines[end:]))
            log = next((each["path"] for each in logs), "")
            why = f"timed out {found['why']}" if found["how"] == "timed out" else found["why"]
            return Failed(item_name(found["drv"]), why, said.lines[begin + 1 : end], log)
    return None


def all_of_it(failed: Failed) -> str:
    """Return a sentence, with a space before it, that says how to see the build's whole log."""
    if not failed.log:
        return ""
    programs = {"gz": "zcat", "bz2": "bzcat"}
    return (
        f" All that it said: `{programs.get(failed.log.rpartition('.')[2], 'cat')} {failed.log}`."
    )


def silent_servers(said: Said) -> tuple[str, ...]:
    """Return the substitute servers that did not answer."""
    found = (each["host"] for each in map(SILENT_SERVER.search, said.lines) if each)
    return tuple(dict.fromkeys(found))


_SOURCE = re.compile(r"\.(?:tar\.\w+|tgz|tbz2?|txz|zip|gz|bz2|xz|lz|zst|patch|diff|gem|crate|jar)$")
_CHECKOUT = re.compile(r"-checkout$")
_ATTEMPT = re.compile(r"^From (?P<url>\S+?)\.\.\.$")
_ANSWER = re.compile(r'^download failed "[^"]*" (?P<answer>\d+ ".*")$')
_GIT = re.compile(r"^fatal: (?:unable to access '(?P<url>[^']+)': )?(?P<why>.+)$")
_NETWORK = re.compile(
    r"Name or service not known|[Cc]ould not resolve|[Cc]onnection (?:refused|timed out|reset)"
    r"|[Nn]etwork is unreachable|No route to host|TLS|certificate|getaddrinfo"
)


def source_missing(said: Said) -> LaunchError | None:
    """Return the error of a package's source that could not be downloaded."""
    failed = find_failed(said)
    if failed is None:
        return None
    nothing = failed.why.startswith("to produce output path")
    if not (_CHECKOUT.search(failed.name) or (nothing and _SOURCE.search(failed.name))):
        return None
    where, why = _first_attempt(failed.lines)
    told = (f" from {where}" if where else "") + (f": {why.rstrip('.')}" if why else "")
    message = f"The source {failed.name} could not be downloaded{told}."
    if servers := silent_servers(said):
        message += f" {_servers(servers)} did not answer either."
    if why and not servers and not _NETWORK.search(why):
        return BuildFailed(
            message,
            hint="It may be gone for good. Name another version of the package, or a Guix in "
            f"channels.scm whose substitute servers have it.{all_of_it(failed)}",
        )
    return IndexUnreachable(
        message,
        hint="Check the network connection, and the proxy settings of guix-daemon, which does the "
        f"downloading; then launch again.{all_of_it(failed)}",
    )


def _first_attempt(lines: Sequence[str]) -> tuple[str, str]:
    """Return the host that was asked first and its answer; the rest are mirrors."""
    for number, line in enumerate(lines):
        if found := _ATTEMPT.match(line):
            host = host_of(found["url"])
            answer = next(iter(readable(lines[number + 1 :])), "")
            if refused := _ANSWER.match(answer):
                answer = refused["answer"].replace('"', "")
            return host, answer
        if found := _GIT.match(line):
            return host_of(found["url"] or ""), found["why"]
    return "", ""


_PHASE_FAILED = re.compile(r"^phase [`'](?P<phase>[^']+)' failed after")
_PHASE_BEGUN = re.compile(r"^starting phase [`'](?P<phase>[^']+)'$")
_PHASE_DONE = re.compile(r"^phase [`'](?P<phase>[^']+)' succeeded after")
_COMMAND = re.compile(r"^command (?P<command>\".+) failed with (?P<how>(?:status|signal) \d+)$")
_TIME = re.compile(r"^timed out after %?(?P<seconds>\d+)%? seconds(?P<silence> of silence)?$")
_SIGNAL = re.compile(r"^due to signal (?P<number>\d+) \((?P<name>.+)\)$")


def not_built(said: Said) -> LaunchError | None:
    """Return the error of a package that could not be built."""
    failed = find_failed(said)
    if failed is None:
        return None
    what = "profile" if failed.name == "profile" else f"package {failed.name}"
    hint = (
        "Mend it if it is your own; else name another version of it, or another Guix in "
        f"channels.scm.{all_of_it(failed)}"
    )
    if servers := silent_servers(said):
        hint = f"{_servers(servers)} did not answer, so that Guix built it itself. {hint}"
    return BuildFailed(f"The {what} could not be built: {reason(failed)}.", hint=hint)


def reason(failed: Failed) -> str:
    """Return why a build failed, and in which phase, as far as it said so."""
    told = _ended(failed.why) or _builder_told(failed)
    if len(told) > _MOST:
        told = f"{told[:_MOST]} …"
    phase = _phase(failed.lines)
    return f"in phase {phase!r}, {told}" if phase else told


def _ended(why: str) -> str:
    """Return how the daemon ended a build, where it did."""
    if time := _TIME.match(why):
        how = "was silent for" if time["silence"] else "took longer than"
        return f"it {how} {time['seconds']} s"
    if signal := _SIGNAL.match(why):
        memory = ", as when memory runs out" if signal["number"] == "9" else ""
        return f"it was ended by signal {signal['number']} ({signal['name']}){memory}"
    if why == "previously (cached)":
        return "it failed before, and the daemon remembers that"
    return ""


def _builder_told(failed: Failed) -> str:
    commands = [found for found in map(_COMMAND.match, failed.lines) if found]
    if commands:
        return f"{commands[-1]['command']} ended with {commands[-1]['how']}"
    if failed.why.startswith("to produce output path"):
        return "it made nothing"
    status = failed.why.replace("with exit code", "it ended with status")
    return uncaught_message(failed.lines) or status


def _phase(lines: Sequence[str]) -> str:
    """Return the phase that failed, or that had begun and not ended."""
    phase = ""
    for line in lines:
        if found := _PHASE_FAILED.match(line):
            return found["phase"]
        if found := _PHASE_BEGUN.match(line):
            phase = found["phase"]
        elif _PHASE_DONE.match(line):
            phase = ""
    return phase


def _servers(hosts: Sequence[str]) -> str:
    return f"The substitute server{'s' if len(hosts) > 1 else ''} {' and '.join(hosts)}"
