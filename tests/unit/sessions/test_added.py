# SPDX-License-Identifier: GPL-3.0-or-later
"""What package managers and code leave in a session, read as the data that it is."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.amendments.requirements_txt import requirement_line
from binder_lite.engines.base import EngineName
from binder_lite.requirements.model import Origin
from binder_lite.requirements.python.requirements_txt import parse_requirements_txt
from binder_lite.requirements.tree import Tree
from binder_lite.sessions.added import Present, _find
from binder_lite.sessions.addition import Added, Addition
from binder_lite.sessions.imported import find_in_code, local_modules
from binder_lite.sessions.installed import find_installed, parse_fields
from binder_lite.sessions.store import Session

_SITE = ".venv/lib/python3.11/site-packages"
_UUID = "336ed68f-0bac-5ca0-87d4-7b16caf5d00b"


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def distribution(
    name: str,
    version: str = "1.0",
    *,
    site: str = _SITE,
    requested: bool = True,
    needs: tuple[str, ...] = (),
    installer: str = "pip\n",
    direct_url: object = None,
    record: str = "",
) -> dict[str, str | bytes]:
    folder = f"{site}/{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {need}\n" for need in needs) + "\nA text.\n"
    files: dict[str, str | bytes] = {
        f"{folder}/METADATA": metadata,
        f"{folder}/INSTALLER": installer,
        f"{folder}/RECORD": record,
    }
    if requested:
        files[f"{folder}/REQUESTED"] = ""
    if direct_url is not None:
        files[f"{folder}/direct_url.json"] = json.dumps(direct_url)
    return files


def names(additions: list[Addition]) -> list[str]:
    return [each.name for each in additions]


# What is installed


def test_what_was_asked_for_and_not_what_that_brought(tmp_path: Path) -> None:
    write(tmp_path, distribution("My.Pkg", "2.0rc1", needs=("dep>=1", "other; extra == 'x'")))
    write(tmp_path, distribution("dep", requested=False))
    user = ".local/lib/python3.11/site-packages"
    write(tmp_path, distribution("by_uv", site=user, installer="uv"))
    write(tmp_path, distribution("pip", "26.0"))
    found = find_installed(tmp_path)
    assert found.additions == [
        Addition("python", "my-pkg", "2.0rc1", tool="pip"),
        Addition("python", "by-uv", "1.0", tool="uv"),
    ]
    assert found.notices == ["pip 26.0 was installed; it is not offered."]


def test_where_nothing_says_what_was_asked_for_it_is_what_nothing_else_needs(
    tmp_path: Path,
) -> None:
    write(tmp_path, distribution("a", requested=False, needs=("B",)))
    write(tmp_path, distribution("b", requested=False))
    assert names(find_installed(tmp_path).additions) == ["a"]


@pytest.mark.parametrize(
    ("direct_url", "url", "local", "editable"),
    [
        (
            {"url": "https://x.org/a.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}},
            "git+https://x.org/a.git@abc123",
            False,
            False,
        ),
        (
            {
                "url": "https://x.org/a.git",
                "vcs_info": {"vcs": "git", "commit_id": "abc123"},
                "subdirectory": "s",
            },
            "git+https://x.org/a.git@abc123#subdirectory=s",
            False,
            False,
        ),
        (
            {"url": "https://x.org/a-1.0.zip", "archive_info": {"hash": "sha256=0"}},
            "https://x.org/a-1.0.zip",
            False,
            False,
        ),
        ({"url": "file:///home/jovyan/work", "dir_info": {"editable": True}}, ".", True, True),
        ({"url": "file:///home/jovyan/work/lib/a", "dir_info": {}}, "lib/a", True, False),
    ],
)
def test_what_came_from_a_url_keeps_it(
    direct_url: object, url: str, local: bool, editable: bool, tmp_path: Path
) -> None:
    write(tmp_path, distribution("a", direct_url=direct_url))
    [found] = find_installed(tmp_path).additions
    assert (found.url, found.local, found.editable) == (url, local, editable)


@pytest.mark.parametrize(
    "url",
    [
        "file:///tmp/a", "file:///home/jovyan/workshop", "file:///home/jovyan/work/../secret",
        "file:///home/jovyan/work/a%0a--index-url%20x", "https://x.org/a\n--index-url evil",
        "https://me:secret@x.org/a.zip", "https://x.org/a b", "javascript:1", "", "https://[x", "file://[",
        "\x1b]0;x\x07",
    ],
)  # fmt: skip
def test_a_place_that_no_file_may_name_is_told(url: str, tmp_path: Path) -> None:
    write(tmp_path, distribution("a", direct_url={"url": url}))
    found = find_installed(tmp_path)
    assert found.additions == []
    [notice] = found.notices
    assert "secret@" not in notice and "\x1b" not in notice and "\n" not in notice


def test_hostile_metadata(tmp_path: Path) -> None:
    large = f"{_SITE}/large-1.0.dist-info/METADATA"
    write(tmp_path, {large: "Name: large\nVersion: 1.0\n\n"})
    os.truncate(tmp_path / large, 100 * 1024 * 1024)
    write(tmp_path, {f"{_SITE}/large-1.0.dist-info/REQUESTED": ""})
    write(tmp_path, {f"{_SITE}/esc-1.0.dist-info/METADATA": "Name: a\x1b[31m\nVersion: 1\n"})
    write(tmp_path, {f"{_SITE}/line-1.0.dist-info/METADATA": "Name: a\n b\nVersion: 1\n"})
    write(tmp_path, {f"{_SITE}/none-1.0.dist-info/RECORD": ""})
    write(tmp_path, distribution("version", "1.0; evil"))
    (tmp_path / _SITE / "loop-1.0.dist-info").symlink_to(".")
    os.mkfifo(tmp_path / _SITE / "version-1.0; evil.dist-info" / "direct_url.json")
    found = find_installed(tmp_path)
    assert [(each.name, each.version) for each in found.additions] == [
        ("large", "1.0"),
        ("version", ""),
    ]
    assert len(found.notices) == 4


_TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
_URLS = st.one_of(
    _TEXT,
    st.builds(
        "{}{}".format, st.sampled_from(["https://x.org/", "file:///home/jovyan/work/"]), _TEXT
    ),
)
_DIRECT = st.fixed_dictionaries(
    {"url": _URLS},
    optional={
        "subdirectory": _TEXT,
        "vcs_info": st.fixed_dictionaries({"vcs": _TEXT, "commit_id": _TEXT}) | st.none(),
        "dir_info": st.fixed_dictionaries({"editable": st.booleans()}),
    },
)


@given(name=_TEXT, version=_TEXT, direct_url=st.none() | _DIRECT | _TEXT, more=st.binary())
def test_whatever_metadata_says_a_line_is_one_requirement(
    name: str, version: str, direct_url: object, more: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = distribution("a", direct_url=direct_url)
        metadata = f"Name: {name}\nVersion: {version}\nRequires-Dist: {name}\n".encode() + more
        write(home, {**files, f"{_SITE}/a-1.0.dist-info/METADATA": metadata})
        found = find_installed(home)
    assert len(found.additions) + len(found.notices) == 1
    for addition in found.additions:
        line = requirement_line(addition)
        assert line.splitlines() == [line]
        read = parse_requirements_txt(f"{line}\n", "requirements.txt")
        assert [(item.name, item.url.removeprefix("./")) for item in read.found.packages] == [
            ("" if addition.local else addition.name, addition.url)
        ]
        assert not read.found.indexes and not read.includes


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "outside", distribution("stolen", site="site"))
    home = write(tmp_path / "home", {f"{_SITE}/x": ""})
    (home / _SITE / "stolen-1.0.dist-info").symlink_to(secret / "site/stolen-1.0.dist-info")
    (home / ".local").symlink_to(secret)
    assert find_installed(home).additions == []


def test_r_packages_that_no_other_needs(tmp_path: Path) -> None:
    library = ".venv/lib/R/library"
    write(
        tmp_path,
        {
            f"{library}/tidy/DESCRIPTION": "Package: tidy\nVersion: 1.2-3\nImports: dep (>= 1),\n"
            "    dep2\nDepends: R (>= 4)\n",
            f"{library}/dep/DESCRIPTION": "Package: dep\nVersion: 1\n",
            f"{library}/dep2/DESCRIPTION": "Package: dep2\nVersion: 1\n",
            f"{library}/README": "",
            f"{library}/forge/DESCRIPTION": "Package: forge\nVersion: 0.1\nRemoteType: github\n"
            "RemoteUsername: me\nRemoteRepo: forge\n",
            f"{library}/bad/DESCRIPTION": 'Package: x"); system("\n',
        },
    )
    found = find_installed(tmp_path)
    assert found.additions == [
        Addition("r", "forge", "0.1", tool="R", url="me/forge"),
        Addition("r", "tidy", "1.2-3", tool="R"),
    ]
    assert found.notices == ["bad is no package of R that can be named."]


def test_fields_of_a_description_are_unfolded() -> None:
    assert dict(parse_fields("A: 1\nB:\n  x,\n\ty\n .\nC: \n")) == {
        "A": "1",
        "B": " x, y .",
        "C": "",
    }


def test_julia_packages_have_uuid_and_version(tmp_path: Path) -> None:
    folder = ".julia/environments/v1.10"
    write(
        tmp_path,
        {
            f"{folder}/Project.toml": f'[deps]\nCSV = "{_UUID}"\nEvil = "\\"]\\nx"\n',
            f"{folder}/Manifest.toml": '[[deps.CSV]]\nversion = "0.10.4+1"\n',
            ".julia/environments/v1.9/Project.toml": "[deps\n",
        },
    )
    found = find_installed(tmp_path)
    assert found.additions == [Addition("julia", "CSV", "0.10.4", tool="Pkg", uuid=_UUID)]
    assert len(found.notices) == 2


def test_a_guix_profile_counts_only_in_the_store(tmp_path: Path) -> None:
    manifest = '(manifest (version 4) (packages (("evil" "1" "out" "/gnu/store/x"))))'
    write(tmp_path, {"elsewhere/manifest": manifest})
    (tmp_path / ".guix-profile").symlink_to("elsewhere")
    assert find_installed(tmp_path).additions == []


# What code says


def notebook(*cells: str, language: str = "python") -> str:
    return json.dumps(
        {
            "nbformat": 4,
            "metadata": {"language_info": {"name": language}},
            "cells": [{"cell_type": "code", "source": cell} for cell in cells],
        },
        indent=1,
    )


def test_lines_that_install(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.ipynb": notebook(
                "%pip install one two==2.0 'three>=3'\n!uv pip install four",
                "!conda install -y pytorch=2.1 r-dplyr nodejs",
                "!apt install x\n%pip install -r more.txt ./local {name}",
            )
        },
    )
    found = find_in_code(tmp_path, "", ["a.ipynb"])
    assert [(each.name, each.version, each.tool) for each in found.installs] == [
        ("one", "", "pip"),
        ("two", "2.0", "pip"),
        ("three", "", "pip"),
        ("four", "", "pip"),
        ("torch", "", "conda"),
    ]
    assert len(found.notices) == 5


def test_only_what_changed_is_read_and_what_declares_itself_is_not(tmp_path: Path) -> None:
    script = "# /// script\n# dependencies = ['x']\n# ///\nimport inline\n"
    write(
        tmp_path,
        {"old.py": "import old", "new.py": "import new", "own.py": script, "bad.ipynb": "{"},
    )
    found = find_in_code(tmp_path, "", ["new.py", "own.py", "bad.ipynb", "gone.py", "data.csv"])
    assert [each.module for each in found.imports] == ["new"]
    assert len(found.notices) == 1


def test_local_modules_are_any_folders_with_code(tmp_path: Path) -> None:
    write(tmp_path, {"src/mine/x.py": "", "tool.py": "", "data/a.csv": ""})
    assert local_modules(Tree(tmp_path)) == {"src", "mine", "x", "tool"}


def test_r_and_julia_of_changed_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "old.R": "library(dplyr)\nlibrary(old)",
            "new.R": "library(stats)\nlibrary(dplyr)\nhere::here()",
            "magic.ipynb": notebook("%%R\nlibrary(vegan)"),
            "new.jl": "using CSV, Dates",
            "b.ipynb": notebook("using DataFrames", language="julia"),
        },
    )
    found = find_in_code(tmp_path, "", ["new.R", "magic.ipynb", "new.jl", "b.ipynb"])
    assert {(each.language, each.name, str(each.origin)) for each in found.others} == {
        ("r", "dplyr", "new.R:2"),
        ("r", "here", "new.R:3"),
        ("r", "vegan", "magic.ipynb:11"),
        ("julia", "CSV", "new.jl:1"),
        ("julia", "DataFrames", "b.ipynb:11"),
    }


# All together


def session(directory: Path, engine: EngineName = "uv") -> Session:
    return Session(
        id="x",
        directory=directory,
        workspace=directory / "home/work",
        source="",
        commit=None,
        path="",
        engine=engine,
        environment="uv-1/1",
        created=datetime.now(UTC),
    )


def find(
    directory: Path,
    home: Mapping[str, str | bytes],
    present: Present | None = None,
    engine: EngineName = "uv",
) -> Added:
    write(directory / "home", {"work/README": "", **home})
    changed = {name.removeprefix("work/") for name in home if name.startswith("work/")}
    found = session(directory, engine)
    return _find(found, directory, "home/work", frozenset(changed), present or Present())


def test_what_is_declared_is_not_offered_and_another_version_is_told(tmp_path: Path) -> None:
    added = find(
        tmp_path,
        {
            **distribution("Declared_Pkg", "2.0"),
            **distribution("fits", "1.5"),
            "work/requirements.txt": "declared-pkg==1.0\nfits>=1\nimported\n",
            "work/a.py": "import imported, declared_pkg",
        },
    )
    assert added.additions == ()
    assert added.notices == (
        "declared-pkg 2.0 was installed, but requirements.txt:1 asks for ==1.0.",
    )


def test_imports_that_something_brings_already_are_not_offered(tmp_path: Path) -> None:
    site = tmp_path / "environment/venv/lib/python3.11/site-packages"
    write(site, {"odd_module/__init__.py": "", "single.py": "", "google/protobuf/x.py": ""})
    added = find(
        tmp_path,
        {
            **distribution("brings", record="brought/__init__.py,,\nfast.so,,\n"),
            "work/requirements.txt": "",
            "work/lib/helper.py": "",
            "work/a.py": "import odd_module, single, brought, os, helper, yaml, six\n"
            "import google.cloud.storage\ntry:\n  import maybe\nexcept ImportError:\n  pass\n"
            "import really_new.part",
        },
        Present(("PyYAML==6.0", "six==1.0"), tmp_path / "environment"),
    )
    assert [(each.name, each.how, str(each.origin)) for each in added.additions] == [
        ("brings", "installed", "a.py:1"),
        ("google-cloud-storage", "imported", "a.py:2"),
        ("really-new", "imported", "a.py:7"),
    ]


def test_what_the_build_put_into_the_home_is_not_the_session_s(tmp_path: Path) -> None:
    user = ".local/lib/python3.11/site-packages"
    built = {**distribution("built", site=user), **distribution("renewed", site=user)}
    write(tmp_path / "environment/home", built)
    home = {**distribution("built", site=user), **distribution("renewed", "2.0", site=user)}
    added = find(tmp_path, home, Present((), tmp_path / "environment"))
    assert [(each.name, each.version) for each in added.additions] == [("renewed", "2.0")]


def test_one_package_is_offered_once(tmp_path: Path) -> None:
    added = find(
        tmp_path,
        {
            **distribution("scikit-learn", "1.5"),
            "work/a.ipynb": notebook("%pip install scikit-learn", "import sklearn"),
            "work/b.ipynb": notebook("%pip install other==1", "import other"),
        },
    )
    assert added.additions == (
        Addition("python", "other", "1", "install line", "pip", Origin("b.ipynb", 11)),
        Addition("python", "scikit-learn", "1.5", "installed", "pip", Origin("a.ipynb", 15)),
    )


def test_guix_environments_know_languages_by_their_names(tmp_path: Path) -> None:
    present = Present(("python-numpy@1.2", "r-data-table@1", "julia-csv@1", "git@2:send-email"))
    assert {("python", "numpy"), ("r", "data-table"), ("julia", "csv"), ("guix", "git")} <= (
        present.names()
    )
    added = find(tmp_path, {"work/a.py": "import numpy, pandas"}, present)
    assert names(list(added.additions)) == ["pandas"]


def test_a_guix_session_s_manifest_is_in_charge(tmp_path: Path) -> None:
    manifest = '(specifications->manifest (list "python-numpy" "r-data-table" "only-in-guix"))'
    library = ".venv/lib/R/library"
    home = {
        **distribution("numpy", "3.0"),
        **distribution("pandas", "2.0"),
        f"{library}/data.table/DESCRIPTION": "Package: data.table\nVersion: 1\n",
        f"{library}/zoo/DESCRIPTION": "Package: zoo\nVersion: 1\n",
        "work/manifest.scm": manifest,
        "work/requirements.txt": "pandas\n",
    }
    added = find(tmp_path, home, engine="guix")
    assert names(list(added.additions)) == ["pandas", "zoo"]
    assert added.declared.build_files == ("manifest.scm",)
    assert names(list(find(tmp_path, home, engine="uv").additions)) == [
        "numpy",
        "data.table",
        "zoo",
    ]


def test_a_manifest_that_is_a_program_declares_what_cannot_be_told(tmp_path: Path) -> None:
    home = {**distribution("pandas", "2.0"), "work/manifest.scm": '(load "x")'}
    added = find(tmp_path, home, engine="guix")
    assert names(list(added.additions)) == ["pandas"]
    assert added.declared.build_files == ("manifest.scm",)
