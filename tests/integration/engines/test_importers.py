# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of what an importer does; a shell script stands in for Guix."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from binder_lite.engines.guix.importing import Answer, Import, run_importer
from binder_lite.engines.guix.installation import Guix, Revision
from binder_lite.events import Step
from steps import result_of

# As Guix 1.5 ends without a network, and with a download's progress.
UNREACHABLE = """\
echo 'Backtrace:' >&2
echo '           0 (raise-exception _)' >&2
echo >&2
echo 'guix/ui.scm:920:18: In procedure getaddrinfo: Name or service not known' >&2
exit 1
"""
DOWNLOADS = r"""
printf '\033[K x.tar.gz  25KiB  50.0%%\r' >&2
printf '\033[K x.tar.gz  25KiB 100.0%%\n' >&2
printf '(define-public a\n  x)\n\n'
"""


def answer(tmp_path: Path, script: str, *, seconds: float = 60) -> tuple[Answer, list[str]]:
    program = tmp_path / "guix"
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    guix = Guix(program=program, variables={}, library=tmp_path, revision=Revision(version="1.5.0"))

    async def steps() -> tuple[Answer, list[str]]:
        step = Step(run_importer(guix, Import("pypi", "a"), seconds=seconds))
        said = [event.message async for event in step]
        return step.result, said

    return asyncio.run(steps())


def test_what_is_printed_is_the_answer_and_what_is_said_is_shown(tmp_path: Path) -> None:
    found, said = answer(tmp_path, DOWNLOADS)
    assert found == Answer(text="(define-public a\n  x)\n")
    assert [each.strip() for each in said] == ["x.tar.gz  25KiB 100.0%"]


def test_a_failure_is_told_in_guixs_last_words(tmp_path: Path) -> None:
    found, said = answer(tmp_path, UNREACHABLE)
    last = "guix/ui.scm:920:18: In procedure getaddrinfo: Name or service not known"
    assert found == Answer(problem=last)
    assert said[-1] == last


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        # What Guix 1.5 does with a name that PyPI does not know.
        ("exit 0", "PyPI has nothing of this name that Guix can import"),
        ("exit 3", "the importer ended with status 3"),
        ("echo 'no source release' >&2", "no source release"),
        ("yes '(define-public a (package (name \"a\")))'", "the importer printed no end of it"),
    ],
)
def test_without_definitions_there_is_a_reason(tmp_path: Path, script: str, problem: str) -> None:
    assert answer(tmp_path, script)[0] == Answer(problem=problem)


def test_one_that_never_ends_is_ended(tmp_path: Path) -> None:
    begun = time.monotonic()
    found, _ = answer(tmp_path, "sleep 60", seconds=0.3)
    assert found == Answer(problem="the importer had not ended after 0.3 s")
    assert time.monotonic() - begun < 20


def test_a_program_that_is_not_there_is_a_reason(tmp_path: Path) -> None:
    guix = Guix(
        program=tmp_path / "gone",
        variables={},
        library=tmp_path,
        revision=Revision(version="1.5.0"),
    )

    found = asyncio.run(result_of(run_importer(guix, Import("pypi", "a"))))
    assert "cannot be run" in found.problem
