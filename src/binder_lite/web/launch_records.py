# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on disk of the launches that are under way, so that the next service goes on with them.

A record is written when a launch begins and removed when it ends; one whose session is ready is
kept for readers that have not heard it. A login is never in it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict

from binder_lite.preparing import Request
from binder_lite.storage import read_record, write_record
from binder_lite.web.people import Asker, Person, Stranger

_log = logging.getLogger("binder_lite.web")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_AGE = timedelta(hours=1)
# A launch that ends the service each time must not do so for ever.
_MOST_LIVES = 5


class _By(TypedDict):
    person: Person | None
    stranger: Stranger | None


def by(asker: Asker) -> _By:
    """Return the fields of a record that say who asked."""
    if isinstance(asker, Person):
        return {"person": asker, "stranger": None}
    return {"person": None, "stranger": asker}


@dataclass(frozen=True, slots=True)
class Made:
    """The session that a launch has made: its id, and the kernel that its notebook names."""

    session: str
    kernel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchRecord:
    """A launch but for what it has told.

    ``spec`` is what was asked for, ``base`` the public address of this server as the asker knows
    it. ``life`` is how many services went on with it. ``lasting``: it is the start of a session
    that there was before. ``made`` is its session, once there is one. ``ready`` says that it is at
    its end, which perhaps nobody has heard.
    """

    id: str
    person: Person | None
    stranger: Stranger | None
    request: Request
    spec: str = ""
    base: str = ""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    life: int = 0
    build_only: bool = False
    lasting: bool = False
    made: Made | None = None
    ready: bool = False

    @property
    def asker(self) -> Asker:
        """Who asked."""
        asker = self.person or self.stranger
        assert asker  # noqa: S101 - nobody makes one without, and left() returns none
        return asker

    @property
    def is_usable(self) -> bool:
        """Whether a service can go on with it."""
        someone = (self.person is None) != (self.stranger is None)
        known = self.made is not None or not (self.lasting or self.ready)
        return someone and known and self.life < _MOST_LIVES


class LaunchRecords:
    """The records in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def write(self, record: LaunchRecord) -> None:
        """Remember a launch, without the login that it uses.

        On a disk that is full the launch goes on, and ends with its service.
        """
        source = replace(record.request.source, login=None)
        record = replace(record, request=replace(record.request, source=source))
        if record.person:
            # What else is known of people is asked for anew.
            person = Person(name=record.person.name, by_token=record.person.by_token)
            record = replace(record, person=person)
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_record(self._file(record.id), record)
        except OSError as error:
            _log.warning("launch is not remembered: %s", error, extra={"launch": record.id})

    def forget(self, id: str) -> None:
        """Forget a launch that has ended."""
        self._file(id).unlink(missing_ok=True)

    def left(self) -> list[LaunchRecord]:
        """Return what another service has left, and forget what nobody can go on with."""
        found = []
        for file in sorted(self._directory.glob("*.json")):
            record = read_record(file, LaunchRecord)
            if record and record.id == file.stem and record.is_usable and _is_young(record.began):
                found.append(record)
            else:
                _log.warning("launch is not gone on with", extra={"launch": file.stem})
                file.unlink(missing_ok=True)
        for unfinished in self._directory.glob(".*.new"):
            unfinished.unlink(missing_ok=True)
        return found

    def _file(self, id: str) -> Path:
        assert _ID.fullmatch(id)  # noqa: S101 - ids are ours
        return self._directory / f"{id}.json"


def _is_young(began: datetime) -> bool:
    # A clock that was set back makes nothing young again.
    return began.tzinfo is not None and abs(datetime.now(UTC) - began) < _AGE
