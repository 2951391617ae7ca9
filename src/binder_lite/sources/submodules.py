# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository's submodules as sources of their own, so that nothing recurses inside git.

Their addresses come from the repository and are judged like any other pasted text. The pure part
is here; git.py fetches what comes out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from binder_lite.errors import BadSource
from binder_lite.sources.model import PinnedSource, Source
from binder_lite.sources.safety import shown
from binder_lite.sources.url import parse_source

DEEPEST = 5
_KEY = re.compile(r"submodule\.(?P<name>.*)\.(?P<what>path|url)", re.DOTALL)


def parse_gitmodules(text: str) -> dict[str, tuple[str, str]]:
    """Read ``git config --file .gitmodules --list -z``: path → (name, URL)."""
    found: dict[str, dict[str, str]] = {}
    for entry in text.split("\0"):
        key, _, value = entry.partition("\n")
        if match := _KEY.fullmatch(key):
            found.setdefault(match["name"], {})[match["what"]] = value
    return {
        each["path"].rstrip("/"): (name, each["url"])
        for name, each in found.items()
        if "path" in each and "url" in each
    }


def submodule_source(
    parent: Source, path: str, name: str, url: str, commit: str, base: str, git_dir: Path | None
) -> PinnedSource:
    """Return the source that a submodule is. Raises ``BadSource``.

    ``base`` is the address that relative ones begin at: the parent's, or its own origin's.
    ``git_dir`` is the parent's, when that is a repository on this disk: a submodule that was
    fetched there already is taken from it.
    """
    safe_name = not any(part in ("", ".", "..") for part in name.split("/"))
    if git_dir is not None and safe_name and (git_dir / "modules" / name / "HEAD").is_file():
        return PinnedSource(Source(url, directory=git_dir / "modules" / name), commit)
    address = _relative(base, url) if url.startswith(("./", "../")) else url
    source = parse_source(address, cwd=Path("/"))
    if parent.url is not None and source.url is None:
        raise BadSource(
            f"The submodule {shown(path)!r} names a folder on this machine: {shown(url)}.",
            hint="Launch without --submodules, or ask the repository's owner to mend .gitmodules.",
        )
    if source.url is not None and parent.login and _host(source.url) == _host(parent.url or ""):
        source = Source(source.text, url=source.url, login=parent.login)
    return PinnedSource(source, commit)


def _relative(base: str, url: str) -> str:
    """Resolve a relative address against its parent's, as git does."""
    base = base.rstrip("/")
    while url.startswith(("./", "../")):
        if url.startswith("../"):
            head, slash, _ = base.rpartition("/")
            if not slash or head.endswith(("/", ":")):
                raise BadSource(
                    f"A submodule's address leads nowhere: {shown(url)}.",
                    hint="Launch without --submodules.",
                )
            base = head
        url = url.partition("/")[2]
    return f"{base}/{url}"


def _host(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def listed(submodules: Mapping[str, str]) -> str:
    """Return the submodules' paths for a sentence, not too many."""
    paths = [shown(path) for path in submodules]
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
