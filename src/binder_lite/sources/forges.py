# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages of forges are called: a web URL → repository, ref and path. Pure.

Each forge is one small function that returns ``None`` for a page that is not its own. Known hosts
are recognised by name, others by the shape of their addresses. Where a ref ends and a path begins
is left open (``ref_and_path``) unless the address itself says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from binder_lite.errors import BadSource
from binder_lite.sources.model import Source
from binder_lite.sources.safety import is_full_commit

# A page that shows one version of a file or folder; "commits" and "blame" are on the same footing.
_VIEWS = ("tree", "blob", "raw", "blame", "edit", "commits")


@dataclass(frozen=True, slots=True)
class Page:
    """A web address, taken apart.

    ``origin`` is scheme and host with port, ``host`` the name alone in lower case, ``parts`` the
    path's components, percent-decoded, without empty ones.
    """

    origin: str
    host: str
    parts: tuple[str, ...]
    query: Mapping[str, str]


def parse_page(page: Page) -> Source | None:
    """Return the source that a forge's page shows, or ``None`` when it is no such page.

    Raises ``BadSource`` for a page of a known forge that belongs to no repository.
    """
    for parse in _FORGES:
        if (source := parse(page)) is not None:
            return source
    return None


def _repository(page: Page, count: int, suffix: str = ".git") -> str:
    parts = page.parts[:count]
    if len(parts) < count:
        raise BadSource(
            f"{page.origin}/{'/'.join(page.parts)} is not a repository's page.",
            hint=f"A repository's address there looks like {page.origin}/owner/repository.",
        )
    path = "/".join(quote(part, safe="~") for part in parts)
    return f"{page.origin}/{path.removesuffix('.git')}{suffix}"


def _at(source: Source, rest: tuple[str, ...]) -> Source:
    """Add the ref and the path that ``rest`` begins and ends with."""
    if not rest:
        return source
    if is_full_commit(rest[0]):
        return replace(source, ref=rest[0], path="/".join(rest[1:]) or None)
    if len(rest) == 1:
        return replace(source, ref=rest[0])
    return replace(source, ref_and_path="/".join(rest))


def _github(page: Page) -> Source | None:
    host = page.host.removeprefix("www.")
    if host == "raw.githubusercontent.com":
        there = replace(page, origin="https://github.com")
        return _at(Source("", url=_repository(there, 2)), page.parts[2:])
    shaped = len(page.parts) > 3 and page.parts[2] in ("tree", "blob")
    if host != "github.com" and not (shaped and page.host not in _KNOWN):
        return None
    if host == "github.com":
        page = replace(page, origin="https://github.com")
    source = Source("", url=_repository(page, 2))
    match page.parts[2:]:
        case (view, *rest) if view in _VIEWS:
            return _at(source, tuple(rest))
        case ("commit", commit, *_):
            return replace(source, ref=commit)
        case ("releases", "tag", *tag) if tag:
            return replace(source, ref="refs/tags/" + "/".join(tag))
        case ("pull", number, *_) if number.isascii() and number.isdigit():
            return replace(source, ref=f"refs/pull/{number}/head")
    return source


def _gist(page: Page) -> Source | None:
    if page.host not in ("gist.github.com", "gist.githubusercontent.com"):
        return None
    # [user/]id[/raw][/revision][/file]: an id is a hexadecimal number, a user name rarely is.
    named = len(page.parts) > 1 and not _is_gist_id(page.parts[0])
    number, *rest = page.parts[1:] if named else (page.parts or ("",))
    number = number.removesuffix(".git")
    if not _is_gist_id(number):
        raise BadSource(
            f"{page.origin}/{'/'.join(page.parts)} is not a gist's page.",
            hint="A gist's address looks like https://gist.github.com/user/id.",
        )
    source = Source("", url=f"https://gist.github.com/{number}.git")
    rest = rest[1:] if rest[:1] == ["raw"] else rest
    if rest and is_full_commit(rest[0]):
        return replace(source, ref=rest[0], path="/".join(rest[1:]) or None)
    return replace(source, path="/".join(rest) or None)


def _is_gist_id(text: str) -> bool:
    digits = text.removesuffix(".git")
    return len(digits) >= 5 and all(digit in "0123456789abcdef" for digit in digits.lower())


def _gitlab(page: Page) -> Source | None:
    parts = page.parts
    if "-" in parts[2:]:
        count = parts.index("-", 2)
        rest = parts[count + 1 :]
    elif page.host == "gitlab.com":
        # Addresses of before 2019 have no "-".
        count = next((i for i, p in enumerate(parts) if i > 1 and p in _VIEWS), len(parts))
        rest = parts[count:]
    else:
        return None
    source = Source("", url=_repository(page, max(count, 2)))
    match rest:
        case (view, *at) if view in _VIEWS:
            return _at(source, tuple(at))
        case ("commit", commit, *_):
            return replace(source, ref=commit)
        case ("tags", *tag) if tag:
            return replace(source, ref="refs/tags/" + "/".join(tag))
        case ("merge_requests", number, *_) if number.isascii() and number.isdigit():
            return replace(source, ref=f"refs/merge-requests/{number}/head")
    return source


def _forgejo(page: Page) -> Source | None:
    parts = page.parts
    views = ("src", "raw", "media", "blame", "commits")
    for place in range(2, len(parts) - 2):
        kind = parts[place + 1]
        if parts[place] in views and kind in ("branch", "tag", "commit"):
            source = Source("", url=_repository(page, place))
            at = parts[place + 2 :]
            if kind == "commit":
                return replace(source, ref=at[0], path="/".join(at[1:]) or None)
            full = "refs/heads/" if kind == "branch" else "refs/tags/"
            if len(at) == 1:
                return replace(source, ref=full + at[0])
            return replace(source, ref_and_path=full + "/".join(at))
    if page.host != "codeberg.org":
        return None
    source = Source("", url=_repository(page, 2))
    match parts[2:]:
        case ("commit", commit, *_):
            return replace(source, ref=commit)
        case ("releases", "tag", *tag) if tag:
            return replace(source, ref="refs/tags/" + "/".join(tag))
        case ("pulls", number, *_) if number.isascii() and number.isdigit():
            return replace(source, ref=f"refs/pull/{number}/head")
    return source


def _sourcehut(page: Page) -> Source | None:
    if page.host != "git.sr.ht" and not (page.parts and page.parts[0].startswith("~")):
        return None
    source = Source("", url=_repository(page, 2, suffix=""))
    match page.parts[2:]:
        case ("tree", *rest) if "item" in rest[1:]:
            item = rest.index("item", 1)
            return replace(
                source, ref="/".join(rest[:item]), path="/".join(rest[item + 1 :]) or None
            )
        case ("tree" | "blob" | "log" | "blame", *rest) if rest:
            return _at(source, tuple(part for part in rest if part != "item"))
        case ("commit" | "refs", *ref) if ref:
            return replace(source, ref="/".join(ref))
    return source


def _bitbucket(page: Page) -> Source | None:
    if page.host.removeprefix("www.") != "bitbucket.org":
        return None
    source = Source("", url=_repository(replace(page, origin="https://bitbucket.org"), 2))
    match page.parts[2:]:
        case ("src" | "raw" | "annotate" | "history", *rest) if rest:
            if at := page.query.get("at"):
                return replace(source, ref=at, path="/".join(rest[1:]) or None)
            return _at(source, tuple(rest))
        case ("commits" | "branch" | "tag", *ref) if ref:
            return replace(source, ref="/".join(ref))
    return source


_KNOWN = ("github.com", "gitlab.com", "codeberg.org", "git.sr.ht", "bitbucket.org")
# The order matters for hosts that are not known: GitLab's "/-/" and Forgejo's "src/branch" are
# surer signs than GitHub's "tree".
_FORGES: tuple[Callable[[Page], Source | None], ...] = (
    _gist,
    _gitlab,
    _forgejo,
    _sourcehut,
    _bitbucket,
    _github,
)
KNOWN_HOSTS = (
    *_KNOWN, "gist.github.com", "raw.githubusercontent.com", "gist.githubusercontent.com",
    "www.github.com", "www.bitbucket.org", "mybinder.org",
)  # fmt: skip
