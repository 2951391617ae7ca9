# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages added to a manifest.scm, under Guix's names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from binder_lite.amendments.versions import in_order
from binder_lite.manifests.model import Entry
from binder_lite.sessions.addition import Addition

ToGuix = Callable[[Addition], str | None]
Merge = Callable[[str, Iterable[Entry]], str]


def amend_manifest(text: str, additions: Iterable[Addition], to_guix: ToGuix, merge: Merge) -> str:
    """Return ``text`` with an entry for each addition that ``to_guix`` knows a package of.

    ``merge`` is :func:`binder_lite.manifests.merging.merge_manifest`. Raises :class:`CannotAmend`
    when the text is more than a list of packages.
    """
    entries = tuple(
        Entry(name, comment=_comment(each))
        for each in in_order(additions)
        if (name := guix_name(each, to_guix))
    )
    return merge(text, entries) if entries else text


def guix_name(addition: Addition, to_guix: ToGuix) -> str | None:
    """Return Guix's name of an addition; what Guix itself installed has it already."""
    return addition.name if addition.language == "guix" else to_guix(addition)


def _comment(addition: Addition) -> str:
    where = f", {addition.origin}" if addition.origin else ""
    return f"{addition.name}{where}" if addition.language != "guix" else where.lstrip(", ")
