# SPDX-License-Identifier: GPL-3.0-or-later
"""The only module that starts processes.

It knows nothing of what it runs. A program that fails raises :class:`CommandFailed`, which the
caller turns into an error for a person; a program that is not there raises ``ToolMissing``.
Whoever leaves :func:`running` leaves no process behind: it is asked to end, then made to.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import re
import signal
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from binder_lite.command import Command, redact
from binder_lite.errors import Details, ToolMissing
from binder_lite.events import printable

T = TypeVar("T")

# Kept for recognising what went wrong, which a compiler's output may follow; a person is shown
# fewer.
LAST_LINES = 1000
_SHOWN_LINES = 20
# A line longer than this is cut: a log is for reading, and a hostile build could fill memory.
LONGEST_LINE = 8192
_GRACE_SECONDS = 3.0
_STRAGGLERS_SECONDS = 0.5
_KEPT = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ",
    "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that has ended; output is text, undecodable bytes replaced."""

    exit_status: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of output; ``transient`` when it ended in a carriage return (a progress line)."""

    text: str
    stream: str
    transient: bool = False


class CommandFailed(Exception):
    """A program ended with another status than 0. Not for a person's eyes: translate it."""

    def __init__(self, command: Command, exit_status: int, last_lines: tuple[str, ...]) -> None:
        super().__init__(f"{command.display()} ended with status {exit_status}")
        self.command = command
        self.exit_status = exit_status
        self.last_lines = last_lines

    @property
    def text(self) -> str:
        """The last lines as one text, for matching against known messages."""
        return "\n".join(self.last_lines)

    def details(self, log: Path | None = None) -> Details:
        """Describe the failure in the one way in which failed commands are described."""
        shown = self.last_lines[-_SHOWN_LINES:]
        return Details(self.command.display(), self.exit_status, shown, log)


def host_environment(**variables: str) -> Mapping[str, str]:
    """Return the variables of this process that a host-side tool may see, and ``variables``."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **variables}


@contextlib.asynccontextmanager
async def running(
    command: Command,
    *,
    stdin: int | None = asyncio.subprocess.DEVNULL,
    stdout: int | None,
    stderr: int | None,
    own_group: bool = True,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run ``command`` for as long as the block lasts.

    On leaving, a process that still runs gets SIGTERM, and SIGKILL after three seconds; so does
    its whole process group, which is its own unless it shares the person's terminal
    (``own_group=False``). What is left of the group when the process has ended by itself is
    killed, too: nobody would ever see the end of its output. Raises ``ToolMissing`` when the
    program is not there.
    """
    ended, alive = os.pipe()
    with contextlib.ExitStack() as descriptors:
        descriptors.callback(os.close, ended)
        try:
            starting = asyncio.create_subprocess_exec(
                *command.argv,
                env=dict(command.env),
                cwd=command.cwd,
                pass_fds=(*command.pass_fds, alive),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=own_group,
                preexec_fn=None if own_group else _ignore_interrupts,
                limit=2**20,
            )
            process, cancelled = await _to_the_end(starting)
        except (FileNotFoundError, PermissionError) as error:
            if command.cwd is not None and not command.cwd.is_dir():
                raise
            raise ToolMissing(
                f"The program {command.argv[0]!r} cannot be run: {error.strerror}.",
                hint="Install it, then run `binder-lite doctor` to see whether all is there.",
            ) from error
        finally:
            os.close(alive)
        watch = asyncio.create_task(_end_stragglers(process)) if own_group else None
        try:
            if cancelled:
                raise asyncio.CancelledError
            yield process
        finally:
            if watch:
                watch.cancel()
            await _stop(process, own_group, ended)


async def _to_the_end(work: Coroutine[Any, Any, T]) -> tuple[T, bool]:
    """Return what ``work`` gives, and whether the caller was cancelled meanwhile.

    asyncio can wait for ever for a process whose start was cancelled half way (seen with Python
    3.11: it has reaped the process and waits for its end); so the start is let finish.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task), False
    except asyncio.CancelledError:
        return await task, True


def _ignore_interrupts() -> None:
    """Ctrl-C in a shared terminal is for the program inside a container, not for its layers.

    The inside takes its own default back (:mod:`binder_lite.inside.session`).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


async def _end_stragglers(process: asyncio.subprocess.Process) -> None:
    while process.returncode is None:
        await asyncio.sleep(_STRAGGLERS_SECONDS)
    await asyncio.sleep(_STRAGGLERS_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _stop(process: asyncio.subprocess.Process, own_group: bool, ended: int) -> None:
    """End the process, and when it had to be ended wait for all below it, bounded in time.

    All that it started hold the other end of the pipe ``ended``, in whichever session or
    namespace they are: its end is theirs.
    """
    forced = process.returncode is None
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            break
        with contextlib.suppress(ProcessLookupError):
            if own_group:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                await process.wait()
    if own_group:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    if forced:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                await _until_readable(ended)
    # What was not read stays in asyncio's hands otherwise, which has no public word for this.
    process._transport.close()  # type: ignore[attr-defined]


async def _until_readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)


async def run(
    command: Command, *, input_bytes: bytes | None = None, most_bytes: int | None = None
) -> Completed:
    """Run ``command`` to its end, whatever its exit status. Raises ``ToolMissing``.

    Of each stream the first ``most_bytes`` are kept, so that a hostile program cannot fill our
    memory. A caller that cannot wait for ever puts ``asyncio.timeout`` around it.
    """
    pipe = asyncio.subprocess.PIPE
    stdin = asyncio.subprocess.DEVNULL if input_bytes is None else pipe
    async with running(command, stdin=stdin, stdout=pipe, stderr=pipe) as process:
        assert process.stdout and process.stderr  # noqa: S101 - both are pipes
        out, err, _ = await asyncio.gather(
            _read_most(process.stdout, most_bytes),
            _read_most(process.stderr, most_bytes),
            _feed(process, input_bytes),
        )
        status = await process.wait()
    return Completed(status, out.decode(errors="replace"), err.decode(errors="replace"))


async def _read_most(reader: asyncio.StreamReader, most: int | None) -> bytes:
    kept = bytearray()
    while chunk := await reader.read(65536):
        kept += chunk if most is None else chunk[: max(0, most - len(kept))]
    return bytes(kept)


async def _feed(process: asyncio.subprocess.Process, data: bytes | None) -> None:
    if process.stdin is None or data is None:
        return
    # A program may end without reading what it is given.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()


async def check(command: Command, *, input_bytes: bytes | None = None) -> str:
    """Run ``command`` and return its standard output. Raises :class:`CommandFailed`."""
    done = await run(command, input_bytes=input_bytes)
    if done.exit_status:
        lines = [redact(printable(line)) for line in (done.stdout + done.stderr).splitlines()]
        raise CommandFailed(command, done.exit_status, tuple(lines[-LAST_LINES:]))
    return done.stdout


async def lines(
    command: Command, *, log: Path | None = None, input_bytes: bytes | None = None
) -> AsyncIterator[Line]:
    """Run ``command`` and yield its output by lines, escapes and secrets removed.

    All lines but transient ones are appended to ``log``. Raises :class:`CommandFailed` after the
    last line when the exit status is not 0.
    """
    pipe = asyncio.subprocess.PIPE
    queue: asyncio.Queue[Line | None] = asyncio.Queue(maxsize=1000)
    last: deque[str] = deque(maxlen=LAST_LINES)
    with contextlib.ExitStack() as files:
        file = files.enter_context(log.open("a", encoding="utf-8")) if log else None
        stdin = asyncio.subprocess.DEVNULL if input_bytes is None else pipe
        async with running(command, stdin=stdin, stdout=pipe, stderr=pipe) as process:
            assert process.stdout and process.stderr  # noqa: S101 - both are pipes
            readers = [
                asyncio.create_task(_feed(process, input_bytes)),
                asyncio.create_task(_read_lines(process.stdout, "stdout", queue)),
                asyncio.create_task(_read_lines(process.stderr, "stderr", queue)),
            ]
            try:
                open_streams = 2
                while open_streams:
                    line = await queue.get()
                    if line is None:
                        open_streams -= 1
                        continue
                    if not line.transient:
                        last.append(line.text)
                        if file:
                            file.write(line.text + "\n")
                            file.flush()
                    yield line
                status = await process.wait()
            finally:
                for reader in readers:
                    reader.cancel()
                await asyncio.gather(*readers, return_exceptions=True)
    if status:
        raise CommandFailed(command, status, tuple(last))


_LINE_END = re.compile(r"\r\n|\n|\r")


async def _read_lines(
    reader: asyncio.StreamReader, stream: str, queue: asyncio.Queue[Line | None]
) -> None:
    decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
    rest = ""
    try:
        while chunk := await reader.read(65536):
            rest += decode(chunk)
            start = 0
            for end in _LINE_END.finditer(rest):
                # A "\r" at the very end may be half of "\r\n": wait for what follows.
                if end.group() == "\r" and end.end() == len(rest):
                    break
                await queue.put(_line(rest[start : end.start()], stream, end.group() == "\r"))
                start = end.end()
            rest = rest[start:]
            if len(rest) > LONGEST_LINE:
                await queue.put(_line(rest, stream, False))
                rest = ""
        if rest.strip():
            await queue.put(_line(rest, stream, False))
    finally:
        await queue.put(None)


def _line(text: str, stream: str, transient: bool) -> Line:
    return Line(redact(printable(text))[:LONGEST_LINE], stream, transient)
