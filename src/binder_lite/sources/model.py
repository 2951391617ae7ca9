# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of the story's first part: source → pinned source → checkout."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Login:
    """A name and password (or token) that were part of a URL. It is never shown nor written."""

    user: str
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """What the person pasted, understood as far as text alone allows.

    Exactly one of ``url`` and ``directory`` is set: a repository to be reached by git, or a local
    path (which may turn out to be a repository, a folder in one, a plain folder, or a file).

    Neither ``text`` nor ``url`` holds credentials: those that were pasted are in ``login``, which
    only the commands that reach the repository read.

    ``ref_and_path`` is the rest of a web URL after ``/tree/``, ``/blob/`` and their like: where
    the ref ends and the path begins is known only once the repository's refs are, since a branch
    name may hold slashes. It is ``None`` when ``ref`` and ``path`` are known already.
    """

    text: str
    url: str | None = None
    directory: Path | None = None
    ref: str | None = None
    path: str | None = None
    ref_and_path: str | None = None
    # How the path is to be opened, where the source says so (mybinder.org's urlpath, labpath …).
    url_path: str | None = None
    # The BinderHub form, where the source has one: "gh", "owner/repo/ref".
    binder_spec: tuple[str, str] | None = None
    login: Login | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """A short name for people and directories: the repository's last path component."""
        last = (
            self.directory.name if self.directory else (self.url or "").rstrip("/").split("/")[-1]
        )
        return last.split(":")[-1].removesuffix(".git") or "repository"


@dataclass(frozen=True, slots=True)
class PinnedSource:
    """A source resolved to a full commit id, before anything is fetched.

    ``commit`` is ``None`` only for a plain folder, which has no commits. ``ref`` is the full name
    (``refs/heads/main``) when the commit was found by one, so that work can be pushed back there.
    ``uncommitted`` says that a local work tree has changes that its commit has not, and that the
    launch takes them along.
    """

    source: Source
    commit: str | None
    ref: str | None = None
    path: str | None = None
    uncommitted: bool = False


@dataclass(frozen=True, slots=True)
class Checkout:
    """A pinned source's files on disk. Nobody writes to ``directory``: sessions get copies."""

    pinned: PinnedSource
    directory: Path
