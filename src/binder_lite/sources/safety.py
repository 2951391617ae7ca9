# SPDX-License-Identifier: GPL-3.0-or-later
"""Which refs, paths and hosts are safe to hand on to git and to the file system. Pure.

Everything here judges text that a stranger may have written into a link. What is refused is
refused with the part that is wrong, free of credentials and terminal escapes.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from binder_lite.errors import BadSource, UnsafePath
from binder_lite.events import printable

FULL_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SHORT_COMMIT = re.compile(r"[0-9a-f]{4,64}", re.IGNORECASE)
# What `git check-ref-format` refuses in a ref's name, but for the rules about its components.
_NOT_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_HOST = re.compile(r"[^\W_](?:[\w.-]*\w)?\.?|\[[0-9A-Fa-f:.]+\]")
# Greedy on purpose: a password may hold an unescaped "@" or "/".
_LOGIN = re.compile(r"(?<=://)\S*@|(?<=%3A%2F%2F)\S*?%40", re.IGNORECASE)


def shown(text: str) -> str:
    """Return ``text`` fit for a message: without credentials or escapes, and not too long."""
    safe = _LOGIN.sub("…@", printable(text.encode(errors="replace").decode()))
    return safe if len(safe) <= 200 else safe[:199] + "…"


def is_full_commit(text: str) -> bool:
    """Say whether this is a whole commit id (SHA-1 or SHA-256)."""
    return FULL_COMMIT.fullmatch(text) is not None


def is_short_commit(text: str) -> bool:
    """Say whether this may be the beginning of a commit id."""
    return _SHORT_COMMIT.fullmatch(text) is not None


def check_ref(ref: str) -> str:
    """Return ``ref`` if git could have such a branch, tag or commit. Raises ``BadSource``."""
    bad_component = any(
        not part or part.startswith(".") or part.endswith(".lock") for part in ref.split("/")
    )
    if ref.startswith("-") or ref.endswith(".") or ref == "@":
        bad_component = True
    if bad_component or _NOT_IN_REF.search(ref):
        raise BadSource(
            f"{shown(ref)!r} cannot be the name of a branch, tag or commit.",
            hint="Names of refs have no spaces, do not begin with '-' or '.', and have none of "
            "~ ^ : ? * [ \\ or '..' in them. For an older commit give its full id.",
        )
    return ref


def check_path(path: str) -> str | None:
    """Return ``path`` normalised, or ``None`` for the top folder. Raises ``UnsafePath``.

    The result is relative, has no empty, ``.`` or ``..`` component, and may hold anything else
    that a file name may hold, line breaks included.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if "\0" in path or ".." in parts or path.startswith("/"):
        raise UnsafePath(
            f"The path {shown(path)!r} does not stay inside the repository.",
            hint="Give a path relative to the repository's top folder, without '..'.",
        )
    return "/".join(parts) or None


def check_ref_and_path(text: str) -> str:
    """Return what follows ``/tree/`` in a web URL, checked as far as one can before splitting."""
    if text.startswith("-") or "\0" in text:
        check_ref(text)
    checked = check_path(text)
    if checked is None:
        raise BadSource("The URL names no branch, tag or commit.", hint="Leave out what follows.")
    return checked


def check_url_path(url_path: str) -> str:
    """Return a path below a session's server, relative to it. Raises ``UnsafePath``.

    A browser resolves ``..`` (also written ``%2e%2e``) and turns backslashes into slashes, so
    such a path could leave the session and reach, say, the hub's pages with the person's cookie.
    """
    path = url_path.lstrip("/")
    location = unquote(re.split(r"[?#]", path, maxsplit=1)[0])
    if CONTROL.search(unquote(path)) or "\\" in path or ".." in re.split(r"[/\\]", location):
        raise UnsafePath(
            f"The page {shown(url_path)!r} does not stay below the session's address.",
            hint="Give a page such as lab/tree/index.ipynb, without '..'.",
        )
    return path


def check_host(host: str) -> str:
    """Return ``host`` if it is a host's name or address. Raises ``BadSource``.

    ssh takes a "host" that begins with ``-`` for an option, which can run any program.
    """
    if not _HOST.fullmatch(host):
        raise BadSource(
            f"{shown(host)!r} cannot be the name of a host.",
            hint="Write the address as https://host/owner/repository.",
        )
    return host
