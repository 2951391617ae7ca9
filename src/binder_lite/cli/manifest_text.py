# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each requirement, for people and for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from binder_lite.cli.json_lines import Json
from binder_lite.cli.wording import clean, count, folded
from binder_lite.manifests.lacking import advise

if TYPE_CHECKING:
    from binder_lite.manifests.elsewhere import Elsewhere
    from binder_lite.manifests.generating import Generated
    from binder_lite.manifests.importing import Imported, Imports
    from binder_lite.manifests.mapping import Outcome

_INDENT = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What can be done about what Guix lacks: another revision of it, and what was imported."""

    elsewhere: Elsewhere | None = None
    imports: Imports | None = None


_NO_OUTLOOK = Outlook()


def report(generated: Generated, columns: int, outlook: Outlook = _NO_OUTLOOK) -> str:
    """Return the outcomes: what Guix has, what differs, what it lacks and what is ignored.

    ``outlook`` is told after them.
    """
    lines = [_summary(generated)]
    for label, text in (*_lines(generated), *_outlook_lines(outlook)):
        first = f"  {label:<{_INDENT - 2}}{clean(text)}"
        lines += folded(first, columns, indent=_INDENT) if len(first) > columns else [first]
    return "\n".join(lines)


def _summary(generated: Generated) -> str:
    mapped = generated.mapped
    wanted = [each for each in mapped.outcomes if each.status != "ignored"]
    found = [each for each in wanted if each.status == "mapped"]
    ignored = len(mapped.outcomes) - len(wanted)
    said = f"Guix {mapped.guix} has {len(found)} of {count(len(wanted), 'requirement')}"
    if mapped.unsatisfied:
        said += f", {len(mapped.unsatisfied)} in another version"
    return f"{said}; {ignored} ignored." if ignored else f"{said}."


def _lines(generated: Generated) -> Iterator[tuple[str, str]]:
    mapped = generated.mapped
    for each in mapped.outcomes:
        said = f"{each.wanted} ({each.asked.origin})"
        if each.status == "mapped" and each.package:
            label = "differs" if each.fit == "unsatisfied" else "has"
            yield label, f"{said}: {each.package.name} {each.package.version}"
    for each in mapped.outcomes:
        if each.status == "missing":
            optional = "optional; " if each.asked.optional else ""
            yield "lacks", f"{each.wanted} ({each.asked.origin}): {optional}{each.reason}"
            yield "", str(advise(each, generated.catalogue))
    for language, package in mapped.kernels.missing:
        yield "lacks", f"a kernel for {language}" + (f" ({package})" if package else "")
    for conflict in mapped.conflicts:
        yield "clash", str(conflict)
    for each in mapped.outcomes:
        if each.status == "ignored":
            yield "ignored", f"{each.wanted} ({each.asked.origin}): {each.reason}"


def _outlook_lines(outlook: Outlook) -> Iterator[tuple[str, str]]:
    if outlook.imports:
        for done in outlook.imports.imported:
            differs = ", not the version asked for" if done.fit == "unsatisfied" else ""
            origin = done.outcome.asked.origin
            yield "imported", f"{done.outcome.wanted} ({origin}): {_named(done)}{differs}"
        for each in outlook.imports.failed:
            yield "failed", f"{each.outcome.wanted} ({each.outcome.asked.origin}): {each.reason}"
    if outlook.elsewhere:
        other = outlook.elsewhere
        gained = [*map(_short, other.gained), *map(_kernel, other.kernels_gained)]
        lost = [*map(_short, other.lost), *map(_kernel, other.kernels_lost)]
        said = f"Guix {other.guix}, which is on this machine, has {other.more} more as asked for: "
        said += ", ".join(gained)
        yield "elsewhere", said + (f"; and not {', '.join(lost)}" if lost else "")
        yield "", f"to have it: {other.command}"


def _named(imported: Imported) -> str:
    return f"{imported.name} {imported.version}".rstrip()


def _short(outcome: Outcome) -> str:
    found = outcome.package
    return f"{outcome.wanted} ({found.name} {found.version})" if found else outcome.wanted


def _kernel(language: str) -> str:
    return f"a kernel for {language}"


def manifest_fields(
    generated: Generated, text: str, outlook: Outlook = _NO_OUTLOOK
) -> dict[str, Json]:
    """Return the manifest, the outcomes and what can be done as one JSON event."""
    mapped = generated.mapped
    fields: dict[str, Json] = {
        "phase": "building",
        "kind": "manifest",
        "message": clean(_summary(generated)),
        "guix": mapped.guix,
        "manifest": text,
        "requirements": [_fields(each, generated) for each in mapped.outcomes],
        "kernels_missing": [language for language, _ in mapped.kernels.missing],
        "conflicts": [str(each) for each in mapped.conflicts],
        "elsewhere": _elsewhere_fields(outlook.elsewhere) if outlook.elsewhere else None,
    }
    return fields | (_import_fields(outlook.imports) if outlook.imports else {})


def _elsewhere_fields(elsewhere: Elsewhere) -> dict[str, Json]:
    return {
        "guix": elsewhere.guix,
        "program": str(elsewhere.program),
        "more": elsewhere.more,
        "gained": [each.asked.name for each in elsewhere.gained],
        "lost": [each.asked.name for each in elsewhere.lost],
        "kernels_gained": list(elsewhere.kernels_gained),
        "kernels_lost": list(elsewhere.kernels_lost),
        "names_its_commits": elsewhere.names_its_commits,
        "command": elsewhere.command,
    }


def _import_fields(imports: Imports) -> dict[str, Json]:
    """Return what was imported; ``packages`` is the text of the file beside the manifest."""
    return {
        "packages": imports.text,
        "imported": [
            {
                "name": each.outcome.asked.name,
                "package": each.name,
                "version": each.version,
                "fit": each.fit,
            }
            for each in imports.imported
        ],
        "not_imported": [
            {"name": each.outcome.asked.name, "reason": each.reason} for each in imports.failed
        ],
    }


def _fields(outcome: Outcome, generated: Generated) -> dict[str, Json]:
    asked = outcome.asked
    fields: dict[str, Json] = {
        "name": asked.name,
        "language": asked.language,
        "specifier": asked.specifier,
        "origin": str(asked.origin),
        "optional": asked.optional,
        "status": outcome.status,
        "reason": outcome.reason,
    }
    if outcome.package:
        fields |= {
            "package": outcome.package.name,
            "version": outcome.package.version,
            "specification": outcome.specification,
            "fit": outcome.fit,
        }
    if outcome.status == "missing":
        advice = advise(outcome, generated.catalogue)
        fields |= {
            "nearest": list(advice.nearest),
            "importer": advice.importer,
            "channel": advice.channel.name,
            "channel_url": advice.channel.url,
        }
    return fields
