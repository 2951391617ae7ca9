# SPDX-License-Identifier: GPL-3.0-or-later
"""The evaluation of a repository's Guix file, which is a program of somebody else's.

It runs in a sandbox that shows the store and the checkout, both read-only, and nothing else: no
daemon, network, home or secret, with bounded time and memory. With the person's trust the daemon
and the network are in reach, still no home. An answer is kept, so that the next launch of the same
file with the same Guix asks nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from binder_lite import process
from binder_lite.command import Command
from binder_lite.engines.base import WORK
from binder_lite.engines.guix.description import Description, parse_answer, trust_needed
from binder_lite.engines.guix.installation import Guix
from binder_lite.engines.guix.library import MEMORY_MIB, questions_command
from binder_lite.engines.sandbox import Bind, Host, sandbox_error
from binder_lite.errors import BadManifest, Details, LaunchError
from binder_lite.events import printable
from binder_lite.requirements.guix.text import NotPlain, parse_guix
from binder_lite.storage import tree_digest

# Part of the name of each kept answer: raise it when the same file would now be described
# differently.
FORMAT = 1
# A manifest takes a second; one that builds while it is evaluated takes its time.
SECONDS = 60
_TRUSTED_SECONDS = 3600
_MOST_BYTES = 2**22
_LAST_LINES = 10
_LONGEST_LINE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What is evaluated, and with which Guix: ``file`` is a path in the checkout."""

    guix: Guix
    host: Host
    checkout: Path
    file: str
    candidates: tuple[str, ...]
    trusted: bool = False

    def command(self) -> Command:
        """Return the sandboxed program that answers a question about the file."""
        binds = [Bind(self.checkout, WORK)]
        if self.trusted and self.guix.socket:
            directory = self.guix.socket.parent
            binds.append(Bind(directory, PurePosixPath(directory)))
        return questions_command(self.guix, self.host, binds=binds, network=self.trusted)

    def question(self) -> bytes:
        """Return what it is asked."""
        asked = {name: [name] for name in self.candidates}
        path = str(WORK / self.file)
        question = {"id": 1, "question": "describe", "file": path, "server": asked}
        return msgspec.json.encode(question) + b"\n"

    def digest(self) -> str:
        """Return a name of all that the answer depends on."""
        text = (self.checkout / self.file).read_bytes()
        content = [FORMAT, self.guix.identity, self.file, text, self.candidates, self.trusted]
        try:
            parse_guix(text.decode())
        except (NotPlain, UnicodeDecodeError):
            # It may read any other file.
            content.append(tree_digest(self.checkout))
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


async def describe(evaluation: Evaluation, cache: Path) -> Description:
    """Return what the file asks for.

    Raises ``PackageNotFound``, ``BadManifest``, ``TrustNeeded`` and ``SandboxUnavailable``.
    """
    kept = cache / f"description-{await asyncio.to_thread(evaluation.digest)}.json"
    with contextlib.suppress(OSError, ValueError):
        return parse_answer(kept.read_text(encoding="utf-8"), evaluation.file)
    answer = await _ask(evaluation)
    try:
        description = parse_answer(answer, evaluation.file)
    except ValueError as error:
        raise _broken(evaluation, "printed something else than an answer", answer) from error
    cache.mkdir(parents=True, exist_ok=True)
    new = kept.with_suffix(".new")
    new.write_text(answer, encoding="utf-8")
    new.replace(kept)
    return description


async def _ask(evaluation: Evaluation) -> str:
    seconds = _TRUSTED_SECONDS if evaluation.trusted else SECONDS
    try:
        async with asyncio.timeout(seconds):
            done = await process.run(
                evaluation.command(), input_bytes=evaluation.question(), most_bytes=_MOST_BYTES
            )
    except TimeoutError as error:
        raise BadManifest(
            f"{evaluation.file} was still being evaluated after {seconds} s.",
            hint="A manifest names packages and is done in a second: look for a loop in it.",
        ) from error
    if problem := sandbox_error(done.stderr):
        raise problem
    lines = done.stdout.strip().splitlines()
    if done.exit_status or not lines:
        raise _unanswered(evaluation, done)
    return lines[-1]


def _unanswered(evaluation: Evaluation, done: process.Completed) -> LaunchError:
    if "GC Warning: Failed to expand heap" in done.stderr or "out of memory" in done.stderr.lower():
        return BadManifest(
            f"{evaluation.file} wants more than {MEMORY_MIB} MiB while it is evaluated.",
            hint="A manifest names packages and needs little: look for what grows in it.",
        )
    return _broken(evaluation, f"ended with status {done.exit_status}", done.stderr)


def _broken(evaluation: Evaluation, how: str, said: str) -> LaunchError:
    lines = tuple(printable(line[:_LONGEST_LINE]) for line in said.splitlines()[-_LAST_LINES:])
    return BadManifest(
        f"The evaluation of {evaluation.file} {how}, and did not say what it asks for.",
        hint="A manifest's last expression is to be the manifest; it must not end Guile.",
        details=Details(exit_status=None, last_lines=lines),
    )


__all__ = ["SECONDS", "Evaluation", "describe", "trust_needed"]
