# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio
import ctypes
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite import process
from binder_lite.command import Command
from binder_lite.engines.guix import catalogue
from binder_lite.engines.guix.catalogue import (
    Catalogue,
    Package,
    catalogue_file,
    parse_catalogue,
    read_catalogue,
    version_key,
)
from binder_lite.engines.guix.installation import Guix, Revision
from binder_lite.engines.guix.library import questions_command
from binder_lite.engines.limits import Enforcement
from binder_lite.engines.sandbox import Host
from binder_lite.errors import EngineUnavailable, SandboxUnavailable
from binder_lite.events import Step
from unit.engines.guix.examples import GUIX

_HOST = Host(
    bwrap=Path("/usr/bin/bwrap"), system=(Path("/usr"),), enforcement=Enforcement(None, None)
)
_PACKAGES = (
    Package("a", "1.9"),
    Package("a", "1.10", outputs=("out", "lib")),
    Package("b", "2", superseded="a"),
    Package("lost", "2", superseded="gone"),
    Package("self", "1", superseded="self"),
)
_SOME = Catalogue(_PACKAGES, "1.5.0")


def reply(*packages: Package) -> bytes:
    return msgspec.json.encode({"id": 1, "answer": packages})


@pytest.mark.parametrize(
    "versions",
    [
        "1.9 1.10",
        "1.10.0 1.10.1",
        "1.26.4 2.3.1",
        "2.0 2.0-rc1",
        "2.0.0 2.0rc1",
        "1.0 1.0-1",
        "2024.01.9 2024.1.0",
        "1.9a 1.10",
        "0.1-1.abc1234 0.1-2.0bc1234",
        "3.9 3.11",
    ],
)
def test_versions_are_ordered_as_guix_orders_them(versions: str) -> None:
    older, newer = versions.split()
    assert version_key(older) < version_key(newer)


_C_COMPARES = ctypes.CDLL(None).strverscmp
_VERSIONS = st.text(alphabet="00112345679...--+~_abrc", max_size=9) | st.text(
    st.characters(min_codepoint=1, max_codepoint=127), max_size=6
)


@given(_VERSIONS, _VERSIONS)
def test_any_versions_are_ordered_as_guix_orders_them(one: str, other: str) -> None:
    said = _C_COMPARES(one.encode(), other.encode())
    mine, its = version_key(one), version_key(other)
    assert (mine > its) - (mine < its) == (said > 0) - (said < 0)


@given(st.lists(st.text(max_size=12)))
def test_any_versions_have_an_order(versions: list[str]) -> None:
    assert len(Catalogue(Package("x", each) for each in versions).named("x")) == len(versions)


def test_a_name_means_its_newest_version_or_its_successor_s() -> None:
    assert [each.version for each in _SOME.named("a")] == ["1.10", "1.9"]
    assert _SOME.named("b") == _SOME.named("a")
    assert _SOME.named("nothing") == ()
    assert _SOME.named("lost") == ()
    assert [each.version for each in _SOME.named("self")] == ["1"]


@pytest.mark.parametrize(
    ("package", "output", "said"),
    [
        (_PACKAGES[1], "out", "a"),
        (_PACKAGES[1], "lib", "a:lib"),
        (_PACKAGES[0], "out", "a@1.9"),
        (_PACKAGES[0], "lib", "a@1.9:lib"),
    ],
)
def test_a_specification_is_the_shortest_that_means_the_package(
    package: Package, output: str, said: str
) -> None:
    assert _SOME.specification(package, output) == said


def test_a_package_is_found_by_its_full_name() -> None:
    assert _SOME.by_full_name["a@1.9"] is _PACKAGES[0]
    twice = Catalogue([Package("a", "1", home="first"), Package("a", "1", home="second")])
    assert twice.by_full_name["a@1"].home == "first"


def test_an_answer_gives_the_packages() -> None:
    read = parse_catalogue(reply(*_PACKAGES), "1.5.0")
    assert (read.packages, read.guix) == (_PACKAGES, "1.5.0")
    few = parse_catalogue(b'{"id": 1, "answer": [{"name": "x", "version": "1", "new": [1]}]}')
    assert few.packages == (Package("x", "1"),)


NO_ANSWERS = {
    "nothing": b"",
    "no JSON": b"Segmentation fault",
    "a list": b"[]",
    "an error": b'{"id": 1, "error": {"message": "unbound variable"}}',
    "no list": b'{"id": 1, "answer": {"kind": "manifest"}}',
    "no name": b'{"id": 1, "answer": [{"version": "1"}]}',
    "a number for a name": b'{"id": 1, "answer": [{"name": 1, "version": "1"}]}',
    "a null": b'{"id": 1, "answer": [{"name": "x", "version": null}]}',
    "cut": reply(*_PACKAGES)[:-9],
    "not UTF-8": b'{"id": 1, "answer": [{"name": "\xff", "version": "1"}]}',
    "nested without end": b'{"id": 1, "x": ' + b"[" * 10**5 + b"]" * 10**5 + b', "answer": []}',
}


@pytest.mark.parametrize("text", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        parse_catalogue(text)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "guile"
    folder.mkdir()
    (folder / "catalogue.scm").write_text("(first)")
    return folder


@pytest.fixture
def guix(library: Path) -> Guix:
    return replace(GUIX, library=library)


class Answers:
    """Takes the place of the process: gives the answers in turn, and remembers what was asked."""

    def __init__(self) -> None:
        self.given: list[process.Completed | BaseException] = []
        self.asked: list[bytes | None] = []

    async def run(
        self, command: Command, *, input_bytes: bytes | None = None, most_bytes: int | None = None
    ) -> process.Completed:
        self.asked.append(input_bytes)
        answer = self.given.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def says(self, *packages: Package) -> None:
        self.given.append(process.Completed(0, reply(*packages).decode() + "\n", ""))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    answers = Answers()
    monkeypatch.setattr(process, "run", answers.run)
    return answers


async def read(guix: Guix, cache: Path) -> tuple[list[str], Catalogue]:
    step = Step(read_catalogue(guix, _HOST, cache))
    said = [event.message async for event in step]
    return said, step.result


async def test_guix_is_asked_once(tmp_path: Path, guix: Guix, answers: Answers) -> None:
    cache = tmp_path / "cache"
    answers.says(*_PACKAGES)
    said, first = await read(guix, cache)
    assert len(said) == 1
    assert first.packages == _PACKAGES
    assert first.guix == "1.5.0"
    said, second = await read(guix, cache)
    assert said == []
    assert (second.packages, second.guix) == (_PACKAGES, "1.5.0")
    [question] = answers.asked
    assert msgspec.json.decode(question or b"") == {"id": 1, "question": "catalogue"}
    assert [path.name for path in cache.iterdir()] == [catalogue_file(guix, cache).name]


async def test_another_guix_is_asked_itself(
    tmp_path: Path, guix: Guix, library: Path, answers: Answers
) -> None:
    cache = tmp_path / "cache"
    directory = tmp_path / "packages"
    directory.mkdir()
    (directory / "own.scm").write_text("(own)")
    variables = {"GUIX_PACKAGE_PATH": str(directory)}
    others = (
        guix,
        replace(guix, program=Path("/gnu/store/other/bin/guix")),
        replace(guix, revision=Revision(version="1.6.0")),
        replace(guix, variables=variables),
    )
    for number, other in enumerate(others):
        answers.says(Package("p", str(number)))
        assert (await read(other, cache))[1].packages == (Package("p", str(number)),)
    for number, other in enumerate(others):
        assert (await read(other, cache))[1].packages == (Package("p", str(number)),)
    # What is asked, and what the own packages are, count by their content.
    (library / "catalogue.scm").write_text("(second)")
    answers.says(Package("p", "new"))
    assert (await read(guix, cache))[1].packages == (Package("p", "new"),)
    (directory / "own.scm").write_text("(changed)")
    answers.says(Package("p", "changed"))
    assert (await read(others[3], cache))[1].packages == (Package("p", "changed"),)
    assert answers.given == []


@pytest.mark.parametrize("kept", ["", "{", '{"answer": 3}', "\0" * 100])
async def test_a_kept_answer_that_is_none_is_asked_for_again(
    tmp_path: Path, guix: Guix, answers: Answers, kept: str
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    catalogue_file(guix, cache).write_text(kept)
    answers.says(*_PACKAGES)
    assert (await read(guix, cache))[1].packages == _PACKAGES
    assert (await read(guix, cache))[1].packages == _PACKAGES


FAILURES: dict[str, tuple[process.Completed, str]] = {
    "it ends": (process.Completed(1, "", "Backtrace:\nunbound variable: x"), "status 1"),
    "it says nothing": (process.Completed(0, "\n", ""), "status 0"),
    "it says something else": (process.Completed(0, '{"error": {}}\n', ""), "something else"),
    "it answers and fails": (
        process.Completed(2, reply(*_PACKAGES).decode(), "killed"), "status 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("done", "said"), FAILURES.values(), ids=FAILURES)
async def test_a_guix_that_does_not_answer_is_told_and_nothing_is_kept(
    tmp_path: Path, guix: Guix, answers: Answers, done: process.Completed, said: str
) -> None:
    answers.given.append(done)
    with pytest.raises(EngineUnavailable, match=said) as raised:
        await read(guix, tmp_path / "cache")
    assert "guix package" in raised.value.hint
    assert list((tmp_path / "cache").glob("*")) == []
    if done.stderr.startswith("Backtrace"):
        assert raised.value.details.last_lines[-1] == "unbound variable: x"


async def test_a_guix_that_takes_for_ever_is_told(
    tmp_path: Path, guix: Guix, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(*_: Any, **__: Any) -> process.Completed:
        await asyncio.sleep(60)
        raise AssertionError

    monkeypatch.setattr(process, "run", wait)
    monkeypatch.setattr(catalogue, "SECONDS", 0.01)
    with pytest.raises(EngineUnavailable, match="had not answered"):
        await read(guix, tmp_path / "cache")


async def test_a_sandbox_that_cannot_be_made_is_told(
    tmp_path: Path, guix: Guix, answers: Answers
) -> None:
    answers.given.append(process.Completed(1, "", "bwrap: No permissions to create new namespace"))
    with pytest.raises(SandboxUnavailable):
        await read(guix, tmp_path / "cache")


async def test_what_was_said_before_the_answer_does_not_matter(
    tmp_path: Path, guix: Guix, answers: Answers
) -> None:
    said = f"warning: something\n{reply(*_PACKAGES).decode()}\n"
    answers.given.append(process.Completed(0, said, "guile: a note"))
    assert (await read(guix, tmp_path / "cache"))[1].packages == _PACKAGES


def test_the_library_is_asked_in_a_sandbox_without_network_or_home(guix: Guix) -> None:
    argv = questions_command(guix, _HOST).argv
    assert argv[0] == "/usr/bin/bwrap"
    assert "--unshare-net" in argv or "--unshare-all" in argv
    assert str(guix.library) in argv
    assert not [word for word in argv if word.startswith(("/home", "/root"))]
    assert "daemon-socket" not in " ".join(argv)
