# SPDX-License-Identifier: GPL-3.0-or-later
"""A failed run of Guix as an error for people. Pure; tested with recorded output.

What failed is looked for in the order in which one thing hides another: without the daemon nothing
works, a full disk breaks downloads, a failed download breaks builds. Builds, channels and the
repository's own file have modules of their own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from binder_lite.engines.guix.build_failures import find_failed, not_built, source_missing
from binder_lite.engines.guix.channel_failures import channel_failed
from binder_lite.engines.guix.installation import daemon_unavailable
from binder_lite.engines.guix.manifest_failures import manifest_failed
from binder_lite.engines.guix.said import (
    STORE,
    Said,
    host_of,
    item_name,
    read_said,
    readable,
    uncaught_message,
)
from binder_lite.engines.sandbox import sandbox_error
from binder_lite.errors import (
    BuildFailed,
    DiskFull,
    HashMismatch,
    IndexUnreachable,
    LaunchError,
    NotWritable,
)
from binder_lite.process import CommandFailed


def error_for(failure: CommandFailed, log: Path, file: str) -> LaunchError:
    """Return the error that a failed run of Guix is for the person.

    ``file`` is the repository's Guix file that was in charge.
    """
    said = read_said(failure.last_lines)
    found = (
        sandbox_error(said.lines[-1] if said.lines else "")
        or _no_daemon(said)
        or _disk_full(said)
        or _hash_mismatch(said)
        or _no_substitute(said)
        or source_missing(said)
        or _store_damaged(said)
        or _not_writable(said)
    )
    if found is None and "time-machine" in failure.command.argv:
        found = channel_failed(said, file)
    found = found or manifest_failed(said, file) or not_built(said) or _unknown(said, file)
    found.details = replace(failure.details(log), last_lines=said.shown)
    return found


_NO_CONNECTION = re.compile(r"^failed to connect to `(?P<where>[^']+)': (?P<why>.+)$")

_NO_HOST = re.compile(r"\(open-inet-socket \"(?P<host>[^\"]+)\"")


def _no_daemon(said: Said) -> LaunchError | None:
    if found := _NO_CONNECTION.match(said.error):
        return daemon_unavailable(f"{found['where']}: {found['why']}")
    if said.uncaught and (remote := _NO_HOST.search(said.text)):
        return daemon_unavailable(f"{remote['host']}: {said.error}")
    if said.error.startswith("corrupt input while restoring archive from #<closed"):
        return daemon_unavailable("it ended in the middle of its work")
    return None


_NO_SPACE = re.compile(
    r"(?:No space left on device|Disk quota exceeded)(?:: \"(?P<path>[^\"]+)\")?"
)
_SPACE_NOTE = "note: build failure may have been caused by lack of free disk space"
_HELPER_ERROR = re.compile(r"^guix [\w-]+: error: (?P<text>.+)$", re.MULTILINE)
_NOT_SUBSTITUTED = re.compile(rf"^substitution of (?P<path>{STORE}\S+) failed$", re.MULTILINE)


def _disk_full(said: Said) -> LaunchError | None:
    if _SPACE_NOTE in said.lines:
        failed = find_failed(said)
        what = f"{failed.name if failed else 'a package'} could not be built"
        return _full(f"The disk is full, or nearly: {what}.")
    if found := _NO_SPACE.search(said.error):
        return _full(f"The disk is full: {found['path'] or '/gnu/store'} could not be written.")
    if any(_NO_SPACE.search(found["text"]) for found in _HELPER_ERROR.finditer(said.text)):
        item = _NOT_SUBSTITUTED.search(said.text)
        what = item_name(item["path"]) if item else "a package"
        return _full(f"The disk is full: {what} could not be downloaded.")
    return None


def _full(message: str) -> DiskFull:
    return DiskFull(
        message,
        hint="Free some space: `guix gc --free-space=10G` removes from /gnu/store what nothing "
        "uses, and `binder-lite environments remove --unused` lets it remove more.",
    )


_HASHES = re.compile(
    rf"^(?P<kind>\w+) hash mismatch for (?P<path>{STORE}\S+):\n"
    r"\s*expected hash: (?P<expected>\S+)\n\s*actual hash: +(?P<actual>\S+)$",
    re.MULTILINE,
)


def _hash_mismatch(said: Said) -> LaunchError | None:
    found = _HASHES.search(said.text)
    if not found:
        return None
    name, kind = item_name(found["path"]), found["kind"]
    if _NOT_SUBSTITUTED.search(said.text):
        return HashMismatch(
            f"A substitute server sent another {name} than it announced: its {kind} is "
            f"{found['actual']} instead of {found['expected']}.",
            hint="Launch again: it may have been damaged on its way.",
        )
    return HashMismatch(
        f"What was downloaded as {name} is not what the package's author had: its {kind} is "
        f"{found['actual']} instead of {found['expected']}.",
        hint="It has changed where it comes from. Name another version of the package, or a later "
        "Guix in channels.scm; for a package of your own, check what is new in it before you "
        "write the new hash.",
    )


_NO_SUBSTITUTE = re.compile(r"^some substitutes for the outputs of derivation `")
_REFUSED = re.compile(
    r"^guix substitute: warning: download from '(?P<url>[^']+)' failed: (?P<why>.+)$", re.MULTILINE
)


_DIED = re.compile(r"guix substitute' died unexpectedly$")
_CHECK = (
    "Check the network connection, and the proxy settings of guix-daemon, which does the "
    "downloading; then launch again."
)


def _no_substitute(said: Said) -> LaunchError | None:
    if _DIED.search(said.error):
        why = uncaught_message(said.lines) or "`guix substitute` died"
        return IndexUnreachable(f"The substitute servers could not be asked: {why}.", hint=_CHECK)
    if not _NO_SUBSTITUTE.match(said.error):
        return None
    item = _NOT_SUBSTITUTED.search(said.text)
    name = item_name(item["path"]) if item else "A package"
    if refused := _REFUSED.search(said.text):
        answer = refused["why"].replace(", ", " ").replace('"', "")
        where = f"the substitute server {host_of(refused['url'])}: {answer}"
    else:
        where = f"a substitute server{_why(said, item.start() if item else 0)}"
    return IndexUnreachable(
        f"{name} could not be downloaded from {where}.",
        hint=_CHECK,
    )


def _why(said: Said, end: int) -> str:
    """Return what the helper said last before ``end``, where it said more than that it failed."""
    told = [found["text"] for found in _HELPER_ERROR.finditer(said.text, 0, end)]
    told = [text for text in told if not text.startswith("failed to find alternative")]
    before = said.text[:end].splitlines()
    if "Backtrace:" in before:
        told += readable(before)[-1:]
    return f": {told[-1]}" if told else ""


_DAMAGED = re.compile(rf"getting attributes of path `(?P<path>{STORE}[^']+)': No such file")


def _store_damaged(said: Said) -> LaunchError | None:
    found = _DAMAGED.search(said.error)
    if not found:
        return None
    return BuildFailed(
        f"Guix's store is damaged: {found['path']} is registered and not there.",
        hint="`sudo guix gc --verify=repair,contents` looks for such damage and mends it.",
    )


_PATH_ERROR = re.compile(
    r"^(?:symlink|mkdir|rename-file|copy-file|open-file|link|chown|chmod): (?P<why>Permission "
    r"denied|Read-only file system|No such file or directory): \"(?P<path>.+)\"$"
)


def _not_writable(said: Said) -> LaunchError | None:
    found = _PATH_ERROR.match(said.error)
    if not found:
        return None
    return NotWritable(
        f"Guix could not write {found['path']}: {found['why']}.",
        hint="Mend the permissions, or choose another place: BINDER_LITE_DATA and "
        "BINDER_LITE_CACHE for what binder-lite keeps, HOME for what Guix does.",
    )


def _unknown(said: Said, file: str) -> LaunchError:
    told = f": {said.error.rstrip('.')}" if said.error else ""
    return BuildFailed(
        f"The environment of {file} could not be built{told}.", hint="The log says why."
    )
