# SPDX-License-Identifier: GPL-3.0-or-later
"""What a launch found in a repository, in one event for the page's box. Pure."""

from __future__ import annotations

from binder_lite.preparing import Read
from binder_lite.web.events_stream import clean
from binder_lite.web.transcripts import Json

_MOST_FILES = 12


def found_fields(found: Read, engine: str, reason: str) -> dict[str, Json]:
    """Return the fields that say what was found and why this engine builds it."""
    requirements, recipe, pinned = found.requirements, found.recipe, found.checkout.pinned
    files: list[Json] = [clean(name, 200) for name in requirements.build_files[:_MOST_FILES]]
    named = ", ".join(str(name) for name in files) or "no file that declares software"
    return {
        "phase": "building",
        "kind": "found",
        "message": f"Found {named}.",
        "files": files,
        "more_files": max(0, len(requirements.build_files) - _MOST_FILES),
        "guessed": requirements.guessed,
        "commit": pinned.commit or "",
        "ref": clean((pinned.ref or "").removeprefix("refs/heads/").removeprefix("refs/tags/")),
        "software": clean(recipe.software),
        "requirements": len(recipe.packages),
        "notebook": clean(found.path, 200),
        "engine": engine,
        "reason": clean(reason),
    }
