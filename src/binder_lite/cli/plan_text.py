# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan → what ``--dry-run`` prints, for people and for programs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from binder_lite.cli.json_lines import Json
from binder_lite.cli.wording import clean, count

if TYPE_CHECKING:
    from binder_lite.launch import Plan
    from binder_lite.requirements.model import Missing, Requirement, Requirements
    from binder_lite.sources.model import PinnedSource


_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def plan_text(plan: Plan) -> str:
    """Return the plan in sections."""
    wanted = plan.requirements
    built = "is built already" if plan.built else "will be built"
    sections = (
        ("Source", _source(plan.pinned)),
        ("Files", _files(wanted)),
        (
            "Engine",
            [f"{plan.engine}: {plan.reason}", f"environment {plan.environment} {built}"],
        ),
        ("Python", [plan.python, *_python(wanted)] if plan.python else _python(wanted)),
        (f"Packages ({len(wanted.packages)})", _packages(wanted.packages)),
        ("Added by the engine", _added(plan)),
        ("System packages", _packages(wanted.system)),
        ("Missing", [_missing(each) for each in wanted.missing]),
        ("Notices", list(wanted.notices)),
        ("Opens", [_opens(plan)]),
        ("Command", [plan.command.display()]),
    )
    return "\n".join(_section(title, lines) for title, lines in sections if lines)


def _opens(plan: Plan) -> str:
    kernel = f", kernel {plan.kernel}" if plan.kernel else ""
    return f"{plan.path or 'the file browser'}{kernel}"


def _section(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *(f"    {clean(line)}" for line in lines)])


def _source(pinned: PinnedSource) -> list[str]:
    source = pinned.source
    lines = [str(source.directory) if source.directory else source.url or source.text]
    if pinned.commit is None:
        return [*lines, "no commit: this is a plain folder"]
    ref = f" ({pinned.ref})" if pinned.ref else ""
    lines.append(f"commit {pinned.commit}{ref}")
    if pinned.uncommitted:
        lines.append("uncommitted changes are taken along")
    return lines


def _files(wanted: Requirements) -> list[str]:
    lines = [f"used: {file}" for file in wanted.build_files]
    if wanted.guessed:
        lines.append("used: nothing is declared, so the imports of notebooks and scripts")
    if wanted.post_build:
        lines.append(f"runs once after the build: {wanted.post_build}")
    if wanted.start:
        lines.append(f"runs before the server: {wanted.start}")
    return [*lines, *(f"ignored: {file} ({reason})" for file, reason in wanted.ignored_files)]


def _python(wanted: Requirements) -> list[str]:
    return [
        f"asked for: {each.preferred or each.specifier} ({each.origin})" for each in wanted.python
    ]


def _packages(packages: Iterable[Requirement]) -> list[str]:
    written = [(_package(each), str(each.origin)) for each in packages]
    width = min(40, max((len(text) for text, _ in written), default=0))
    return [f"{text:{width}}  {origin}" for text, origin in written]


def _package(package: Requirement) -> str:
    extras = f"[{','.join(package.extras)}]" if package.extras else ""
    text = f"{package.name or package.url}{extras}{package.specifier}"
    if package.url and package.name:
        text += f" @ {package.url}"
    return f"{text}; {package.marker}" if package.marker else text


def _added(plan: Plan) -> list[str]:
    """Return what the engine asks for and no file does."""
    wanted = {each.name for each in plan.requirements.packages}
    names = [(_NAME.match(text), text) for text in plan.packages]
    return [text for name, text in names if not name or name.group() not in wanted]


def _missing(missing: Missing) -> str:
    return f"{missing.name} ({missing.origin}): {missing.reason}"


def plan_fields(plan: Plan) -> dict[str, Json]:
    """Return the plan as one JSON event."""
    wanted = plan.requirements
    source = plan.pinned.source
    return {
        "phase": "waiting",
        "kind": "plan",
        "message": f"{count(len(wanted.packages), 'package')} with the engine {plan.engine}; "
        "nothing was built or started.",
        "source": clean(source.url or str(source.directory or source.text)),
        "commit": plan.pinned.commit,
        "ref": plan.pinned.ref,
        "uncommitted": plan.pinned.uncommitted,
        "files": list(wanted.build_files),
        "ignored_files": [{"file": name, "reason": why} for name, why in wanted.ignored_files],
        "guessed": wanted.guessed,
        "engine": plan.engine,
        "reason": plan.reason,
        "environment": plan.environment,
        "built": plan.built,
        "python": plan.python,
        "packages": [
            {"package": _package(each), "origin": str(each.origin)} for each in wanted.packages
        ],
        "asked": list(plan.packages),
        "system": [
            {"package": _package(each), "origin": str(each.origin)} for each in wanted.system
        ],
        "missing": [
            {"package": each.name, "origin": str(each.origin), "reason": each.reason}
            for each in wanted.missing
        ],
        "notices": list(wanted.notices),
        "path": plan.path,
        "kernel": plan.kernel,
        "command": plan.command.display(),
    }
