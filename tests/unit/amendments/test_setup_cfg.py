# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.setup_cfg import amend_setup_cfg
from binder_lite.requirements.python.setup_files import parse_setup_cfg
from unit.amendments.made import python


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "[options]\ninstall_requires =\n    z>=1\n    a>=2\npackages = find:\n",
            "[options]\ninstall_requires =\n    z>=1\n    a>=2\n    new>=1.5\npackages = find:\n",
        ),
        (
            "[options]\ninstall_requires =\n  a\n  # why\n  z\n\n[x]\ny = 1\n",
            "[options]\ninstall_requires =\n  a\n  # why\n  new\n  z\n\n[x]\ny = 1\n",
        ),
        ("[options]\ninstall_requires =\n", "[options]\ninstall_requires =\n    new>=1.5\n"),
        ("[options]\nzip_safe = no", "[options]\ninstall_requires =\n    new>=1.5\nzip_safe = no"),
        (
            "[options]\r\ninstall_requires =\r\n\tz==1\r\n",
            "[options]\r\ninstall_requires =\r\n\tz==1\r\n\tnew==1.5\r\n",
        ),
        ("[options]\ninstall_requires =\n    New\n", "[options]\ninstall_requires =\n    New\n"),
    ],
)
def test_one_more(before: str, after: str) -> None:
    assert amend_setup_cfg(before, [python("new", "1.5")]) == after
    assert amend_setup_cfg(after, [python("new", "1.5")]) == after
    assert "new" in {item.name for item in parse_setup_cfg(after, "setup.cfg").found.packages}


@pytest.mark.parametrize(
    "text", ["[metadata]\nname = x\n", "[options]\ninstall_requires = a; b\n", "[options]\nx\n [y"]
)
def test_unusual(text: str) -> None:
    with pytest.raises(CannotAmend):
        amend_setup_cfg(text, [python("new", "1.5")])
