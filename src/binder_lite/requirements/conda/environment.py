# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of an environment.yml → values, with conda's names and versions turned into PyPI's.

Which names differ is `conda/names.py`'s to know. Rules of a conda specification:
https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from ruamel.yaml.nodes import Node

from binder_lite.errors import BadRequirements
from binder_lite.requirements.conda.names import (
    LEFT_OUT,
    NOT_ON_PYPI,
    ON_PYPI,
    SYSTEM,
    why_left_out,
)
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements, joined
from binder_lite.requirements.python.requirements_txt import Include, parse_requirements_txt
from binder_lite.requirements.python.version import python_version
from binder_lite.requirements.yaml import is_list, items, line, pairs, parse_yaml, scalar

_SPEC = re.compile(
    r"^(?:(?P<channel>[^\s:]+)::)?(?P<name>[A-Za-z0-9_][\w.-]*)(?P<version>[^\[]*)"
    r"(?:\[(?P<options>[^\]]*)\])?$"
)

_LONGEST = 1000
_NOTHING = ("", "~", "null")


@dataclass(frozen=True, slots=True)
class CondaSpec:
    """One conda specification; ``version`` is as conda writes it, without the build string."""

    name: str
    version: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class CondaEnvironment:
    """What an environment.yml says; ``includes`` are the ``-r`` files of its pip section."""

    found: Requirements
    includes: tuple[Include, ...] = ()


def parse_environment_yml(text: str, file: str, *, neutral: bool = False) -> CondaEnvironment:
    """Return what ``text``, the content of ``file``, says: with PyPI's names, unless ``neutral``.

    Raises :class:`BadRequirements`.
    """
    root = parse_yaml(text, file)
    top = dict(pairs(root))
    if root is not None and not top:
        raise BadRequirements(
            f"{file} is not a conda environment: it holds no keys.",
            hint="It begins with `dependencies:` and a list of packages below it.",
        )
    wanted = top.get("dependencies")
    if wanted is not None and not is_list(wanted) and scalar(wanted) not in _NOTHING:
        raise BadRequirements(
            f"{file}:{line(wanted)}: what `dependencies:` holds is no list.",
            hint="Put each package on a line of its own that begins with a hyphen: - numpy",
        )
    parts = [Requirements(build_files=(file,), notices=_top_notices(top, file, neutral=neutral))]
    includes: list[Include] = []
    for item in items(wanted):
        origin = Origin(file, line(item))
        if (spec := scalar(item)) is not None:
            parts.append(_package(spec, origin, neutral=neutral))
            continue
        for manager, below in pairs(item):
            if manager != "pip":
                parts.append(_unknown(f"{manager}:", origin))
                continue
            for pip_item in items(below):
                pip_line = scalar(pip_item)
                parsed = parse_requirements_txt(pip_line or "", file, first_line=line(pip_item))
                parts.append(parsed.found)
                includes += parsed.includes
    return CondaEnvironment(joined(*parts), tuple(includes))


def parse_conda_spec(text: str) -> CondaSpec | None:
    """Return the parts of a specification, ``None`` when it is none."""
    match = _SPEC.match(text.partition("#")[0].strip())
    if match is None or len(text) > _LONGEST:
        return None
    version = match["version"].strip()
    options = dict(
        (key.strip(), value.strip("'\" "))
        for key, _, value in (
            part.partition("=") for part in re.split(r",\s*(?=\w+=)", match["options"] or "")
        )
    )
    version = version or options.get("version", "")
    if exact := re.match(r"^==?\s*([^\s=]+)(?:=|\s+)\S+$", version):
        # name=1.2=build_0: with a build the version is exact.
        version = f"=={exact[1]}"
    elif built := re.match(r"^([^\s<>=!~]+)\s+\S+$", version):
        version = f"=={built[1]}"
    channel = match["channel"] or options.get("channel", "")
    return CondaSpec(match["name"].lower(), re.sub(r"\s+", "", version), channel)


def pep440(version: str) -> str | None:
    """Return conda's ``version`` as PEP 440, ``None`` when that cannot be said.

    A single ``=`` matches what begins so, a bare version is exact, ``*`` is any.
    """
    if not version or version in ("*", "=*", "==*"):
        return ""
    if "|" in version:
        return None
    parts = []
    for part in version.split(","):
        if part.startswith("=") and not part.startswith("=="):
            part = f"=={part[1:].removesuffix('*').removesuffix('.')}.*"
        elif part and part[0].isdigit():
            part = f"=={part}"
        if match := re.match(r"^(>=|<=|>|<)(.+?)\.?\*$", part):
            part = match[1] + match[2]
        parts.append(re.sub(r"(?<=[\d])(?<!\.)\*$", ".*", part))
    try:
        return str(SpecifierSet(",".join(parts)))
    except (InvalidSpecifier, ValueError):
        return None


def _package(text: str, origin: Origin, *, neutral: bool) -> Requirements:
    spec = parse_conda_spec(text)
    if spec is None:
        raise BadRequirements(
            f"{origin} is not a conda package that can be understood: {text[:120]!r}.",
            hint="A package looks like: numpy=1.26 or numpy>=1.26. Mend the line, or remove it.",
        )
    if spec.name == "python":
        return _python(spec, origin)
    if neutral:
        own = Requirement(spec.name, origin, "conda", specifier=spec.version)
        return Requirements(packages=(own,))
    if reason := NOT_ON_PYPI.get(spec.name) or _other_language(spec.name):
        return Requirements(missing=(Missing(spec.name, origin, reason, _language(spec.name)),))
    if system := SYSTEM.get(spec.name):
        return Requirements(system=(Requirement(system, origin, "system"),))
    if reason := LEFT_OUT.get(spec.name) or why_left_out(spec.name):
        return Requirements(notices=(f"{origin}: {spec.name} is left out: {reason}.",))
    name = ON_PYPI.get(spec.name, spec.name)
    specifier = pep440(spec.version)
    notices = []
    if specifier is None:
        notices.append(
            f"{origin}: the version {spec.version} of {spec.name} is conda's own; any is taken."
        )
    if canonicalize_name(name) != canonicalize_name(spec.name):
        notices.append(f"{origin}: conda's {spec.name} is {name} on PyPI.")
    package = Requirement(canonicalize_name(name), origin, specifier=specifier or "")
    return Requirements(packages=(package,), notices=tuple(notices))


def _python(spec: CondaSpec, origin: Origin) -> Requirements:
    bare = re.sub(r"^=+", "", spec.version).removesuffix("*").removesuffix(".")
    version = python_version(bare, origin) or python_version(pep440(spec.version) or "", origin)
    if version or not spec.version:
        return Requirements(python=(version,) if version else ())
    return Requirements(
        notices=(f"{origin}: python {spec.version} is not understood; any is taken.",)
    )


def _other_language(name: str) -> str:
    if re.match(r"^(r|bioconductor)-", name):
        return "it is a package of R"
    if name.startswith(("perl-", "julia-", "rust-", "go-")):
        return "it is not a package of Python"
    return ""


def _language(name: str) -> Literal["r", "system"]:
    return "r" if re.match(r"^(r|bioconductor)-", name) else "system"


def _unknown(name: str, origin: Origin) -> Requirements:
    return Requirements(
        notices=(f"{origin}: the section {name!r} is not understood; it is ignored.",)
    )


def _top_notices(top: Mapping[str, Node], file: str, *, neutral: bool) -> tuple[str, ...]:
    """Tell what else the file says. ``name`` and ``prefix`` are its author's own business."""
    notices = []
    channels = [scalar(item) or "" for item in items(top.get("channels"))]
    if channels:
        names = ", ".join(channels)
        used = "Guix" if neutral else "PyPI"
        notices.append(
            f"{file}: conda's channels ({names}) are not used; packages come from {used}."
        )
    if variables := [name for name, _ in pairs(top.get("variables"))]:
        notices.append(f"{file}: the variables {', '.join(variables)} are not set.")
    known = {"name", "prefix", "channels", "dependencies", "variables"}
    notices += [
        f"{file}: {key!r} is not understood; it is ignored." for key in top if key not in known
    ]
    return tuple(notices)
