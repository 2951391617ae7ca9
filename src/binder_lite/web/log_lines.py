# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's log: a JSON object a line, with the ids by which lines belong together.

On a terminal the lines look as the hub's do, between which they stand.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import msgspec

from binder_lite.command import redact
from binder_lite.events import printable

# What our own calls add to a record.
_FIELDS = ("request", "launch", "session", "spec", "code", "milliseconds")


class JsonLines(logging.Formatter):
    """One line of JSON a record, free of secrets and escapes."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _safe(record.getMessage()),
        }
        for name in _FIELDS:
            if (value := getattr(record, name, None)) not in (None, ""):
                fields[name] = _safe(value) if isinstance(value, str) else value
        if record.exc_info:
            lines = self.formatException(record.exc_info).splitlines()
            fields["trace"] = [_safe(line) for line in lines]
        return msgspec.json.encode(fields).decode()


class PlainLines(logging.Formatter):
    """Lines for a person at a terminal, free of secrets and escapes as well."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and those of a trace."""
        return "\n".join(_safe(line) for line in super().format(record).splitlines())


def _safe(text: str) -> str:
    return redact(printable(text.encode(errors="replace").decode()))
