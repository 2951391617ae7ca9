# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each requirement, for people and for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from binder_lite.cli.json_lines import Json
from binder_lite.cli.wording import clean, count, folded
from binder_lite.manifests.lacking import advise

if TYPE_CHECKING:
    from binder_lite.manifests.generating import Generated
    from binder_lite.manifests.mapping import Outcome

_INDENT = 11


def report(generated: Generated, columns: int) -> str:
    """Return the outcomes: what Guix has, what differs, what it lacks and what is ignored."""
    lines = [_summary(generated)]
    for label, text in _lines(generated):
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


def manifest_fields(generated: Generated, text: str) -> dict[str, Json]:
    """Return the manifest and the outcomes as one JSON event."""
    mapped = generated.mapped
    return {
        "phase": "building",
        "kind": "manifest",
        "message": clean(_summary(generated)),
        "guix": mapped.guix,
        "manifest": text,
        "requirements": [_fields(each, generated) for each in mapped.outcomes],
        "kernels_missing": [language for language, _ in mapped.kernels.missing],
        "conflicts": [str(each) for each in mapped.conflicts],
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
