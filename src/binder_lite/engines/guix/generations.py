# SPDX-License-Identifier: GPL-3.0-or-later
"""Other revisions of Guix on this machine: what was pulled before, by whom, and the system's.

None of them is in use; what one has can be had by naming its commits in a ``channels.scm``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from binder_lite.engines.guix.catalogue import Catalogue, read_catalogue
from binder_lite.engines.guix.installation import Guix, read_revision, resolve_program
from binder_lite.engines.sandbox import Host
from binder_lite.errors import LaunchError
from binder_lite.events import Message, Result, Step, Steps

MOST = 3
_PULLED = ".config/guix"
_PROFILES = "var/guix/profiles/per-user"
_SYSTEM = "run/current-system/profile"


def find_generations(used: Path, *, home: Path, root: Path = Path("/")) -> tuple[Path, ...]:
    """Return the programs of other revisions than ``used``, the newest first, each once.

    ``used`` and what is returned are as :func:`resolve_program` has them. A generation is as new
    as the link to it; of when the system's was made its link does not tell, so that it is last.
    """
    pulled = [
        *_links(home / _PULLED, "current-*-link"),
        *_links(root / _PROFILES, "*/current-guix*-link"),
    ]
    profiles = [*(link for _, link in sorted(pulled, reverse=True)), root / _SYSTEM]
    programs = (profile / "bin/guix" for profile in profiles)
    found = dict.fromkeys(resolve_program(each) for each in programs if _is_there(each))
    return tuple(each for each in found if each != used)


def _links(directory: Path, pattern: str) -> Iterator[tuple[tuple[int, str], Path]]:
    """Yield links, each with what orders them; other people's may not be ours to see."""
    with contextlib.suppress(OSError):
        for link in directory.glob(pattern):
            with contextlib.suppress(OSError):
                yield (link.lstat().st_mtime_ns, str(link)), link


def _is_there(program: Path) -> bool:
    try:
        return program.is_file()
    except OSError:
        return False


async def read_generations(
    guix: Guix, host: Host, cache: Path, programs: Iterable[Path], *, most: int = MOST
) -> Steps[tuple[tuple[Guix, Catalogue], ...]]:
    """Return the first ``most`` of these revisions with their packages, kept in ``cache``.

    One that does not answer, that a sandbox does not see, or that is the same as another is
    passed over.
    """
    found: list[tuple[Guix, Catalogue]] = []
    known = {guix.identity}
    for program in programs:
        if len(found) == most:
            break
        if not any(program.is_relative_to(path) for path in host.system):
            continue
        try:
            revision = await read_revision(program, guix.variables, cache)
            other = replace(guix, program=program, revision=revision)
            if other.identity in known:
                continue
            known.add(other.identity)
            asking = Step(read_catalogue(other, host, cache))
            async for event in asking:
                yield event
            found.append((other, asking.result))
        except (LaunchError, OSError, IndexError) as error:
            # The last is one that ends well and prints nothing.
            yield Message("building", f"Passed over {program}: {error}")
    yield Result(tuple(found))
