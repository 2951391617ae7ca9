# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan → what ``--dry-run`` prints, for people and for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from binder_lite.cli.json_lines import Json
from binder_lite.cli.wording import clean, count

if TYPE_CHECKING:
    from binder_lite.planning import Plan
    from binder_lite.requirements.model import Missing, Requirement, Requirements
    from binder_lite.sources.model import PinnedSource


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
        ("Software", [*filter(None, [plan.software]), *_python(wanted)]),
        _declared(plan),
        ("Added by the engine", list(plan.added)),
        ("System packages", _packages(wanted.system)),
        ("Missing", [_missing(each) for each in wanted.missing]),
        ("Notices", [*wanted.notices, *plan.remarks]),
        ("The notebook itself asks Guix for", list(plan.asks)),
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


def _declared(plan: Plan) -> tuple[str, list[str]]:
    """Return the packages as they were written, or as the engine read them where only it could."""
    wanted = plan.requirements.packages
    lines = _packages(wanted) or [each for each in plan.packages if each not in plan.added]
    return f"Packages ({len(lines)})", lines


def _missing(missing: Missing) -> str:
    return f"{missing.name} ({missing.origin}): {missing.reason}"


def plan_fields(plan: Plan) -> dict[str, Json]:
    """Return the plan as one JSON event."""
    wanted = plan.requirements
    source = plan.pinned.source
    return {
        "phase": "waiting",
        "kind": "plan",
        "message": f"{count(len(_declared(plan)[1]), 'package')} with the engine {plan.engine}; "
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
        "software": plan.software,
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
        "notices": [*wanted.notices, *plan.remarks],
        "notebook_asks": list(plan.asks),
        "path": plan.path,
        "kernel": plan.kernel,
        "command": plan.command.display(),
    }
