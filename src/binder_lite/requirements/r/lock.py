# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of renv.lock and packrat.lock → values: all packages that were installed, with versions.

Which of them a project asks for itself, and which only came with others, is told in `r/files.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from binder_lite.errors import BadRequirements
from binder_lite.requirements.model import Missing, Origin, Requirement
from binder_lite.requirements.r.description import Field, parse_control, split_items
from binder_lite.requirements.r.remotes import git_remote, is_package_name, minor_release

_KEY = re.compile(r'"((?:[^"\\\n]|\\.)*)"\s*:\s*\{')
_NEEDS = ("Requirements", "Depends", "Imports", "LinkingTo")


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock file says.

    ``needs`` are the names that each package needs, for those that say so; ``r`` is R itself.
    """

    file: str
    packages: tuple[Requirement, ...]
    missing: tuple[Missing, ...] = ()
    needs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    r: Requirement | None = None
    notices: tuple[str, ...] = ()

    def brought_by(self, names: frozenset[str]) -> frozenset[str]:
        """Return what the packages ``names`` need, and what those need, and so on."""
        needs = dict(self.needs)
        brought: set[str] = set()
        waiting = list(names)
        while waiting:
            for name in needs.get(waiting.pop(), ()):
                if name not in brought:
                    brought.add(name)
                    waiting.append(name)
        return frozenset(brought)


def parse_renv_lock(text: str, file: str) -> Lock:
    """Return what ``text``, the content of ``file``, says. Raises :class:`BadRequirements`."""
    document = _parse_json(text.removeprefix("\ufeff"), file)
    records = document.get("Packages", {})
    if not isinstance(records, dict):
        raise _bad(file, "what it holds as Packages is no object")
    lines = _lines(text)
    packages: list[Requirement] = []
    missing: list[Missing] = []
    needs: list[tuple[str, tuple[str, ...]]] = []
    for key, record in records.items():
        origin = Origin(file, lines.get(key))
        if not isinstance(record, dict):
            raise _bad(str(origin), f"what it says of {key[:60]!r} is no object")
        name = _text(record, "Package") or key
        if not is_package_name(name):
            raise _bad(str(origin), f"{name[:60]!r} is no name of a package")
        item = _locked(name, record, origin)
        if isinstance(item, Missing):
            missing.append(item)
        else:
            packages.append(item)
        if (wanted := _needs(record)) is not None:
            needs.append((name, wanted))
    line = _line_of_top(text, "R")
    return Lock(
        file,
        tuple(packages),
        tuple(missing),
        tuple(needs),
        _r(_text(_object(document, "R"), "Version"), Origin(file, line)),
        _renv_notices(document, text, file),
    )


def parse_packrat_lock(text: str, file: str) -> Lock:
    """Return what ``text``, the content of ``file``, says. Raises :class:`BadRequirements`."""
    records, stray = parse_control(text)
    if stray:
        raise _bad(f"{file}:{stray[0][0]}", "the line belongs to no field")
    packages: list[Requirement] = []
    needs: list[tuple[str, tuple[str, ...]]] = []
    r = None
    for record in records:
        values = {field.name: field.value for field in record}
        origin = Origin(file, record[0].line)
        if "Package" not in values:
            r = r or _r(values.get("RVersion", ""), _origin_of(record, "RVersion", file))
            continue
        name = values["Package"]
        if not is_package_name(name):
            raise _bad(str(origin), f"{name[:60]!r} is no name of a package")
        packages.append(_required(name, values.get("Version", ""), _packrat_url(values), origin))
        requires = [field for field in record if field.name == "Requires"]
        needs.append((name, tuple(item for field in requires for _, item in split_items(field))))
    return Lock(file, tuple(packages), needs=tuple(needs), r=r)


def _parse_json(text: str, file: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _bad(f"{file}:{error.lineno}", error.msg) from error
    except (RecursionError, ValueError) as error:
        raise _bad(file, str(error)[:200]) from error
    if not isinstance(document, dict):
        raise _bad(file, "it is no object")
    return document


def _lines(text: str) -> dict[str, int]:
    """Return the line of each package's key, as renv and people lay out the file."""
    found: dict[str, int] = {}
    line, at = 1, 0
    for match in _KEY.finditer(text, max(text.find('"Packages"'), 0)):
        line += text.count("\n", at, match.start())
        at = match.start()
        found.setdefault(match[1], line)
    return found


def _line_of_top(text: str, key: str) -> int:
    match = re.search(rf'"{key}"\s*:', text)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def _locked(name: str, record: Mapping[str, object], origin: Origin) -> Requirement | Missing:
    source = _text(record, "Source").lower()
    version = _text(record, "Version")
    if source in ("local", "cellar"):
        reason = f"version {version or 'unknown'} was installed from its author's machine"
        return Missing(name, origin, reason, "r")
    return _required(name, version, _renv_url(source, record), origin)


def _required(name: str, version: str, url: str, origin: Origin) -> Requirement:
    specifier = f"=={version}" if re.fullmatch(r"\d+(?:[.-]\d+)*", version) else ""
    return Requirement(name, origin, "r", specifier=specifier, url=url)


def _renv_url(source: str, record: Mapping[str, object]) -> str:
    ref = _text(record, "RemoteSha") or _text(record, "RemoteRef")
    ref = "" if ref == "HEAD" else ref
    folder = _text(record, "RemoteSubdir")
    if source in ("git", "git2r", "xgit"):
        url = _text(record, "RemoteUrl")
        return git_remote(url, ref, folder) if url else ""
    if source == "url":
        return _text(record, "RemoteUrl")
    forge = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
    owner, repository = _text(record, "RemoteUsername"), _text(record, "RemoteRepo")
    if source not in forge or not owner or not repository:
        return ""
    host = _text(record, "RemoteHost").partition("://")[2] or _text(record, "RemoteHost")
    host = host.removeprefix("api.").partition("/")[0] or forge[source]
    return git_remote(f"https://{host}/{owner}/{repository}", ref, folder)


def _packrat_url(values: Mapping[str, str]) -> str:
    owner, repository = values.get("GithubUsername"), values.get("GithubRepo")
    if not owner or not repository:
        return ""
    ref = values.get("GithubSha1") or values.get("GithubRef") or ""
    folder = values.get("GithubSubdir") or ""
    return git_remote(f"https://github.com/{owner}/{repository}", ref, folder)


def _needs(record: Mapping[str, object]) -> tuple[str, ...] | None:
    """Return the names that a record says it needs, ``None`` when it says nothing of that."""
    lists = [record[key] for key in _NEEDS if key in record]
    if not lists:
        return None
    texts: list[str] = []
    for value in lists:
        # Older files have lists, some have the text of the DESCRIPTION.
        values = value if isinstance(value, list) else str(value).split(",")
        texts += [item for item in values if isinstance(item, str)]
    return tuple(text.partition("(")[0].strip() for text in texts)


def _r(version: str, origin: Origin) -> Requirement | None:
    # renv goes on with another patch release, and warns of another minor one.
    specifier = minor_release(version)
    return Requirement("R", origin, "r", specifier=specifier) if specifier else None


def _renv_notices(document: Mapping[str, object], text: str, file: str) -> tuple[str, ...]:
    notices = []
    if release := _text(_object(document, "Bioconductor"), "Version"):
        line = _line_of_top(text, "Bioconductor")
        notices.append(f"{file}:{line}: Bioconductor's release {release[:20]} is not pinned.")
    if python := _object(document, "Python"):
        version = _text(python, "Version") or "of any version"
        line = _line_of_top(text, "Python")
        notices.append(f"{file}:{line}: Python {version[:20]}, which it names, is not added.")
    return tuple(notices)


def _origin_of(record: tuple[Field, ...], name: str, file: str) -> Origin:
    return Origin(file, next((field.line for field in record if field.name == name), None))


def _object(document: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _text(record: Mapping[str, object], key: str) -> str:
    value = record.get(key)
    return value.strip() if isinstance(value, str) else ""


def _bad(where: str, problem: str) -> BadRequirements:
    return BadRequirements(
        f"{where} cannot be read as a lock file of R: {problem}.",
        hint="Often a merge left its marks there. Write it again with renv::snapshot().",
    )
