# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages added to a manifest.scm, under Guix's names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.versions import in_order
from binder_lite.manifests.merging import merge_manifest
from binder_lite.manifests.model import Entry
from binder_lite.requirements.guix.text import NotPlain
from binder_lite.sessions.addition import Addition

# An addition → the specification of the package that Guix has of it, ``None`` where it has none.
ToGuix = Callable[[Addition], str | None]


def amend_manifest(text: str, additions: Iterable[Addition], to_guix: ToGuix) -> str:
    """Return ``text`` with an entry for each addition that ``to_guix`` knows a package of.

    Raises :class:`CannotAmend` when the text is more than a list of packages.
    """
    entries = [
        Entry(name, comment=_comment(each))
        for each in in_order(additions)
        if (name := guix_name(each, to_guix))
    ]
    try:
        return merge_manifest(text, entries)
    except NotPlain as error:
        raise CannotAmend(str(error)) from error


def guix_name(addition: Addition, to_guix: ToGuix) -> str | None:
    """Return Guix's name of an addition; what Guix itself installed has it already."""
    return addition.name if addition.language == "guix" else to_guix(addition)


def _comment(addition: Addition) -> str:
    words = [] if addition.language == "guix" else [addition.name]
    return ", ".join([*words, *([str(addition.origin)] if addition.origin else ())])
