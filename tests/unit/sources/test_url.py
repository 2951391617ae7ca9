# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from binder_lite.errors import BadSource, LaunchError, UnsafePath
from binder_lite.sources.model import Login, Source
from binder_lite.sources.url import parse_source

CWD = Path("/work/here")
SHA = "0123456789abcdef0123456789abcdef01234567"
SHA256 = SHA + SHA[:24]
GIST = "0123456789abcdef0123456789abcdef"
GH = "https://github.com/owner/repo.git"
GL = "https://gitlab.com/group/repo.git"
DEEP = "https://gitlab.com/group/sub/deeper/repo.git"
CB = "https://codeberg.org/owner/repo.git"
BB = "https://bitbucket.org/owner/repo.git"
SH = "https://git.sr.ht/~user/repo"
GS = f"https://gist.github.com/{GIST}.git"

Row = tuple[str, dict[str, Any]]


def local(text: str, directory: str) -> Row:
    return text, {"directory": Path(directory)}


LOCAL: list[Row] = [
    local(".", "/work/here"),
    local("..", "/work"),
    local("./repo", "/work/here/repo"),
    local("../other/repo/", "/work/other/repo"),
    local("/srv/repo", "/srv/repo"),
    local("/srv/a/../repo", "/srv/repo"),
    local("/srv/with space/ß «α»", "/srv/with space/ß «α»"),
    local("/srv/line\nbreak", "/srv/line\nbreak"),
    local('/srv/it\'s "quoted"', '/srv/it\'s "quoted"'),
    local("/srv/100%25#x?y", "/srv/100%25#x?y"),
    local("/srv/a::b:c", "/srv/a::b:c"),
    local("/srv/not-utf8-\udcff", "/srv/not-utf8-\udcff"),
    local("~/repo", "/home/person/repo"),
    local("~", "/home/person"),
    local("repo", "/work/here/repo"),
    local("notebooks/index.ipynb", "/work/here/notebooks/index.ipynb"),
    local("gh", "/work/here/gh"),
    local("./gh/owner/repo", "/work/here/gh/owner/repo"),
    local("/gh/owner/repo", "/gh/owner/repo"),
    local("ghx/owner/repo", "/work/here/ghx/owner/repo"),
    local("C:\\notebooks", "/work/here/C:\\notebooks"),
    local("javascript:alert(1)", "/work/here/javascript:alert(1)"),
    local("mailto:a/b", "/work/here/mailto:a/b"),
    local(".hidden", "/work/here/.hidden"),
    local("file:///srv/repo", "/srv/repo"),
    local("file:///srv/a%20b/%C3%9F", "/srv/a b/ß"),
    local("file:///srv/%FF", "/srv/\udcff"),
    local("file://localhost/srv/repo/", "/srv/repo"),
    local("FILE:///srv/repo", "/srv/repo"),
    local("file:///srv/repo/nb.ipynb", "/srv/repo/nb.ipynb"),
]

PLAIN: list[Row] = [
    ("https://example.org/repo.git", {"url": "https://example.org/repo.git"}),
    ("https://example.org/repo/", {"url": "https://example.org/repo"}),
    ("  https://example.org/repo\n", {"url": "https://example.org/repo"}),
    ("HTTPS://Example.org/Repo", {"url": "https://example.org/Repo"}),
    ("http://example.org:8080/a/b.git", {"url": "http://example.org:8080/a/b.git"}),
    ("http://127.0.0.1:8080/a.git", {"url": "http://127.0.0.1:8080/a.git"}),
    ("http://[::1]:8080/a.git", {"url": "http://[::1]:8080/a.git"}),
    ("https://example.org/a%20b/ü.git", {"url": "https://example.org/a%20b/%C3%BC.git"}),
    ("https://example.org/a b", {"url": "https://example.org/a%20b"}),
    ("https://example.org/repo?utm_source=x#top", {"url": "https://example.org/repo"}),
    ("https://example.org/a/b/tree/x.git", {"url": "https://example.org/a/b/tree/x.git"}),
    (
        "https://me:s3cret@example.org/r.git",
        {"url": "https://example.org/r.git", "login": Login("me", "s3cret")},
    ),
    (
        "https://me:p%40ss@example.org/r.git",
        {"url": "https://example.org/r.git", "login": Login("me", "p@ss")},
    ),
    (
        "https://me:p@ss@example.org/r.git",
        {"url": "https://example.org/r.git", "login": Login("me", "p@ss")},
    ),
    ("https://token@github.com/owner/repo", {"url": GH, "login": Login("token")}),
    ("ssh://git@example.org/a/b.git", {"url": "ssh://git@example.org/a/b.git"}),
    ("ssh://git@example.org:2222/a/b.git", {"url": "ssh://git@example.org:2222/a/b.git"}),
    ("ssh://example.org/~user/b", {"url": "ssh://example.org/~user/b"}),
    ("git://example.org/a/b.git", {"url": "git://example.org/a/b.git"}),
    ("git@github.com:owner/repo.git", {"url": "git@github.com:owner/repo.git"}),
    ("git@git.sr.ht:~user/repo", {"url": "git@git.sr.ht:~user/repo"}),
    ("alias:repo.git", {"url": "alias:repo.git"}),
    ("example.org:group/repo", {"url": "example.org:group/repo"}),
    ("git@[::1]:repo.git", {"url": "git@[::1]:repo.git"}),
]

GITHUB: list[Row] = [
    ("https://github.com/owner/repo", {"url": GH}),
    ("https://github.com/owner/repo/", {"url": GH}),
    ("https://github.com/owner/repo.git", {"url": GH}),
    ("https://www.github.com/owner/repo", {"url": GH}),
    ("http://github.com/owner/repo", {"url": GH}),
    ("github.com/owner/repo", {"url": GH}),
    ("https://github.com/owner/repo?tab=readme-ov-file#usage", {"url": GH}),
    ("https://github.com/owner/repo/tree/main", {"url": GH, "ref": "main"}),
    ("https://github.com/owner/repo/tree/feature/x", {"url": GH, "ref_and_path": "feature/x"}),
    ("https://github.com/owner/repo/tree/feature%2Fx", {"url": GH, "ref": "feature/x"}),
    ("https://github.com/owner/repo/tree/main/a/b", {"url": GH, "ref_and_path": "main/a/b"}),
    (
        "https://github.com/owner/repo/blob/main/nb.ipynb#L3",
        {"url": GH, "ref_and_path": "main/nb.ipynb"},
    ),
    (
        "https://github.com/owner/repo/blob/main/a%20b/%C3%9Cbung%231.ipynb?raw=true",
        {"url": GH, "ref_and_path": "main/a b/Übung#1.ipynb"},
    ),
    (
        "https://github.com/owner/repo/blob/main/line%0Abreak.ipynb",
        {"url": GH, "ref_and_path": "main/line\nbreak.ipynb"},
    ),
    (
        f"https://github.com/owner/repo/blob/{SHA}/a/nb.ipynb",
        {"url": GH, "ref": SHA, "path": "a/nb.ipynb"},
    ),
    (f"https://github.com/owner/repo/tree/{SHA}", {"url": GH, "ref": SHA}),
    (f"https://github.com/owner/repo/tree/{SHA256}", {"url": GH, "ref": SHA256}),
    (f"https://github.com/owner/repo/commit/{SHA}", {"url": GH, "ref": SHA}),
    ("https://github.com/owner/repo/raw/main/a.py", {"url": GH, "ref_and_path": "main/a.py"}),
    (
        "https://github.com/owner/repo/blob/refs/heads/main/a.py",
        {"url": GH, "ref_and_path": "refs/heads/main/a.py"},
    ),
    ("https://raw.githubusercontent.com/owner/repo/main/a.py",
     {"url": GH, "ref_and_path": "main/a.py"}),
    ("https://github.com/owner/repo/releases/tag/v1.0", {"url": GH, "ref": "refs/tags/v1.0"}),
    ("https://github.com/owner/repo/pull/12", {"url": GH, "ref": "refs/pull/12/head"}),
    ("https://github.com/owner/repo/pull/12/files", {"url": GH, "ref": "refs/pull/12/head"}),
    ("https://github.com/owner/repo/issues/3", {"url": GH}),
    (
        "https://git.example.org/owner/repo/blob/main/a.py",
        {"url": "https://git.example.org/owner/repo.git", "ref_and_path": "main/a.py"},
    ),
]  # fmt: skip

GITLAB: list[Row] = [
    ("https://gitlab.com/group/repo", {"url": GL}),
    ("https://gitlab.com/group/sub/deeper/repo", {"url": DEEP}),
    ("https://gitlab.com/group/sub/deeper/repo.git", {"url": DEEP}),
    ("https://gitlab.com/group/repo/-/tree/main?ref_type=heads", {"url": GL, "ref": "main"}),
    (
        "https://gitlab.com/group/sub/deeper/repo/-/blob/feature/x/nb.ipynb",
        {"url": DEEP, "ref_and_path": "feature/x/nb.ipynb"},
    ),
    ("https://gitlab.com/group/repo/-/raw/main/a.py", {"url": GL, "ref_and_path": "main/a.py"}),
    (f"https://gitlab.com/group/repo/-/commit/{SHA}", {"url": GL, "ref": SHA}),
    (f"https://gitlab.com/group/repo/-/tree/{SHA}/a", {"url": GL, "ref": SHA, "path": "a"}),
    ("https://gitlab.com/group/repo/-/tags/v1", {"url": GL, "ref": "refs/tags/v1"}),
    (
        "https://gitlab.com/group/repo/-/merge_requests/7",
        {"url": GL, "ref": "refs/merge-requests/7/head"},
    ),
    ("https://gitlab.com/group/repo/-/issues", {"url": GL}),
    ("https://gitlab.com/group/repo/tree/main/a", {"url": GL, "ref_and_path": "main/a"}),
    (
        "https://gitlab.example.org:8443/g/s/repo/-/blob/main/nb.ipynb",
        {"url": "https://gitlab.example.org:8443/g/s/repo.git", "ref_and_path": "main/nb.ipynb"},
    ),
]

FORGEJO: list[Row] = [
    ("https://codeberg.org/owner/repo", {"url": CB}),
    ("https://codeberg.org/owner/repo/src/branch/main", {"url": CB, "ref": "refs/heads/main"}),
    (
        "https://codeberg.org/owner/repo/src/branch/feature/x/nb.ipynb",
        {"url": CB, "ref_and_path": "refs/heads/feature/x/nb.ipynb"},
    ),
    (
        "https://codeberg.org/owner/repo/src/tag/v1/nb.ipynb",
        {"url": CB, "ref_and_path": "refs/tags/v1/nb.ipynb"},
    ),
    (
        f"https://codeberg.org/owner/repo/src/commit/{SHA}/a/nb.ipynb",
        {"url": CB, "ref": SHA, "path": "a/nb.ipynb"},
    ),
    (
        "https://codeberg.org/owner/repo/raw/branch/main/a.py",
        {"url": CB, "ref_and_path": "refs/heads/main/a.py"},
    ),
    (f"https://codeberg.org/owner/repo/commit/{SHA}", {"url": CB, "ref": SHA}),
    ("https://codeberg.org/owner/repo/releases/tag/v1", {"url": CB, "ref": "refs/tags/v1"}),
    ("https://codeberg.org/owner/repo/pulls/5", {"url": CB, "ref": "refs/pull/5/head"}),
    (
        "https://gitea.example.org/owner/repo/src/branch/main/a.py",
        {"url": "https://gitea.example.org/owner/repo.git", "ref_and_path": "refs/heads/main/a.py"},
    ),
    (
        "https://example.org/gitea/owner/repo/src/tag/v1/a.py",
        {"url": "https://example.org/gitea/owner/repo.git", "ref_and_path": "refs/tags/v1/a.py"},
    ),
]

SOURCEHUT: list[Row] = [
    ("https://git.sr.ht/~user/repo", {"url": SH}),
    ("https://git.sr.ht/~user/repo/tree", {"url": SH}),
    ("https://git.sr.ht/~user/repo/tree/master", {"url": SH, "ref": "master"}),
    (
        "https://git.sr.ht/~user/repo/tree/feature/x/item/a/nb.ipynb",
        {"url": SH, "ref": "feature/x", "path": "a/nb.ipynb"},
    ),
    (
        "https://git.sr.ht/~user/repo/tree/master/item/item/nb.ipynb",
        {"url": SH, "ref": "master", "path": "item/nb.ipynb"},
    ),
    ("https://git.sr.ht/~user/repo/blob/master/a.py", {"url": SH, "ref_and_path": "master/a.py"}),
    (f"https://git.sr.ht/~user/repo/commit/{SHA}", {"url": SH, "ref": SHA}),
    ("https://git.sr.ht/~user/repo/refs/v1", {"url": SH, "ref": "v1"}),
    (
        "https://git.example.org/~user/repo/tree/main/item/a.py",
        {"url": "https://git.example.org/~user/repo", "ref": "main", "path": "a.py"},
    ),
]

BITBUCKET: list[Row] = [
    ("https://bitbucket.org/owner/repo", {"url": BB}),
    ("https://bitbucket.org/owner/repo/src", {"url": BB}),
    ("https://bitbucket.org/owner/repo/src/main/", {"url": BB, "ref": "main"}),
    ("https://bitbucket.org/owner/repo/src/main/a.py", {"url": BB, "ref_and_path": "main/a.py"}),
    (
        f"https://bitbucket.org/owner/repo/src/{SHA}/a.py?at=feature%2Fx",
        {"url": BB, "ref": "feature/x", "path": "a.py"},
    ),
    (
        "https://bitbucket.org/owner/repo/src/feature%2Fx/a.py",
        {"url": BB, "ref_and_path": "feature/x/a.py"},
    ),
    (f"https://bitbucket.org/owner/repo/commits/{SHA}", {"url": BB, "ref": SHA}),
    ("https://bitbucket.org/owner/repo/branch/feature/x", {"url": BB, "ref": "feature/x"}),
]

GISTS: list[Row] = [
    (f"https://gist.github.com/{GIST}", {"url": GS}),
    (f"https://gist.github.com/{GIST}.git", {"url": GS}),
    (f"https://gist.github.com/user/{GIST}", {"url": GS}),
    (f"https://gist.github.com/user/{GIST}#file-a-ipynb", {"url": GS}),
    (f"https://gist.github.com/user/{GIST}/{SHA}", {"url": GS, "ref": SHA}),
    (f"https://gist.github.com/user/{GIST}/raw/{SHA}/nb.ipynb",
     {"url": GS, "ref": SHA, "path": "nb.ipynb"}),
    (f"https://gist.githubusercontent.com/user/{GIST}/raw/nb.ipynb",
     {"url": GS, "path": "nb.ipynb"}),
]  # fmt: skip


def spec(prefix: str, text: str, url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "binder_spec": (prefix, text), **more}


EXAMPLE = "https%3A%2F%2Fexample.org%2Fr.git"
BINDER: list[Row] = [
    ("gh/owner/repo", spec("gh", "owner/repo/HEAD", GH)),
    ("gh/owner/repo/", spec("gh", "owner/repo/HEAD", GH)),
    ("gh/owner/repo/HEAD", spec("gh", "owner/repo/HEAD", GH, ref="HEAD")),
    ("gh/owner/repo/main", spec("gh", "owner/repo/main", GH, ref="main")),
    ("gh/owner/repo.git/main", spec("gh", "owner/repo/main", GH, ref="main")),
    ("gh/owner/repo/feature/x", spec("gh", "owner/repo/feature/x", GH, ref="feature/x")),
    ("gh/owner/repo/feature%2Fx", spec("gh", "owner/repo/feature/x", GH, ref="feature/x")),
    ("gl/group%2Frepo/main", spec("gl", "group%2Frepo/main", GL, ref="main")),
    ("gl/group%2Fsub%2Fdeeper%2Frepo/v1",
     spec("gl", "group%2Fsub%2Fdeeper%2Frepo/v1", DEEP, ref="v1")),
    ("gl/group/repo/main", spec("gl", "group%2Frepo/main", GL, ref="main")),
    (f"gist/user/{GIST}", spec("gist", f"user/{GIST}/HEAD", GS)),
    (f"gist/user/{GIST}/{SHA}", spec("gist", f"user/{GIST}/{SHA}", GS, ref=SHA)),
    (f"git/{EXAMPLE}/main",
     spec("git", f"{EXAMPLE}/main", "https://example.org/r.git", ref="main")),
    ("git/https://example.org/r.git/main",
     spec("git", f"{EXAMPLE}/main", "https://example.org/r.git", ref="main")),
    ("git/git%40example.org%3Aa%2Fr.git/main",
     spec("git", "git%40example.org%3Aa%2Fr.git/main", "git@example.org:a/r.git", ref="main")),
    ("https://mybinder.org/v2/gh/owner/repo/main",
     spec("gh", "owner/repo/main", GH, ref="main")),
    ("mybinder.org/v2/gh/owner/repo/main", spec("gh", "owner/repo/main", GH, ref="main")),
    ("https://hub.example.org/services/binder/v2/gh/owner/repo/main",
     spec("gh", "owner/repo/main", GH, ref="main")),
    (f"https://mybinder.org/v2/git/{EXAMPLE}/main",
     spec("git", f"{EXAMPLE}/main", "https://example.org/r.git", ref="main")),
    ("https://mybinder.org/v2/gl/group%2Frepo/main",
     spec("gl", "group%2Frepo/main", GL, ref="main")),
    ("https://mybinder.org/v2/gh/owner/repo/main?labpath=a%2Fnb%201.ipynb",
     spec("gh", "owner/repo/main", GH, ref="main", path="a/nb 1.ipynb",
          url_path="doc/tree/a/nb%201.ipynb")),
    ("https://mybinder.org/v2/gh/owner/repo/main?filepath=a/nb.ipynb",
     spec("gh", "owner/repo/main", GH, ref="main", path="a/nb.ipynb",
          url_path="tree/a/nb.ipynb")),
    ("https://mybinder.org/v2/gh/owner/repo/main?urlpath=lab/tree/nb%2520x.ipynb",
     spec("gh", "owner/repo/main", GH, ref="main", path="nb x.ipynb",
          url_path="lab/tree/nb%20x.ipynb")),
    ("https://mybinder.org/v2/gh/owner/repo/main?urlpath=%2Fvoila%2Frender%2Fnb.ipynb",
     spec("gh", "owner/repo/main", GH, ref="main", path="nb.ipynb",
          url_path="voila/render/nb.ipynb")),
    ("https://mybinder.org/v2/gh/owner/repo/main?urlpath=rstudio",
     spec("gh", "owner/repo/main", GH, ref="main", url_path="rstudio")),
    ("gh/owner/repo/main?labpath=nb.ipynb",
     spec("gh", "owner/repo/main", GH, ref="main", path="nb.ipynb",
          url_path="doc/tree/nb.ipynb")),
]  # fmt: skip

GOOD = [
    *LOCAL, *PLAIN, *GITHUB, *GITLAB, *FORGEJO, *SOURCEHUT, *BITBUCKET, *GISTS, *BINDER,
]  # fmt: skip

BAD: list[tuple[str, type[LaunchError]]] = [
    ("", BadSource),
    ("   ", BadSource),
    ("/srv/a\0b", BadSource),
    ("/srv/\ud800", BadSource),
    ("ext::sh -c touch% /tmp/x", BadSource),
    ("fd::17", BadSource),
    ("transport::https://example.org/r", BadSource),
    ("--upload-pack=touch /tmp/x", BadSource),
    ("-oProxyCommand=x:owner/repo", BadSource),
    ("-x@host:owner/repo", BadSource),
    ("git@-oProxyCommand=x:owner/repo", BadSource),
    ("git@host:-repo", BadSource),
    ("git@host:", BadSource),
    ("ssh://-oProxyCommand=x/repo", BadSource),
    ("ssh://-x@host/repo", BadSource),
    ("ssh://git:secret@host/repo", BadSource),
    ("ssh://host", BadSource),
    ("git://me@host/repo", BadSource),
    ("https://-x/repo", BadSource),
    ("https:///repo", BadSource),
    ("https://host", BadSource),
    ("https://host/../repo", BadSource),
    ("https://host:port/repo", BadSource),
    ("https://host:99999/repo", BadSource),
    ("https://[::1/repo", BadSource),
    ("https://ho st/repo", BadSource),
    ("https://host/a%00b", BadSource),
    ("https://host/a%0Ab.git", BadSource),
    ("https://host/a\tb", BadSource),
    ("https://host/a\nb", BadSource),
    ("https://host/%FF", BadSource),
    ("git://host/a%0Ahost=x", BadSource),
    ("ftp://host/repo", BadSource),
    ("git+https://host/repo", BadSource),
    ("javascript://host/%0aalert(1)", BadSource),
    ("file://host/srv/repo", BadSource),
    ("file://srv", BadSource),
    ("file:///srv/%00", BadSource),
    ("https://github.com/owner", BadSource),
    ("https://gist.github.com/user", BadSource),
    ("https://github.com/owner/repo/tree/-x", BadSource),
    ("https://github.com/owner/repo/tree/a..b", BadSource),
    ("https://github.com/owner/repo/tree/--upload-pack=x/a", BadSource),
    ("https://github.com/owner/repo/commit/a b", BadSource),
    ("https://github.com/owner/repo/blob/main/../../etc/passwd", UnsafePath),
    ("https://github.com/owner/repo/blob/main/%2e%2e/x", UnsafePath),
    (f"https://github.com/owner/repo/blob/{SHA}/a/..%2Fx", UnsafePath),
    ("https://git.sr.ht/~user/repo/tree/main/item/../x", UnsafePath),
    ("gh/owner", BadSource),
    ("gh/", BadSource),
    ("gh/owner/repo/-x", BadSource),
    ("gh/../repo/main", BadSource),
    ("gh/own er/repo/main", BadSource),
    ("gl/", BadSource),
    ("gist/user", BadSource),
    ("git/notaurl/main", BadSource),
    ("git/file%3A%2F%2F%2Fetc/main", BadSource),
    ("git/%2Fetc/main", BadSource),
    ("git/ext%3A%3Ash/main", BadSource),
    ("git/https%3A%2F%2Fme%3As3cret%40host%2Fr/main", BadSource),
    ("git/-oProxyCommand%3Dx%3Aa%2Fb/main", BadSource),
    ("https://me:s3cret@mybinder.org/v2/gh/owner/repo/main", BadSource),
    ("gh/owner/repo/main?labpath=../x", UnsafePath),
    ("gh/owner/repo/main?filepath=a/../../x", UnsafePath),
    ("gh/owner/repo/main?urlpath=../../hub/logout", UnsafePath),
    ("gh/owner/repo/main?urlpath=lab/%252e%252e/%252e%252e/hub", UnsafePath),
    ("gh/owner/repo/main?urlpath=..\\hub", UnsafePath),
    ("zenodo/10.5281/zenodo.3242074", BadSource),
    ("figshare/10.6084/m9.figshare.9782777", BadSource),
    ("10.5281/zenodo.3242074", BadSource),
    ("doi:10.5281/zenodo.3242074", BadSource),
    ("https://doi.org/10.5281/zenodo.3242074", BadSource),
    ("https://zenodo.org/records/3242074", BadSource),
    ("https://mybinder.org/v2/zenodo/10.5281/zenodo.3242074", BadSource),
]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/person")


def parts(source: Source) -> dict[str, Any]:
    """What is set in a source, but for its text."""
    names = (
        "url", "directory", "ref", "path", "ref_and_path", "url_path", "binder_spec", "login",
    )  # fmt: skip
    return {n: getattr(source, n) for n in names if getattr(source, n) is not None}


@pytest.mark.parametrize(("text", "expected"), GOOD, ids=[ascii(row[0]) for row in GOOD])
def test_understood(text: str, expected: dict[str, Any]) -> None:
    assert parts(parse_source(text, cwd=CWD)) == expected


@pytest.mark.parametrize(("text", "error"), BAD, ids=[ascii(row[0]) for row in BAD])
def test_refused(text: str, error: type[LaunchError]) -> None:
    with pytest.raises(LaunchError) as caught:
        parse_source(text, cwd=CWD)
    assert type(caught.value) is error
    assert caught.value.hint
    assert "s3cret" not in caught.value.message + caught.value.hint
    assert "\n" not in caught.value.message


def test_there_are_enough_rows() -> None:
    assert len(GOOD) + len(BAD) >= 120
    assert len({text for text, _ in [*GOOD, *BAD]}) == len(GOOD) + len(BAD)


@pytest.mark.parametrize(
    ("text", "ref", "path", "expected"),
    [
        ("gh/owner/repo/main", "v1", None, spec("gh", "owner/repo/v1", GH, ref="v1")),
        ("gl/group%2Frepo/main", "v1", None, spec("gl", "group%2Frepo/v1", GL, ref="v1")),
        (
            f"git/{EXAMPLE}/main",
            "v1",
            None,
            spec("git", f"{EXAMPLE}/v1", "https://example.org/r.git", ref="v1"),
        ),
        (
            "gh/owner/repo/main?labpath=a.ipynb",
            None,
            "b.ipynb",
            spec("gh", "owner/repo/main", GH, ref="main", path="b.ipynb"),
        ),
        (
            "https://github.com/owner/repo/blob/main/a.py",
            "v1",
            None,
            {"url": GH, "ref": "v1", "ref_and_path": "main/a.py"},
        ),
        (
            "https://github.com/owner/repo/blob/main/a.py",
            None,
            "b.py",
            {"url": GH, "path": "b.py", "ref_and_path": "main/a.py"},
        ),
        (
            "https://github.com/owner/repo/blob/main/a.py",
            "v1",
            "./b//c.py/",
            {"url": GH, "ref": "v1", "path": "b/c.py"},
        ),
        ("/srv/repo", "v1", "a\nb.ipynb", {"directory": Path("/srv/repo"), "ref": "v1",
                                           "path": "a\nb.ipynb"}),
        ("/srv/repo", "", "", {"directory": Path("/srv/repo")}),
        ("/srv/repo", None, ".", {"directory": Path("/srv/repo")}),
    ],
)  # fmt: skip
def test_what_is_given_explicitly_wins(
    text: str, ref: str | None, path: str | None, expected: dict[str, Any]
) -> None:
    assert parts(parse_source(text, cwd=CWD, ref=ref, path=path)) == expected


@pytest.mark.parametrize(
    "ref",
    ["-x", "--upload-pack=x", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a@{1}",
     "/a", "a/", "a//b", "a.", ".a", "a/.b", "a.lock", "a.lock/b", "@", "a\x01", "a\x7f", "a\nb"],
)  # fmt: skip
def test_refs_that_git_would_refuse(ref: str) -> None:
    with pytest.raises(BadSource):
        parse_source("gh/owner/repo", cwd=CWD, ref=ref)


@pytest.mark.parametrize("ref", ["main", "v1.0", "feature/x", "ü", "a@b", "a-", "refs/pull/1/head"])
def test_refs_that_git_takes(ref: str) -> None:
    assert parse_source("/srv/repo", cwd=CWD, ref=ref).ref == ref


@pytest.mark.parametrize("path", ["..", "../x", "a/../b", "/etc/passwd", "a/..", "a\0b"])
def test_paths_that_leave(path: str) -> None:
    with pytest.raises(UnsafePath):
        parse_source("/srv/repo", cwd=CWD, path=path)


def test_credentials_are_in_one_place_only() -> None:
    source = parse_source("https://me:s3cret@example.org/r.git", cwd=CWD)
    assert source.login == Login("me", "s3cret")
    assert "s3cret" not in repr(source)
    assert "s3cret" not in f"{source.text} {source.url} {source.name}"


@pytest.mark.parametrize(
    "text",
    [
        "https://me:s3/cret@host/r.git",
        "ssh://me:s3cret@host/r.git",
        "ftp://me:s3cret@host/r.git",
        "https://me:s3cret@/r.git",
        "https://me:s3cret@github.com/owner",
    ],
)
def test_errors_do_not_quote_credentials(text: str) -> None:
    with pytest.raises(BadSource) as caught:
        parse_source(text, cwd=CWD)
    assert "cret" not in caught.value.message + caught.value.hint


PIECES = st.sampled_from(
    ["gh/", "gl/", "gist/", "git/", "https://", "ssh://", "file://", "git@", "github.com/",
     "gitlab.com/", "/-/blob/", "/tree/", "/src/branch/", "mybinder.org/v2/", "git.sr.ht/~",
     "?urlpath=", "?labpath=", "%2F", "%00", "%ff", "..", "/", ":", "::", "@", "[", "]", "-", "#",
     "\n", "\ud800", "\udcff", "~", "a", "main", SHA, "item", "é", "²"]
)  # fmt: skip


@settings(deadline=None)  # a busy machine is no finding
@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
@example("https://[")
@example("//")
@example("~\ud800")
@example("https://\u2100/x")
@example("https://github.com/owner/repo/pull/²")
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        source = parse_source(text, cwd=CWD)
    except LaunchError as error:
        assert error.hint
    else:
        assert (source.url is None) != (source.directory is None)
        assert source.name


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_ref_and_path_are_understood_or_refused(ref: str, path: str) -> None:
    try:
        source = parse_source("gh/owner/repo", cwd=CWD, ref=ref, path=path)
    except LaunchError:
        return
    assert not (source.ref or "").startswith("-")
    assert ".." not in (source.path or "").split("/")
