# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.engines.limits import THREAD_VARIABLES, Enforcement, Limits

_SYSTEMD = Enforcement(Path("/usr/bin/systemd-run"), Path("/usr/bin/prlimit"), "/run/user/7", 8)
_PRLIMIT = Enforcement(None, Path("/usr/bin/prlimit"), cpus=8)
_NONE = Enforcement(None, None)

OUTER = [
    (_SYSTEMD, Limits(), ()),
    (_NONE, Limits(512, 10, 1), ()),
    (_PRLIMIT, Limits(512, 10, 1), ()),
    (
        _SYSTEMD,
        Limits(512, 10, 2),
        ("-p", "MemoryMax=512M", "-p", "MemorySwapMax=0", "-p", "TasksMax=10", "-p",
         "CPUQuota=200%", "--"),
    ),
    (_SYSTEMD, Limits(processes=10), ("-p", "TasksMax=10", "--")),
]  # fmt: skip
INNER = [
    (_PRLIMIT, Limits(), ()),
    (_NONE, Limits(512, 10, 1), ()),
    (_SYSTEMD, Limits(512, 10, 1), ()),
    (_PRLIMIT, Limits(cpus=1), ()),
    (
        _PRLIMIT,
        Limits(512, 10),
        ("/usr/bin/prlimit", "--as=536870912:536870912", "--nproc=10:10", "--"),
    ),
]


@pytest.mark.parametrize(("enforcement", "limits", "properties"), OUTER)
def test_outer(enforcement: Enforcement, limits: Limits, properties: tuple[str, ...]) -> None:
    asked = ("/usr/bin/systemd-run", "--user", "--scope", "--quiet", "--collect")
    start = ("/usr/bin/env", "XDG_RUNTIME_DIR=/run/user/7", *asked)
    end = ("/usr/bin/env", "--unset=XDG_RUNTIME_DIR")
    assert enforcement.outer(limits) == ((*start, *properties, *end) if properties else ())


def test_root_asks_the_system_s_manager() -> None:
    words = Enforcement(Path("/usr/bin/systemd-run"), None).outer(Limits(512))
    assert words[:2] == ("/usr/bin/systemd-run", "--scope")
    assert words[-1] == "--"


@pytest.mark.parametrize(("enforcement", "limits", "expected"), INNER)
def test_inner(enforcement: Enforcement, limits: Limits, expected: tuple[str, ...]) -> None:
    assert enforcement.inner(limits) == expected


@pytest.mark.parametrize(
    ("cpus", "count"), [(0, "8"), (2, "2"), (64, "8")], ids=["none", "fewer", "more"]
)
def test_threads_are_as_many_as_processors(cpus: int, count: str) -> None:
    assert _PRLIMIT.variables(Limits(cpus=cpus)) == dict.fromkeys(THREAD_VARIABLES, count)


def test_what_is_in_force_is_said() -> None:
    said = {each.description for each in (_SYSTEMD, _PRLIMIT, _NONE)}
    assert len(said) == 3
    assert "CPU is not bound" in _PRLIMIT.description
