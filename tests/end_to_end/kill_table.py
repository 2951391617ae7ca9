# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills each process of a server with SIGKILL at each stage of a launch, and shows what survived.

``make kill-table`` calls it. What `binder-lite serve` consists of is killed one process at a time;
what a person would start again is started again, and nothing else is done. Beside the launch a
session runs that has nothing to do with it, with a file that is nowhere else. The exit status is 1
when something was lost or left behind.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

sys.path.append(str(Path(__file__).parent.parent))
from binder_lite.cli.tables import table_text
from contract.launching import alive
from end_to_end.killing import BUILDING, Machine, Reader, Session, machine, wait
from end_to_end.serving import short_place

Stage = Literal["fetching", "building", "starting", "running"]
STAGES: tuple[Stage, ...] = ("fetching", "building", "starting", "running")

READY = "ready"
TOLD = "failed, and said so"
LIVES = "lives"
KEPT = "stopped, file kept"
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """A process, how it is found, and what may come of its death at each stage.

    ``find`` returns the processes of which the first is killed, or ``together`` all. ``again`` says
    that whoever runs the server has to start it again.
    """

    process: str
    find: Callable[[Machine, str], Sequence[int]]
    expected: Mapping[Stage, Sequence[str]]
    again: bool = False
    together: bool = False
    spares: int = 0


_GOES_ON: Mapping[Stage, Sequence[str]] = {
    "fetching": [READY], "building": [READY], "starting": [READY], "running": [LIVES],
}  # fmt: skip

ROWS = (
    Row("hub", lambda machine, _: [machine.hub], _GOES_ON, again=True),
    Row("proxy", lambda machine, _: [machine.proxy()], _GOES_ON),
    Row("service", lambda machine, _: [machine.service()], _GOES_ON),
    Row("service's keeper", lambda machine, _: [machine.keeper_of_service()], _GOES_ON),
    Row(
        "all but sessions",
        lambda machine, _: [
            machine.hub, machine.proxy(), machine.keeper_of_service(), machine.service(),
        ],
        _GOES_ON, again=True, together=True,
    ),
    Row("git", lambda machine, _: machine.gits(), {"fetching": [TOLD]}),
    Row("build", lambda machine, _: machine.builders(), {"building": [TOLD]}),
    Row(
        "session's host", lambda machine, session: [machine.host(session)],
        {"starting": [TOLD], "running": [KEPT]},
    ),
    Row(
        "session's server", lambda machine, session: machine.servers(machine.host(session)),
        {"starting": [TOLD], "running": [KEPT]},
    ),
    Row(
        "spare", lambda machine, _: [machine.spare()],
        {"fetching": [READY], "building": [READY]}, spares=1,
    ),
    Row("spares' keeper", lambda machine, _: [machine.keeper_of_spares()], _GOES_ON, spares=1),
)  # fmt: skip

NOTES = (
    "ready: its reader, who comes back as a browser does, was told so; one build, one session.",
    "–: there is no such process at that stage. A spare that a launch has taken is its host.",
    "A session that stopped is resumed from its person's page.",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of it; ``wrong`` is what was lost or left behind, empty when all is well."""

    text: str
    wrong: tuple[str, ...] = ()
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"WRONG: {'; '.join(self.wrong)}" if self.wrong else self.text


class Trial:
    """One launch on a server, during which one process is killed."""

    def __init__(self, machine: Machine, beside: Session, name: str) -> None:
        self._machine = machine
        self._beside = beside
        self._before = machine.sessions()
        self._builds = machine.builds()
        self._name = name
        self._session: Session | None = None

    def run(self, row: Row, stage: Stage) -> Cell:
        """Launch, kill at this stage, and look."""
        if stage not in row.expected:
            return Cell(NOTHING)
        machine = self._machine
        machine.forge.publish(self._name, slowly=not row.spares)
        if stage == "fetching":
            machine.forge.hold()
        reader = machine.launch(self._name)
        try:
            self._come_to(stage, reader)
            began = time.monotonic()
            found = wait(lambda: self._victims(row), row.process, 20)
            victims = set(found if row.together else found[:1])
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
            if row.again:
                assert machine.process
                machine.process.wait(20)
                machine.start()
        finally:
            machine.forge.release()
        text, wrong = self._outcome(row.expected[stage], reader, victims)
        if text not in row.expected[stage]:
            wrong = [*wrong, text]
        return Cell(text, tuple(wrong), time.monotonic() - began)

    def _victims(self, row: Row) -> list[int]:
        # Never 0, which means our own group.
        return [pid for pid in row.find(self._machine, self._new()) if pid > 1 and alive({pid})]

    def _new(self) -> str:
        return next(iter(self._machine.sessions() - self._before), "")

    def _come_to(self, stage: Stage, reader: Reader) -> None:
        def heard(word: str) -> bool:
            return reader.heard(lambda event: word in (event.get("step"), event["message"]))

        if stage == "fetching":
            wait(self._machine.forge.asked.is_set, "git has asked")
        elif stage == "building":
            wait(lambda: heard(BUILDING) or reader.end, "the build has begun")
        elif stage == "starting":
            wait(lambda: heard("launch"), "the session is made")
            wait(lambda: self._machine.host(self._new()) or reader.end, "the session's host")
        else:
            wait(lambda: reader.end, "the session is ready")
            self._session = self._machine.session(reader)
            self._session.save()

    def _outcome(
        self, expected: Sequence[str], reader: Reader, victims: set[int]
    ) -> tuple[str, list[str]]:
        machine, wrong = self._machine, []
        wait(lambda: not alive(victims), "the killed process has gone", 20)
        if self._session:
            text = self._fate(self._session, victims)
        else:
            with contextlib.suppress(AssertionError):
                wait(lambda: reader.end, "the launch's end")
            text = {"ready": READY, "failed": TOLD}.get(reader.end.get("kind", ""), "not told")
            if text == TOLD and text not in expected:
                wrong.append(str(reader.end["message"]))
            elif text == TOLD and not reader.end["hint"]:
                wrong.append("no hint")
        with contextlib.suppress(AssertionError):
            wait(machine.answers, "the server answers", 60)
        if not machine.answers():
            wrong.append("the server is away")
        made = machine.sessions() - self._before
        if len(made) != (text != TOLD):
            wrong.append(f"{len(made)} sessions")
        if (built := machine.builds() - self._builds) > 1:
            wrong.append(f"{built} builds")
        if not self._goes_on(self._beside):
            wrong.append("the session beside it")
        return text, wrong

    def _fate(self, session: Session, victims: set[int]) -> str:
        """Tell what has become of a session that ran."""
        if session.host not in victims and self._goes_on(session):
            return LIVES
        file = self._machine.data / f"sessions/{session.id}/home/work/kept.txt"
        kept = file.exists() and file.read_text() == "my work"
        return KEPT if kept and not alive({session.host}) else "lost"

    def _goes_on(self, session: Session) -> bool:
        """Tell whether it runs as before, and is reached; the proxy may be away for a moment."""
        with contextlib.suppress(AssertionError):
            wait(lambda: session.has_file() or not alive({session.host}), "the file", 45)
        return bool(alive({session.host})) and session.has_file()


def left_behind(machine: Machine) -> list[str]:
    """Stop the server as an operator does, and return what it leaves besides its sessions."""
    machine.stop()
    hosts = {host for id in machine.sessions() if (host := machine.host(id))}
    return [*machine.left_running(hosts), *machine.left_lying()]


def try_row(row: Row, stages: Sequence[Stage], say: Callable[[str], None]) -> list[Cell]:
    """Fill a row, with a server of its own that is stopped and started after each cell."""
    cells = []
    with short_place() as place, machine(place, spares=row.spares) as server:
        server.forge.publish("beside", slowly=False)
        reader = server.launch("beside")
        wait(lambda: reader.end, "the first session")
        beside = server.session(reader)
        beside.save()
        for stage in stages:
            cell = Cell(NOTHING)
            try:
                if server.process is None:
                    server.start()
                cell = Trial(server, beside, f"study-{stage}").run(row, stage)
                if cell.text != NOTHING:
                    left = left_behind(server)
                    cell = Cell(
                        cell.text, (*cell.wrong, *(f"left {each}" for each in left)), cell.seconds
                    )
            except AssertionError as error:
                cell = Cell("", (*cell.wrong, str(error).splitlines()[0]))
            say(f"{row.process}, {stage}: {cell} ({cell.seconds:.0f} s)")
            cells.append(cell)
            if cell.wrong:
                say(server.log())
    return cells


def main() -> int:
    """Fill the table and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [row.process for row in ROWS]
    parser.add_argument("--process", choices=names, action="append", help="only these rows")
    parser.add_argument("--stage", choices=STAGES, action="append", help="only these columns")
    words = parser.parse_args()
    # So that nothing of ours is left behind when we are stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    stages: Sequence[Stage] = words.stage or STAGES
    rows, wrong = [], 0
    for row in ROWS:
        if words.process and row.process not in words.process:
            continue
        cells = try_row(row, stages, lambda line: print(line, file=sys.stderr, flush=True))
        wrong += sum(bool(cell.wrong) for cell in cells)
        rows.append([row.process, *map(str, cells)])
    print(table_text(["killed", *stages], rows, width=None, colour=False))
    print("\n".join(NOTES))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
