# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with R has a library of its own, where `install.packages` puts what it adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.engines.guix.engine import GuixEngine
from binder_lite.engines.limits import Enforcement, Limits
from binder_lite.engines.sandbox import Host
from unit.engines.guix.examples import GUIX


@pytest.mark.parametrize("has_r", [True, False])
def test_r_s_own_library_is_in_the_layer(has_r: bool, tmp_path: Path) -> None:
    host = Host(bwrap=Path("/b"), system=(), enforcement=Enforcement(None, None))
    engine = GuixEngine(guix=GUIX, host=host, cache=tmp_path, limits=Limits())
    profile = tmp_path / "environment/profile"
    (profile / "bin").mkdir(parents=True)
    (profile / "bin/python3.11").touch()
    (profile / "bin/python3").symlink_to("python3.11")
    (profile / "etc").mkdir()
    (profile / "etc/profile").write_text("")
    if has_r:
        (profile / "bin/R").touch()
    activation = engine.activate(tmp_path / "environment")
    library = activation.variables.get("R_LIBS_USER")
    assert library == ("/home/jovyan/.venv/lib/R/library" if has_r else None)
    # A file in it makes the folder, without which R does not look there.
    assert any(name.startswith(".venv/lib/R/library/") for name in activation.files) == has_r
