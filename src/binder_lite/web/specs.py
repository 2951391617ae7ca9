# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources ↔ Binder specs, which are this service's addresses of repositories. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote, urlencode, urlsplit

from binder_lite.errors import BadSource
from binder_lite.sources.binder_specs import PREFIXES
from binder_lite.sources.model import Source
from binder_lite.sources.policy import normalised
from binder_lite.sources.url import parse_source

PAGES = ("labpath", "filepath", "urlpath")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A repository's address here: ``prefix`` and ``spec`` as in ``v2/prefix/spec``."""

    prefix: str
    spec: str
    repository: str
    ref: str
    path: str

    @property
    def text(self) -> str:
        """Both parts in one."""
        return f"{self.prefix}/{self.spec}"


def parse_pasted(text: str) -> Source:
    """Understand what a person pasted; files of this computer are none of theirs.

    Raises ``BadSource`` and ``UnsafePath``.
    """
    source = parse_source(text, cwd=Path("/nowhere"))
    if source.directory is not None:
        raise BadSource(
            "That is no address of a repository.",
            hint="Paste the web address of a repository, branch, folder or notebook, "
            "or a Binder spec such as gh/owner/repository/ref.",
        )
    return source


def source_of(spec: str, query: Mapping[str, str]) -> Source:
    """Return the source of ``prefix/spec`` as it stands in an address. Raises ``BadSource``.

    ``query`` may say which page to open, by BinderHub's names.
    """
    prefix, slash, rest = spec.partition("/")
    if prefix not in PREFIXES and not slash:
        raise BadSource("That is no Binder spec.", hint="It has the form gh/owner/repository/ref.")
    pages = {name: query[name] for name in PAGES if query.get(name)}
    source = parse_pasted(spec + (f"?{urlencode(pages)}" if pages else ""))
    if source.binder_spec is None:
        raise BadSource(
            f"There is no provider {prefix!r} here.",
            hint=f"The providers are {', '.join(PREFIXES)}.",
        )
    # What people are shown: the address, where it can be read again without its escapes.
    text = unquote(spec) if prefix == "git" and "/" not in (source.ref or "") else spec
    return replace(source, text=text) if rest and source.ref else replace(source, text=spec)


def spec_of(source: Source) -> Spec:
    """Return the spec of a source, whichever form it was pasted in.

    Where a web address does not tell ref and path apart, its first part counts as the ref.
    """
    ref, path = source.ref, source.path
    if source.ref_and_path is not None:
        first, _, rest = source.ref_and_path.partition("/")
        ref, path = ref or first, path or rest or None
    if source.binder_spec:
        prefix, spec = source.binder_spec
        stem = spec.rpartition("/")[0] if prefix in ("gl", "git") else "/".join(spec.split("/")[:2])
    else:
        prefix, stem = _named(source.url or "")
    quoted = quote(ref or "HEAD", safe="/")
    url = normalised(source.url or "")
    return Spec(
        prefix=prefix, spec=f"{stem}/{quoted}", repository=url, ref=ref or "HEAD", path=path or ""
    )


def _named(url: str) -> tuple[str, str]:
    parts = urlsplit(normalised(url))
    names = [name for name in parts.path.split("/") if name]
    # Whoever pastes the ssh address of a well-known forge means the repository, not the key.
    known = parts.scheme in ("https", "ssh")
    if known and parts.netloc == "github.com" and len(names) == 2:
        return "gh", "/".join(quote(name, safe="~") for name in names)
    if known and parts.netloc == "gitlab.com" and len(names) > 1:
        return "gl", quote("/".join(names), safe="")
    return "git", quote(url, safe="")


def shown_spec(spec: str) -> str:
    """Return a spec as people read it: the repository without host, and the ref if it is one."""
    prefix, _, rest = spec.partition("/")
    if prefix in ("gl", "git"):
        name, _, ref = rest.partition("/")
        name = re.sub(r"^\w+://|\.git$", "", unquote(name))
    else:
        name, ref = "/".join(rest.split("/")[:2]), "/".join(rest.split("/")[2:])
    ref = unquote(ref)
    return f"{name} ({ref})" if ref and ref != "HEAD" else name
