# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket

import pytest

from binder_lite.errors import BadSettings, HostUnreachable, ToolMissing
from binder_lite.hub.database import check_database


def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Nobody listens there.
        port = taken.getsockname()[1]
        with pytest.raises(HostUnreachable, match="The database cannot be opened") as raised:
            check_database(f"postgresql://hub:s3cret@127.0.0.1:{port}/hub")
    assert "s3cret" not in raised.value.message + raised.value.hint


@pytest.mark.parametrize("address", ["host/name", "nothing://host/name", "postgresql://host:x/n"])
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(BadSettings, match="no address of a database"):
        check_database(address)


def test_a_driver_that_is_missing_is_named() -> None:
    with pytest.raises(ToolMissing, match="package pymysql is not installed") as raised:
        check_database("mysql+pymysql://host/name")
    assert raised.value.hint == "Install it with `pip install pymysql`."
