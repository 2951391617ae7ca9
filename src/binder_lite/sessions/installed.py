# SPDX-License-Identifier: GPL-3.0-or-later
"""What package managers left in a session's home: pip and uv, R, Julia, Guix.

All of it is data that the session could have written itself: nothing is imported or executed,
sizes are bounded, and a name, version or URL that is not one is told and left out, since it may
end in a file of the repository.
"""

from __future__ import annotations

import email.parser
import email.policy
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from binder_lite.command import redact
from binder_lite.engines.base import HOME, WORK
from binder_lite.engines.guix.profile import parse_packages
from binder_lite.engines.layer import LAYER, R_LIBRARY
from binder_lite.errors import BadRequirements
from binder_lite.events import printable
from binder_lite.requirements.guix.text import NotPlain
from binder_lite.requirements.model import Missing, Origin
from binder_lite.requirements.python.pep508 import parse_requirement
from binder_lite.requirements.toml import Table, parse_toml, string, table
from binder_lite.sessions.addition import Addition
from binder_lite.sessions.hostile_files import list_folder, read_start

# Metadata begins with what is needed here; a long description may follow.
_HEAD = 256 * 1024
_RECORD = 4 * 1024 * 1024
_MANIFEST = 4 * 1024 * 1024
_STORE = Path("/gnu/store")
# They install others; that they were renewed says nothing of the repository.
_INSTALLERS = frozenset({"pip", "setuptools", "wheel", "uv"})
_R_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]*")
_R_VERSION = re.compile(r"\d[\d.-]*")
_WORD = re.compile(r"[\w.-]+")
_JULIA_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GUIX_PACKAGE = re.compile(
    r"(?P<name>[a-z0-9][\w.+-]*)@(?P<version>[\w.+-]+)(?P<output>:[\w-]+)?", re.ASCII
)


@dataclass(slots=True)
class Installed:
    """What was found; ``modules`` are the names that Python can import from it, normalised."""

    additions: list[Addition] = field(default_factory=list)
    modules: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Distribution:
    """A package of Python as its metadata describes it. ``url`` is its direct_url.json."""

    name: str
    version: str
    requested: bool
    tool: str
    needs: frozenset[str]
    modules: tuple[str, ...]
    url: Mapping[str, object] | None


def find_installed(home: Path) -> Installed:
    """Return what was installed in the session whose home this directory is."""
    found = Installed()
    for folder in (str(LAYER.relative_to(HOME)), ".local"):
        for version in list_folder(home, f"{folder}/lib"):
            if version.startswith("python"):
                _add_python(home, f"{folder}/lib/{version}/site-packages", found)
    _add_r(home, found)
    _add_julia(home, found)
    _add_guix(home, found)
    return found


def _add_python(home: Path, site: str, found: Installed) -> None:
    here = []
    for entry in list_folder(home, site):
        if not entry.endswith((".dist-info", ".egg-info")):
            continue
        distribution = _read_distribution(home, f"{site}/{entry}")
        if distribution is None:
            found.notices.append(f"{printable(entry)} has no metadata that can be understood.")
        else:
            here.append(distribution)
            modules = (canonicalize_name(module) for module in distribution.modules)
            found.modules |= dict.fromkeys(modules, distribution.name)
    asked_for = [each for each in here if each.requested]
    if not asked_for:
        # Written by a tool that does not tell what was asked for: what no other needs.
        needed = {name for each in here for name in each.needs}
        asked_for = [each for each in here if each.name not in needed]
    for each in asked_for:
        if each.name in _INSTALLERS:
            found.notices.append(f"{each.name} {each.version} was installed; it is not offered.")
            continue
        addition = _python_addition(each)
        if isinstance(addition, Addition):
            found.additions.append(addition)
        else:
            found.notices.append(addition)


def _read_distribution(home: Path, folder: str) -> _Distribution | None:
    def text(name: str, limit: int = _HEAD) -> str | None:
        data = read_start(home, f"{folder}/{name}", limit)
        return None if data is None else data.decode("utf-8", "replace")

    legacy = folder.endswith(".egg-info")
    metadata = text("PKG-INFO" if legacy else "METADATA")
    if metadata is None:
        return None
    # Headers end at the first empty line; what was cut off is description, or too much to read.
    headers = email.parser.HeaderParser(policy=email.policy.compat32).parsestr(metadata)
    try:
        name = canonicalize_name(str(headers.get("Name", "")).strip(), validate=True)
    except InvalidName:
        return None
    needs = (_name_of(str(value)) for value in headers.get_all("Requires-Dist") or ())
    listed = text("top_level.txt") or ""
    record = text("RECORD", _RECORD) or ""
    modules = {line.strip() for line in listed.splitlines() if line.strip()}
    modules |= set(filter(None, map(_module_of, record.splitlines())))
    return _Distribution(
        name=name,
        version=_valid_version(str(headers.get("Version", ""))),
        requested=legacy or text("REQUESTED") is not None,
        tool="uv" if (text("INSTALLER") or "").strip() == "uv" else "pip",
        needs=frozenset(filter(None, needs)),
        modules=tuple(sorted(modules)),
        url=_json_object(text("direct_url.json")),
    )


def _name_of(requirement: str) -> str:
    try:
        parsed = Parsed(requirement)
    except (InvalidRequirement, RecursionError):
        return ""
    # What an extra would bring was not brought by the package itself.
    is_extra = parsed.marker is not None and "extra" in str(parsed.marker)
    return "" if is_extra else canonicalize_name(parsed.name)


def _module_of(line: str) -> str:
    """Return the module that a line of a RECORD file is about, ``""`` when it is about none."""
    path = line.partition(",")[0].strip('"')
    first, slash, _ = path.partition("/")
    if slash:
        return first if first.isidentifier() else ""
    module, _, suffix = first.partition(".")
    return module if suffix == "py" or suffix.endswith("so") else ""


def _valid_version(text: str) -> str:
    try:
        return str(Version(text.strip()))
    except InvalidVersion:
        return ""


def _json_object(text: str | None) -> Mapping[str, object] | None:
    try:
        value = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _python_addition(found: _Distribution) -> Addition | str:
    """Return what was added, or why it is not offered."""
    if found.url is None:
        return Addition("python", found.name, found.version, tool=found.tool)
    reference, editable = _reference(found.url)
    if reference.startswith("file://"):
        path = posixpath.normpath(unquote(reference.removeprefix("file://").partition("#")[0]))
        if not (path == str(WORK) or path.startswith(f"{WORK}/")):
            where = printable(path)[:200]
            return f"{found.name} comes from {where}, which is not in the repository."
        inside = posixpath.relpath(path, WORK)
        if not re.fullmatch(r"[\w./+-]+", inside):
            return f"{found.name} comes from a folder whose name no requirements file can hold."
        return Addition(
            "python", found.name, found.version, tool=found.tool,
            url=inside, local=True, editable=editable,
        )  # fmt: skip
    try:
        parsed = parse_requirement(f"{found.name} @ {reference}", Origin("direct_url.json"))
    except BadRequirements:
        parsed = Missing(found.name, Origin("direct_url.json"), "its URL is malformed")
    is_plain = re.fullmatch(r"[!-~]+", reference) and redact(reference) == reference
    if isinstance(parsed, Missing) or parsed.local or not is_plain:
        return f"{found.name} comes from {clean_url(reference)}, which cannot be written down."
    return Addition("python", found.name, found.version, tool=found.tool, url=reference)


def clean_url(url: str) -> str:
    """Return a URL for showing: short, without secrets and without escapes."""
    return printable(redact(url.replace("\n", " ")))[:200]


def _reference(direct: Mapping[str, object]) -> tuple[str, bool]:
    """Return the URL that a direct_url.json is, as PEP 508 writes it, and if it is editable.

    See https://packaging.python.org/en/latest/specifications/direct-url/
    """
    url, folder = str(direct.get("url", "")), direct.get("subdirectory")
    end = f"#subdirectory={folder}" if isinstance(folder, str) and folder else ""
    if isinstance(vcs := direct.get("vcs_info"), dict):
        commit = vcs.get("commit_id")
        at = f"@{commit}" if isinstance(commit, str) and commit else ""
        return f"{vcs.get('vcs', 'git')}+{url}{at}{end}", False
    info = direct.get("dir_info")
    return f"{url}{end}", isinstance(info, dict) and info.get("editable") is True


def _add_r(home: Path, found: Installed) -> None:
    libraries = [str(R_LIBRARY.relative_to(HOME))]
    for platform in list_folder(home, "R"):
        libraries += [f"R/{platform}/{name}" for name in list_folder(home, f"R/{platform}")]
    packages: dict[str, Mapping[str, str]] = {}
    for library in libraries:
        for name in list_folder(home, library):
            data = read_start(home, f"{library}/{name}/DESCRIPTION", _HEAD)
            if data is None:
                continue
            fields: Mapping[str, str] = dict(parse_fields(data.decode("utf-8", "replace")))
            if not _R_NAME.fullmatch(fields.get("Package", "")):
                found.notices.append(f"{printable(name)} is no package of R that can be named.")
            elif fields.get("Priority") != "base":
                packages.setdefault(fields["Package"], fields)
    needed = {
        name
        for fields in packages.values()
        for kind in ("Depends", "Imports", "LinkingTo")
        for name in re.findall(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9.]*)", fields.get(kind, ""))
        if name != fields["Package"]
    }
    for name in sorted(packages.keys() - needed, key=str.lower):
        described = packages[name]
        version = described.get("Version", "")
        found.additions.append(
            Addition(
                "r", name, version if _R_VERSION.fullmatch(version) else "", tool="R",
                url=_remote(described),
            )
        )  # fmt: skip


def parse_fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of Debian's control format, which R's DESCRIPTION has; lines joined."""
    name, parts = "", list[str]()
    for line in text.splitlines():
        if line[:1] in " \t" and name:
            parts.append(line.strip())
        elif match := re.match(r"([A-Za-z][\w@/-]*):[ \t]*(.*)", line):
            if name:
                yield name, " ".join(parts)
            name, parts = match[1], [match[2].strip()]
    if name:
        yield name, " ".join(parts)


def _remote(fields: Mapping[str, str]) -> str:
    """Return what the field Remotes calls the place that a package came from."""
    kind = fields.get("RemoteType", "")
    user, repository = fields.get("RemoteUsername", ""), fields.get("RemoteRepo", "")
    if kind not in ("github", "gitlab", "bitbucket"):
        return ""
    if not (_WORD.fullmatch(user) and _WORD.fullmatch(repository)):
        return ""
    place = f"{user}/{repository}"
    return place if kind == "github" else f"{kind}::{place}"


def _add_julia(home: Path, found: Installed) -> None:
    for version in list_folder(home, ".julia/environments"):
        folder = f".julia/environments/{version}"
        project = _read_toml(home, f"{folder}/Project.toml", found)
        manifest = _read_toml(home, f"{folder}/Manifest.toml", found)
        versions = _manifest_versions(manifest)
        for name, uuid in sorted(table(project, "deps").items()):
            if not (_JULIA_NAME.fullmatch(name) and _UUID.fullmatch(str(uuid))):
                found.notices.append(f"{printable(name)[:80]} is no package of Julia.")
                continue
            known = versions.get(name, "")
            found.additions.append(Addition("julia", name, known, tool="Pkg", uuid=uuid))


def _read_toml(home: Path, path: str, found: Installed) -> Table:
    data = read_start(home, path, _MANIFEST)
    if data is None:
        return {}
    try:
        return parse_toml(data.decode("utf-8", "replace"), path)
    except BadRequirements as error:
        found.notices.append(error.message)
        return {}


def _manifest_versions(manifest: Table) -> Mapping[str, str]:
    # Until version 2 of the format the packages were at the top.
    packages = table(manifest, "deps") or manifest
    versions = {}
    for name, entries in packages.items():
        first = entries[0] if isinstance(entries, list) and entries else None
        version = string(first, "version") if isinstance(first, dict) else ""
        # Julia's versions are semantic ones, with a build number after "+".
        if re.fullmatch(r"\d+(?:\.\d+){0,2}(?:[-+][\w.+-]*)?", version, re.ASCII):
            versions[name] = version.partition("+")[0]
    return versions


def _add_guix(home: Path, found: Installed) -> None:
    """Read the profile that ``guix install`` made: a link that leads into the store."""
    link = home / ".guix-profile"
    try:
        profile = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return
    if profile.parent != _STORE:
        return
    text = read_start(_STORE, f"{profile.name}/manifest", _MANIFEST)
    try:
        packages = parse_packages((text or b"").decode("utf-8", "replace"))
    except NotPlain as error:
        found.notices.append(f"The profile of `guix install` cannot be read: {error}.")
        return
    for package in packages:
        if match := _GUIX_PACKAGE.fullmatch(package):
            name = match["name"] + (match["output"] or "")
            found.additions.append(Addition("guix", name, match["version"], tool="guix"))
