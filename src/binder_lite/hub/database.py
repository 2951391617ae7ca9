# SPDX-License-Identifier: GPL-3.0-or-later
"""Can JupyterHub open its database? Asked first, since its own answer would be a traceback."""

from __future__ import annotations

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from binder_lite.errors import BadSettings, HostUnreachable, ToolMissing

_SECONDS = 10
_TIMED = ("postgresql", "mysql", "mariadb")
_OURS = {"psycopg": "'binder-lite[postgresql]'"}


def check_database(address: str) -> str:
    """Connect to a database once, and return what it is, without any password.

    Raises ``BadSettings`` for what is no database's address, ``ToolMissing`` without its driver,
    and ``HostUnreachable`` when it does not answer or does not let us in.
    """
    try:
        url = make_url(address)
        timed = url.get_backend_name() in _TIMED
        engine = create_engine(url, connect_args={"connect_timeout": _SECONDS} if timed else {})
    except ModuleNotFoundError as error:
        raise ToolMissing(
            f"The Python package {error.name} is not installed, which the database needs.",
            hint=f"Install it with `pip install {_OURS.get(error.name or '', error.name)}`.",
        ) from error
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise BadSettings(
            "The setting database is no address of a database.",
            hint="It is a URL as in postgresql://user:password@host/name, or empty for SQLite.",
        ) from error
    try:
        with engine.connect():
            return f"{url.get_backend_name()} at {url.host or url.database}"
    except DBAPIError as error:
        said = str(error.orig or error).strip().splitlines()
        raise HostUnreachable(
            f"The database cannot be opened: {said[0] if said else type(error.orig).__name__}.",
            hint="Does it run, and are user, password and name in the setting `database` right?",
        ) from error
    finally:
        engine.dispose()
