# SPDX-License-Identifier: GPL-3.0-or-later
"""What the launcher refuses, a server refuses with the same words, and with an HTTP status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from end_to_end.refusals import EMPTY_NOTEBOOK, ERRORS, make_repository
from end_to_end.repositories import git
from end_to_end.serving import build_address, end_of, forge, serving, short_place
from end_to_end.test_bad_declarations import REFUSED
from end_to_end.test_broken_builds import FAILING
from end_to_end.test_guix_hostile import HOSTILE

pytestmark = [pytest.mark.slow, pytest.mark.needs("git"), pytest.mark.timeout(300)]

# Ref and page → the error, and what message and hint must name.
_ASKED = {
    "ref": ("develp", {}, "ref-not-found", "'develp'", "'develop'"),
    "commit": ("1" * 40, {}, "ref-not-found", "1" * 40, "fork"),
    "ref-option": ("--upload-pack=x", {}, "bad-source", "'--upload-pack=x'", "'-'"),
    "path": (
        "main", {"labpath": "analysis/first-look.ipynb"},
        "path-not-found", "first-look", "'analysis/first look.ipynb'",
    ),
    "path-above": (
        "main", {"labpath": "../../etc/passwd"}, "unsafe-path", "'../../etc/passwd'", "'..'",
    ),
    "link": ("main", {"filepath": "out.ipynb"}, "unsafe-path", "'out.ipynb'", "own path"),
    "url-above": ("main", {"urlpath": "../../hub/admin"}, "unsafe-path", "hub/admin", ""),
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """A server, and the forge that it fetches from."""

    server: str
    forge: str
    place: Path

    def publish(self, study: Path, name: str) -> None:
        """Put a repository where the forge serves it from."""
        bare = self.place / "git" / f"{name}.git"
        git(self.place, "clone", "--quiet", "--bare", str(study), str(bare))

    def refused(self, name: str, ref: str = "main", **query: str) -> dict[str, Any]:
        """Launch what must fail, and return how; with the status of its error."""
        failed = end_of(build_address(self.server, f"{self.forge}/{name}.git", ref, **query))
        assert failed["kind"] == "failed", failed
        assert failed["status_code"] == ERRORS[failed["code"]].http_status
        assert failed["hint"] or failed["code"] == "unsafe-path", failed
        return failed


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with short_place() as place, forge(place / "git") as url, serving(place, url) as server:
        world = World(server, url, place)
        study = tmp_path_factory.mktemp("refusals")
        (study / "out.ipynb").symlink_to("/etc/passwd")
        files = {"analysis/first look.ipynb": EMPTY_NOTEBOOK, "requirements.txt": "ipykernel\n"}
        with pytest.MonkeyPatch.context() as patch:
            for name in ("AUTHOR", "COMMITTER"):
                patch.setenv(f"GIT_{name}_NAME", "A Person")
                patch.setenv(f"GIT_{name}_EMAIL", "person@example.org")
            make_repository(study, files)
        git(study, "branch", "develop")
        world.publish(study, "study")
        yield world


@pytest.mark.parametrize(("files", "code", "named", "offered"), REFUSED.values(), ids=REFUSED)
def test_what_the_files_say_cannot_be_done(
    files: dict[str, str], code: str, named: str, offered: str, world: World, tmp_path: Path
) -> None:
    world.publish(make_repository(tmp_path / "study", files), tmp_path.name)
    failed = world.refused(tmp_path.name)
    assert failed["code"] == code
    assert named in failed["message"]
    assert offered in failed["hint"]


@pytest.mark.parametrize(
    ("files", "code", "named", "offered", "logged"), FAILING.values(), ids=FAILING
)
def test_a_build_that_cannot_succeed(
    files: dict[str, str],
    code: str,
    named: str,
    offered: str,
    logged: str,
    world: World,
    tmp_path: Path,
) -> None:
    world.publish(make_repository(tmp_path / "study", files), tmp_path.name)
    failed = world.refused(tmp_path.name)
    assert failed["code"] == code
    assert named in failed["message"]
    assert offered in failed["hint"]
    assert failed["last_lines"]
    log = httpx.get(f"{world.server}{failed['log']}")
    assert (log.status_code, logged in log.text) == (200, True)


@pytest.mark.parametrize(("ref", "query", "code", "named", "offered"), _ASKED.values(), ids=_ASKED)
def test_what_the_repository_cannot_give(
    ref: str, query: dict[str, str], code: str, named: str, offered: str, world: World
) -> None:
    failed = world.refused("study", ref, **query)
    assert failed["code"] == code
    assert named in failed["message"]
    assert offered in failed["hint"]


@pytest.mark.needs("guix")
@pytest.mark.parametrize(("text", "code", "named"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_guix_file_is_refused_in_few_plain_words(
    text: str, code: str, named: str, world: World, tmp_path: Path
) -> None:
    study = make_repository(tmp_path / "study", {"manifest.scm": text})
    world.publish(study, tmp_path.name)
    failed = world.refused(tmp_path.name, engine="guix")
    assert failed["code"] == code
    assert named in failed["message"]
    shown = (failed["message"], failed["hint"], *failed["last_lines"])
    assert all(len(each) < 2500 and each.isprintable() for each in shown)


def test_what_is_not_there(world: World) -> None:
    failed = world.refused("studdy")
    assert (failed["code"], failed["status_code"]) == ("repository-not-found", 404)
    elsewhere = end_of(build_address(world.server, "https://127.0.0.1:9/study.git"))
    assert (elsewhere["code"], elsewhere["status_code"]) == ("source-refused", 403)
