# SPDX-License-Identifier: GPL-3.0-or-later
"""uv's output as events, and its failures as errors for people.

Pure: text in, values out; tested with recorded output. A line that is not understood is shown as
it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from binder_lite.engines.base import WORK
from binder_lite.errors import (
    BadRequirements,
    BuildFailed,
    Details,
    DiskFull,
    IndexUnreachable,
    LaunchError,
    PackageNotFound,
    VersionsConflict,
)
from binder_lite.events import Event, LogLine, Progress
from binder_lite.process import CommandFailed

_RESOLVED = re.compile(r"^Resolved (\d+) packages? in")
_DOWNLOADING = re.compile(r"^\s*Downloading (\S+) \(([^)]*)\)")
_DOWNLOADED = re.compile(r"^\s*Downloaded (\S+)$")
_NEEDS_BUILD = re.compile(r"--no-build|no usable wheels|[Bb]uilding (?:\S+ ){1,4}is disabled")


class Counter:
    """Turns one run's lines into events; counts downloads against what was announced."""

    def __init__(self) -> None:
        self._announced = 0
        self._arrived = 0

    def event(self, line: str) -> Event:
        """Return the event that a line stands for."""
        if found := _DOWNLOADING.match(line):
            self._announced += 1
            return self._progress(f"Downloading {found[1]} ({found[2]})")
        if found := _DOWNLOADED.match(line):
            self._arrived += 1
            return self._progress(f"Downloaded {found[1]}")
        return LogLine("building", line)

    def _progress(self, message: str) -> Event:
        return Progress("building", message, self._arrived, self._announced, "packages")


def needs_build(failure: CommandFailed) -> bool:
    """Tell whether an installation from wheels alone failed because there are no wheels."""
    return _NEEDS_BUILD.search(failure.text) is not None


_NOT_FOUND = re.compile(r"Because (\S+?) was not found in the package registry")
_NO_VERSION = re.compile(r"there (?:is|are) no versions? of (\S+)")
_UNREACHABLE = re.compile(
    r"Failed to fetch|error sending request|dns error|tcp connect error|Could not connect|"
    r"error trying to connect|[Rr]equest failed after|the network was disabled"
)
_BUILD = re.compile(r"Failed to (?:download and )?build `?([^`\n]+?)`?(?:$|\n)")
_OWN = f" @ file://{WORK}"
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded")
_PARSE = re.compile(r"Couldn't parse requirement in `[^`]*` at (?:position|line)")


def error_for(
    failure: CommandFailed, log: Path, origins: Mapping[str, str] | None = None
) -> LaunchError:
    """Return the error that a failed installation is for the person.

    ``origins`` says where each package was asked for, by name.
    """
    origins = origins or {}
    text, details = failure.text, failure.details(log)
    whole = " ".join(line.strip(" │╰├─▶×") for line in failure.last_lines)
    if _NO_SPACE.search(text):
        return DiskFull(
            f"The disk is full: the environment could not be written below {log.parent.parent}.",
            hint="Free some space, for example with `binder-lite environments remove --unused`, "
            "or choose another place with BINDER_LITE_DATA.",
            details=details,
        )
    if found := _NOT_FOUND.search(whole):
        return PackageNotFound(
            f"The package index has no package named {found[1]!r}{_asked(found[1], origins)}.",
            hint="Look for a misspelling there.",
            details=details,
        )
    # Without network uv finds no solution either, and says why in a hint.
    if "No solution found" in whole and not _UNREACHABLE.search(text):
        return _no_solution(whole, failure, log, origins)
    if found := _BUILD.search(text):
        return _not_built(found[1], details)
    if _UNREACHABLE.search(text):
        return IndexUnreachable(
            "The package index cannot be reached.",
            hint="Check the network connection and proxy settings, then launch again.",
            details=details,
        )
    if _PARSE.search(text):
        return BadRequirements(
            "A requirement cannot be read.", hint="See the lines below.", details=details
        )
    return BuildFailed(
        "The environment could not be built.", hint="The log says why.", details=details
    )


def _not_built(package: str, details: Details) -> BuildFailed:
    name, own, path = package.partition(_OWN)
    if own:
        path = path.strip("/")
        return BuildFailed(
            f"The repository's own package {name}{path and f' ({path})'} could not be built.",
            hint="Its last lines are below; the log has all of them.",
            details=details,
        )
    return BuildFailed(
        f"The package {package} could not be built from its source.",
        hint="Ask for a version that has a wheel for this Python, or see the log.",
        details=details,
    )


_REASON = re.compile(r"No solution found when resolving dependencies:?\s*(?:cause:\s*)?")


def _asked(requirement: str, origins: Mapping[str, str]) -> str:
    name = re.split(r"[\[<>=!~ ]", requirement)[0]
    return f", asked for in {origins[name]}" if name in origins else ""


def _no_solution(
    whole: str, failure: CommandFailed, log: Path, origins: Mapping[str, str]
) -> LaunchError:
    reason = _REASON.split(whole, maxsplit=1)[-1].split(" hint:")[0].strip()
    if found := _NO_VERSION.search(whole):
        package = found[1]
        if "depends on" not in whole and "conflict" not in whole:
            return PackageNotFound(
                f"The package index has no {package}{_asked(package, origins)}.",
                hint="Ask for a version that exists; the log says why.",
                details=failure.details(log),
            )
    return VersionsConflict(
        "No set of versions satisfies all requirements together. " + _shorten(reason),
        hint="Loosen one of the versions named; the log has the whole reasoning.",
        details=failure.details(log),
    )


def _shorten(text: str, most: int = 600) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + " …"
