# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from binder_lite.engines.layer import layer_files

_VENV = Path("/data/environments/uv-1/1/venv")
_FILES = layer_files(_VENV, Path("/usr/bin/python3.11"), "3.11.7")


def test_the_layer_is_a_virtual_environment_of_the_same_python() -> None:
    assert _FILES[".venv/bin/python"] == "->/usr/bin/python3.11"
    assert {_FILES[f".venv/bin/{name}"] for name in ("python3", "python3.11")} == {"->python"}
    assert "home = /usr/bin\n" in _FILES[".venv/pyvenv.cfg"]
    assert "version = 3.11.7\n" in _FILES[".venv/pyvenv.cfg"]


def test_the_environment_s_packages_come_behind_the_layer_s() -> None:
    hook = _FILES[".venv/lib/python3.11/site-packages/_environment.py"]
    assert "addsitedir('/data/environments/uv-1/1/venv/lib/python3.11/site-packages')" in hook
    assert _FILES[".venv/lib/python3.11/site-packages/_environment.pth"] == "import _environment\n"


def test_pip_runs_under_the_layer_s_python() -> None:
    for name in ("pip", "pip3"):
        assert _FILES[f".venv/bin/{name}"].startswith("#!/home/jovyan/.venv/bin/python\n")


def test_all_lies_in_the_layer() -> None:
    assert {path.split("/")[0] for path in _FILES} == {".venv"}
