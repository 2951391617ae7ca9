# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kernel a notebook gets, so that nobody is asked. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from binder_lite.errors import BadOption


def choose_kernel(
    languages: Mapping[str, str], default: str, *, asked: str, named: str, language: str
) -> tuple[str, str]:
    """Return a kernel of ``languages`` (name → language), and what to tell the person of it.

    ``asked`` is what the person asks for (``""``: nothing), ``named`` and ``language`` what the
    notebook says. Raises ``BadOption`` when ``asked`` is not there.
    """
    if asked:
        if asked in languages:
            return asked, ""
        nearest = difflib.get_close_matches(asked, languages, 1)
        raise BadOption(
            f"The environment has no kernel {asked!r}; it has {', '.join(sorted(languages))}.",
            hint=f"Did you mean {nearest[0]!r}?" if nearest else "Leave --kernel out.",
        )
    if named in languages:
        return named, ""
    wanted = (language or "python").lower()
    fitting = [name for name in sorted(languages) if languages[name].lower() == wanted]
    first = default if default in fitting else next(iter(fitting), "")
    if first:
        told = f"The notebook names the kernel {named!r}, which is not here: {first} is used."
        return first, told if named else ""
    spoken = f"No kernel here speaks {language or 'the language of this notebook'}"
    return default, f"{spoken}; {default} is preselected." if default else f"{spoken}."
