# SPDX-License-Identifier: GPL-3.0-or-later
"""From the refs that a repository has to the one commit that is meant. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from binder_lite.errors import RefNotFound
from binder_lite.sources.model import PinnedSource, Source
from binder_lite.sources.safety import is_full_commit, is_short_commit, shown

_PEELED = "^{}"
# Branches come before tags, so that work can be pushed back to where it came from.
_PLACES = ("refs/heads/", "refs/tags/", "refs/", "refs/remotes/", "refs/remotes/origin/")


@dataclass(frozen=True, slots=True)
class Refs:
    """A repository's refs: full name → commit (tags peeled), and which of them HEAD is."""

    commits: Mapping[str, str]
    head: str | None = None

    def names(self) -> list[str]:
        """Return the branches' and tags' names as people write them."""
        return [
            name.removeprefix(place)
            for place in _PLACES[:2]
            for name in self.commits
            if name.startswith(place)
        ]


def parse_refs(text: str) -> Refs:
    """Read the output of ``git ls-remote --symref``."""
    commits: dict[str, str] = {}
    head = None
    for line in text.splitlines():
        value, tab, name = line.partition("\t")
        if not tab:
            continue
        if value.startswith("ref: "):
            head = value.removeprefix("ref: ") if name == "HEAD" else head
        else:
            # A peeled line follows its tag's and says which commit the tag stands for.
            commits[name.removesuffix(_PEELED)] = value
    return Refs(commits, head)


def find_ref(refs: Refs, name: str) -> str | None:
    """Return the full name of what ``name`` means, or ``None``."""
    if name in refs.commits and (name.startswith("refs/") or name == "HEAD"):
        return name
    return next((place + name for place in _PLACES if place + name in refs.commits), None)


def split(refs: Refs, ref_and_path: str) -> tuple[str, str | None] | None:
    """Split ``branch/with/slashes/path/to/file`` at the longest ref that exists.

    ``None`` when it begins with no ref.
    """
    parts = ref_and_path.split("/")
    for count in range(len(parts), 0, -1):
        name = "/".join(parts[:count])
        if find_ref(refs, name) or (count == 1 and is_full_commit(name)):
            return name, "/".join(parts[count:]) or None
    return None


def pin(source: Source, refs: Refs, where: str) -> PinnedSource:
    """Return the commit, ref and path that ``source`` means. Raises ``RefNotFound``.

    ``where`` is the repository's name for messages.
    """
    ref, path = source.ref, source.path
    if source.ref_and_path is not None:
        first, _, rest = source.ref_and_path.partition("/")
        found = split(refs, source.ref_and_path)
        if found is None and ref is None and not is_short_commit(first):
            raise _not_found(source.ref_and_path, refs, where)
        split_ref, split_path = found or (first, rest or None)
        ref, path = ref or split_ref, path or split_path
    if ref is None or ref == "HEAD":
        return _pin_head(source, refs, path, where)
    if full := find_ref(refs, ref):
        return PinnedSource(source, refs.commits[full], full, path)
    if is_full_commit(ref):
        return PinnedSource(source, ref.lower(), None, path)
    if is_short_commit(ref):
        commits = {c for c in refs.commits.values() if c.startswith(ref.lower())}
        if len(commits) == 1:
            return PinnedSource(source, commits.pop(), None, path)
    raise _not_found(ref, refs, where)


def _pin_head(source: Source, refs: Refs, path: str | None, where: str) -> PinnedSource:
    commit = refs.commits.get("HEAD")
    if commit is not None:
        head = refs.head if refs.head in refs.commits else None
        return PinnedSource(source, commit, head, path)
    if refs.commits:
        branches = ", ".join(refs.names()[:5])
        raise RefNotFound(
            f"{where} does not say which branch to open.",
            hint=f"Choose one with --ref; it has {branches}." if branches else "Give --ref.",
        )
    raise RefNotFound(
        f"{where} is empty: it has no commits.", hint="Push something to it, then try again."
    )


def _not_found(name: str, refs: Refs, where: str) -> RefNotFound:
    name = name.removeprefix("refs/heads/").removeprefix("refs/tags/")
    names = refs.names()
    first = name.split("/")[0]
    near = nearest(name, names) or nearest(first, names)
    if near:
        hint = f"Did you mean {' or '.join(repr(shown(each)) for each in near)}?"
    elif refs.head:
        default = shown(refs.head.removeprefix("refs/heads/"))
        hint = f"Its default branch is {default!r}; without --ref that one is opened."
    else:
        hint = "Look at the repository's page for its branches and tags."
    if is_short_commit(name):
        hint = "If it is a commit, give its full id of 40 digits. " + hint
    return RefNotFound(f"{where} has no branch, tag or commit {shown(name)!r}.", hint=hint)


def nearest(name: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Return up to ``count`` names that are most like ``name``, the likest first."""
    folded: dict[str, str] = {}
    for each in names:
        folded.setdefault(each.casefold(), each)
    # difflib compares every pair; beyond this many a person would wait for the hint.
    candidates = list(folded)[:5000]
    return [folded[each] for each in difflib.get_close_matches(name.casefold(), candidates, count)]
