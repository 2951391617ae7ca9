# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a person pasted to a :class:`Source`. Pure: neither disk nor network is asked.

This module tells the forms of SOURCE apart and judges addresses; the pages of forges are in
forges.py, Binder's forms in binder_specs.py, and what is safe in safety.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from binder_lite.errors import BadSource
from binder_lite.sources import binder_specs
from binder_lite.sources.forges import KNOWN_HOSTS, Page, parse_page
from binder_lite.sources.model import Login, Source
from binder_lite.sources.safety import (
    CONTROL,
    check_host,
    check_path,
    check_ref,
    check_ref_and_path,
    check_url_path,
    shown,
)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_REMOTE_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
# As git has it: what precedes the first colon holds no slash. Without a user, it is taken for
# this form only if a path follows, since `javascript:…` and `mailto:…` look alike.
_SCP = re.compile(r"(?:(?P<user>[^/:@]*)@)?(?P<host>\[[^\]]*\]|[^/:@]+):(?P<path>.*)", re.DOTALL)
_NOT_HOSTS = ("javascript", "data", "mailto", "http", "https", "ssh", "git", "file", "about", "ftp")
_USER = re.compile(r"[\w.+][\w.+-]*")
_BINDER_LINK = re.compile(r"/v2/(?=(?:gh|gl|gist|git|zenodo|figshare|dataverse|hydroshare|ckan)/)")
_FORMS = (
    "A source is a folder, a URL such as https://host/owner/repository or git@host:owner/"
    "repository.git, a forge's page of a branch, folder or file, or a Binder spec such as "
    "gh/owner/repository/ref."
)


def parse_source(
    text: str, *, cwd: Path, ref: str | None = None, path: str | None = None
) -> Source:
    """Understand what a person pasted. Raises ``BadSource`` and ``UnsafePath``.

    ``cwd`` is where relative paths begin. ``ref`` and ``path``, when given, win over those in the
    text. Nothing is looked up: whether the source exists is resolve's to find out.
    """
    try:
        source = _parse(text, cwd)
    except (ValueError, UnicodeError) as error:
        # urlsplit and percent-decoding: a bracket, a port or bytes that are not UTF-8. What they
        # say is not passed on, since it may quote a part of a password.
        raise BadSource(f"{shown(text)!r} is not a valid address.", hint=_FORMS) from error
    return _checked(source, ref or None, path or None)


def _parse(text: str, cwd: Path) -> Source:
    stripped = text.strip()
    if not stripped or "\0" in text:
        raise BadSource(
            "The source is empty." if not stripped else "The source holds a NUL byte.", hint=_FORMS
        )
    if _SCHEME.match(stripped):
        return _parse_url(stripped)
    # A folder's name may end in a space or a line break; a pasted address does not.
    if stripped[0] in "./~" or "\n" in stripped:
        return _local(text.lstrip(), cwd)
    if _REMOTE_HELPER.match(stripped):
        raise BadSource(
            f"{shown(stripped)!r} asks git for a remote helper, which could run any program.",
            hint=_FORMS,
        )
    first = stripped.split("/", 1)[0]
    if binder_specs.is_archive(stripped):
        binder_specs.refuse_archive(stripped)
    if "/" in stripped and first in binder_specs.PREFIXES:
        return _spec(stripped)
    if "/" in stripped and first.lower() in KNOWN_HOSTS:
        return _parse_url("https://" + stripped)
    found = _SCP.fullmatch(stripped)
    if found and (found["user"] is not None or _looks_remote(found["host"], found["path"])):
        return _scp(stripped, found["user"], found["host"], found["path"])
    if stripped.startswith("-"):
        raise BadSource(
            f"{shown(stripped)!r} looks like an option, not like a source.",
            hint=f"If a folder is meant, write ./{shown(stripped)}.",
        )
    return _local(text.lstrip(), cwd)


def _looks_remote(host: str, path: str) -> bool:
    return host.lower() not in _NOT_HOSTS and (path.endswith(".git") or "/" in path.strip("/"))


def _local(text: str, cwd: Path) -> Source:
    return _folder(text, os.path.join(cwd, os.path.expanduser(text)))  # noqa: PTH111, PTH118 - text


def _scp(text: str, user: str | None, host: str, path: str) -> Source:
    _refuse_control(text, text)
    check_host(host)
    if user is not None and not _USER.fullmatch(user):
        raise BadSource(f"{shown(user)!r} cannot be a user's name for ssh.", hint=_FORMS)
    if not path.strip("/") or path.startswith("-"):
        raise BadSource(f"{shown(text)!r} names no repository on {host}.", hint=_FORMS)
    return Source(text, url=text.rstrip("/"))


def _spec(text: str) -> Source:
    spec, _, query = text.partition("?")
    return _parse_spec(text, spec, _query(query.partition("#")[0]))


def _parse_spec(text: str, spec: str, query: Mapping[str, str]) -> Source:
    """Parse a Binder spec; the address in it is held to the rules for every other, and more."""
    source = binder_specs.parse_spec(spec, query)
    inner = _parse(source.url or "", Path("/"))
    if inner.directory or inner.login or inner.binder_spec:
        # A link that somebody else wrote has no business with local folders or with logins.
        raise BadSource(
            f"{shown(text)!r} does not hold the address of a repository.",
            hint="A Binder spec of a repository's address has the form "
            "git/https%3A%2F%2Fhost%2Frepository/ref.",
        )
    return replace(source, text=text, url=inner.url)


def _parse_url(text: str) -> Source:
    _refuse_control(text, text)
    found = _SCHEME.match(text)
    scheme = found[1].lower() if found else ""
    if scheme == "file":
        return _file_url(text)
    if scheme not in ("https", "http", "ssh", "git"):
        raise BadSource(
            f"{shown(text)!r} has a scheme that is not supported: {scheme}.",
            hint="Supported are https, http, ssh, git and file.",
        )
    parts = urlsplit(text)
    check_host(f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or "")
    if scheme in ("https", "http"):
        return _web(text, parts)
    _refuse_control(unquote(parts.path, errors="strict"), text)
    if not parts.path.strip("/"):
        raise BadSource(f"{shown(text)!r} names no repository.", hint=_FORMS)
    if parts.password is not None or (scheme == "git" and parts.username is not None):
        raise BadSource(
            f"{shown(text)!r} holds a password or name that {scheme} has no use for.",
            hint="Leave it out; ssh uses keys, and git:// has no login.",
        )
    if parts.username is not None and not _USER.fullmatch(unquote(parts.username)):
        raise BadSource(f"{shown(parts.username)!r} cannot be a user's name.", hint=_FORMS)
    user = f"{parts.username}@" if parts.username else ""
    url = f"{scheme}://{user}{_host(parts)}{_quoted_path(parts.path)}"
    return Source(text, url=url)


def _web(text: str, parts: SplitResult) -> Source:
    """Parse what http and https lead to: a Binder link, a forge's page, or a repository."""
    host = (parts.hostname or "").rstrip(".")
    login = Login(unquote(parts.username), _password(parts)) if parts.username else None
    shown_text = shown(text) if login else text
    query = _query(parts.query)
    if link := _BINDER_LINK.search(parts.path):
        spec = parts.path[link.end() :]
        if login:
            raise BadSource(f"{shown_text!r} holds a login.", hint="Leave out the login.")
        return _parse_spec(text, spec, query)
    if binder_specs.is_archive("", host):
        binder_specs.refuse_archive(text)
    names = tuple(unquote(part, errors="strict") for part in parts.path.split("/") if part)
    if any(part in (".", "..") for name in names[:2] for part in name.split("/")) or not names:
        raise BadSource(f"{shown_text!r} names no repository.", hint=_FORMS)
    origin = f"{parts.scheme}://{_host(parts)}"
    # A clone URL, as one copies it from a forge, may be of any shape before its ".git".
    page = Page(origin, host, names, query)
    source = parse_page(page) if not _is_clone_url(page) else None
    if source is None:
        source = Source("", url=origin + _quoted_path(parts.path))
    # A file's name may hold a line break; a repository's address never does.
    _refuse_control(unquote(source.url or ""), text)
    return replace(source, text=shown_text, login=login)


def _is_clone_url(page: Page) -> bool:
    return page.host not in KNOWN_HOSTS and page.parts[-1].endswith(".git")


def _file_url(text: str) -> Source:
    rest = text[len("file://") :]
    host, slash, path = rest.partition("/")
    if host not in ("", "localhost") or not slash:
        raise BadSource(
            f"{shown(text)!r} is not a file on this machine.",
            hint="Write file:///path, with three slashes.",
        )
    path = unquote("/" + path, errors="surrogateescape")
    if "\0" in path:
        raise BadSource("The source holds a NUL byte.", hint=_FORMS)
    return _folder(text, path)


def _folder(text: str, path: str) -> Source:
    os.fsencode(path)  # raises for a character that no file name can hold
    # normpath, since `..` and `.` have no name to show; as in a shell, `link/..` is where link is.
    return Source(text, directory=Path(os.path.normpath(path)))


def _password(parts: SplitResult) -> str | None:
    return None if parts.password is None else unquote(parts.password)


def _host(parts: SplitResult) -> str:
    """Return host and port without login. A port that is no number raises ``ValueError``."""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port is None else f"{host}:{parts.port}"


def _quoted_path(path: str) -> str:
    """Percent-encode what has no place in a URL, and leave alone what is encoded already."""
    return quote(path, safe="/%~!$&'()*+,;=:@").rstrip("/")


def _query(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True, errors="strict"))


def _refuse_control(text: str, whole: str) -> None:
    if CONTROL.search(text):
        raise BadSource(
            f"The address {shown(whole)!r} holds a control character.", hint="Copy it again."
        )


def _checked(source: Source, ref: str | None, path: str | None) -> Source:
    """Let explicit ``ref`` and ``path`` win, and judge what a stranger may have chosen."""
    if ref is not None:
        source = replace(source, ref=ref)
        if source.binder_spec:
            source = replace(source, binder_spec=binder_specs.with_ref(source.binder_spec, ref))
    if path is not None:
        source = replace(source, path=path, url_path=None)
    if source.ref is not None and source.path is not None:
        # With one of them open, the text still tells the other.
        source = replace(source, ref_and_path=None)
    return replace(
        source,
        ref=None if source.ref is None else check_ref(source.ref),
        path=None if source.path is None else check_path(source.path),
        ref_and_path=source.ref_and_path and check_ref_and_path(source.ref_and_path),
        url_path=None if source.url_path is None else check_url_path(source.url_path),
    )
