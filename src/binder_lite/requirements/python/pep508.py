# SPDX-License-Identifier: GPL-3.0-or-later
"""One requirement as text → a value: PEP 508, and the URLs and paths that pip takes beside it.

Files hold many of these, each format in its own wrapping; the wrapping is other modules' matter.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from binder_lite.command import redact
from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Missing, Origin, Requirement

# Longer than any that a person wrote; the parsers below take their time on nonsense.
_LONGEST = 8192
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
_URL = re.compile(r"(?i)^(?:(?:git|hg|svn|bzr)\+)?[a-z][a-z0-9+.-]*://|^git\+[^\s/]+@|^file:")
_EXTRAS = re.compile(r"^(?P<path>.+?)\[(?P<extras>[^\[\]]*)\]$")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_DIRECT = re.compile(
    r"^\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[(?P<extras>[^\]]*)\]\s*)?@(?P<to>.+)$"
)
_CONDA_PIN = re.compile(r"^[\w.-]+=[^=<>!~]")
_REVERSED = re.compile(r"^([\w.-]+)\s*=([<>])\s*([\w.*]*)")


def parse_requirement(
    text: str, origin: Origin, *, editable: bool = False
) -> Requirement | Missing:
    """Return the requirement that ``text`` is.

    A local path comes back as it was written: whether it exists, and whether it stays in the
    checkout, is for the reader of the tree to say. Raises :class:`BadRequirements`.
    """
    text = text.strip()
    if variable := _VARIABLE.search(text):
        return Missing(
            redact(text),
            origin,
            f"it needs the environment variable {variable[1]}, and this machine's variables are "
            "not shown to repositories",
        )
    if len(text) > _LONGEST:
        raise malformed(text, origin)
    body, marker = _split_marker(text)
    if direct := _DIRECT.match(body):
        return _direct(direct, body, marker, origin, editable)
    if _URL.match(body) or editable or looks_like_path(body):
        return _reference(body, (), marker, origin, editable)
    try:
        parsed = Parsed(text)
        return Requirement(
            canonicalize_name(parsed.name),
            origin,
            specifier=str(parsed.specifier),
            extras=_normalised(parsed.extras),
            marker=str(parsed.marker or ""),
        )
    except (InvalidRequirement, ValueError, RecursionError) as error:
        raise malformed(text, origin) from error


def malformed(text: str, origin: Origin, hint: str = "") -> BadRequirements:
    """Return the error for a line that cannot be understood."""
    shown = redact(text if len(text) <= 120 else text[:120] + "…")
    if not hint and _CONDA_PIN.match(text):
        name, _, version = text.partition("=")
        hint = f"Versions are pinned with two equal signs: {name}=={version.split('=')[0]}"[:200]
    if not hint and (found := _REVERSED.match(text)):
        hint = f"The equal sign comes last: {found[1]}{found[2]}={found[3]}"[:200]
    return BadRequirements(
        f"{origin} is not a requirement that can be understood: {shown!r}.",
        hint=hint or "A requirement looks like: numpy>=1.26. Mend the line, or remove it.",
    )


def looks_like_path(text: str) -> bool:
    """Say whether pip takes ``text`` for a path: a slash, a dot in front, or an archive's name."""
    bare = match["path"].rstrip() if (match := _EXTRAS.match(text)) else text
    if "://" in bare:
        return False
    return "/" in bare or bare.startswith((".", "~")) or bare.lower().endswith(_ARCHIVES)


def _split_marker(text: str) -> tuple[str, str]:
    """Split ``body ; marker``; in a URL only a semicolon after white space ends it (PEP 508)."""
    is_reference = _DIRECT.match(text) or _URL.match(text) or looks_like_path(text.split(";")[0])
    separator = re.search(r"\s;|;\s" if is_reference else r";", text)
    if separator is None:
        return text, ""
    return text[: separator.start()].strip(), text[separator.end() :].strip(" ;")


def _direct(
    direct: re.Match[str], body: str, marker: str, origin: Origin, editable: bool
) -> Requirement | Missing:
    target = direct["to"].strip()
    extras = tuple((direct["extras"] or "").split(",")) if direct["extras"] else ()
    name = canonicalize_name(direct["name"])
    if not (_URL.match(target) or looks_like_path(target)):
        raise malformed(body, origin)
    found = _reference(target, extras, marker, origin, editable, name=name)
    if isinstance(found, Missing):
        return Missing(name, origin, found.reason)
    return found


def _reference(
    text: str,
    extras: tuple[str, ...],
    marker: str,
    origin: Origin,
    editable: bool,
    *,
    name: str = "",
) -> Requirement | Missing:
    """Return the requirement for a URL or a path."""
    marker = _valid_marker(marker, origin)
    match = _EXTRAS.match(text)
    if match and not _URL.match(text):
        text, extras = match["path"].rstrip(), (*extras, *match["extras"].split(","))
    url, fragment = text.partition("#")[::2]
    parts = dict(part.partition("=")[::2] for part in fragment.split("&") if part)
    if egg := re.match(r"([A-Za-z0-9][\w.-]*)(?:\[([^\]]*)\])?", unquote(parts.pop("egg", ""))):
        name = name or canonicalize_name(egg[1])
        extras = (*extras, *(egg[2] or "").split(","))
    hashes = tuple(
        f"{kind}:{parts.pop(kind)}" for kind in ("sha256", "sha384", "sha512") if kind in parts
    )
    if url.lower().startswith("file:") or not _URL.match(url):
        return _local(url, name, extras, marker, origin, editable)
    if reason := _not_to_be_had(url):
        return Missing(redact(url), origin, reason)
    if "subdirectory" in parts:
        url = f"{url}#subdirectory={parts['subdirectory']}"
    return Requirement(
        name or _name_of_archive(url.split("#")[0]),
        origin,
        url=url,
        extras=_normalised(extras),
        marker=marker,
        editable=editable,
        hashes=hashes,
    )


def _not_to_be_had(url: str) -> str:
    scheme = url.partition(":")[0].lower()
    if scheme.partition("+")[0] in ("hg", "svn", "bzr"):
        return f"only git repositories can be had, not {scheme.partition('+')[0]}"
    if scheme.endswith("+file"):
        return "it is a repository on its author's machine"
    try:
        urlsplit(url)
    except ValueError:
        return "its URL is malformed"
    return ""


def _local(
    url: str, name: str, extras: tuple[str, ...], marker: str, origin: Origin, editable: bool
) -> Requirement | Missing:
    path = url
    if url.lower().startswith("file:"):
        path = unquote(re.sub(r"(?i)^file:(?://(?:localhost)?(?=/))?", "", url))
    if path.startswith(("/", "~")) or re.match(r"^[A-Za-z]:[\\/]|^\\\\", path):
        return Missing(name or redact(url), origin, "it is a file on its author's machine")
    return Requirement(
        name or _name_of_archive(path),
        origin,
        url=path or ".",
        local=True,
        extras=_normalised(extras),
        marker=marker,
        editable=editable,
    )


def _name_of_archive(url: str) -> str:
    filename = unquote(url.rsplit("/", 1)[-1])
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[0]
        return parse_sdist_filename(filename)[0]
    except (InvalidWheelFilename, InvalidSdistFilename, ValueError):
        return ""


def _valid_marker(marker: str, origin: Origin) -> str:
    if not marker:
        return ""
    try:
        return str(Parsed(f"name ; {marker}").marker)
    except (InvalidRequirement, ValueError, RecursionError) as error:
        raise malformed(marker, origin) from error


def _normalised(extras: tuple[str, ...] | set[str]) -> tuple[str, ...]:
    return tuple(sorted({canonicalize_name(extra.strip()) for extra in extras if extra.strip()}))
