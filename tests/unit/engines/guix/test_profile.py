# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from binder_lite.engines.guix.profile import parse_packages, parse_search_paths, read_search_paths

_PROFILE = "/gnu/store/00000000000000000000000000000000-profile"
# As (guix build profiles) writes it.
_TEXT = f"""\
# Source this file to define all the relevant environment variables in Bash
# for this profile.  You may want to define the 'GUIX_PROFILE' environment
# variable to point to the "visible" name of the profile, like this:
#
#  GUIX_PROFILE=/path/to/profile ; \\
#  source /path/to/profile/etc/profile
#
export PATH="${{GUIX_PROFILE:-{_PROFILE}}}/bin${{PATH:+:}}$PATH"
export GUIX_PYTHONPATH="${{GUIX_PROFILE:-{_PROFILE}}}/lib/python3.11/site-packages${{GUIX_PYTHONPATH:+:}}$GUIX_PYTHONPATH"
export JUPYTER_PATH="${{GUIX_PROFILE:-{_PROFILE}}}/share/jupyter:${{GUIX_PROFILE:-{_PROFILE}}}/more${{JUPYTER_PATH:+:}}$JUPYTER_PATH"
export TZDIR="${{GUIX_PROFILE:-{_PROFILE}}}/share/zoneinfo"
"""  # noqa: E501


def test_search_paths_are_those_of_an_empty_environment(tmp_path: Path) -> None:
    expected = {
        "PATH": f"{_PROFILE}/bin",
        "GUIX_PYTHONPATH": f"{_PROFILE}/lib/python3.11/site-packages",
        "JUPYTER_PATH": f"{_PROFILE}/share/jupyter:{_PROFILE}/more",
        "TZDIR": f"{_PROFILE}/share/zoneinfo",
    }
    assert parse_search_paths(_TEXT) == expected
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/profile").write_text(_TEXT)
    assert read_search_paths(tmp_path) == expected


def test_packages_are_named_with_version_and_output() -> None:
    text = """(manifest
 (version 4)
 (packages
  (("python-numpy" "1.26.4" "out" "/gnu/store/x-python-numpy-1.26.4"
    (propagated-inputs (("python" "3.11.14" "out" "/gnu/store/y" (search-paths ()))))
    (search-paths (("PATH" ("bin") ":" directory #f))))
   (repeated "r" "4.5.2" "out" "/gnu/store/r")
   ("glib" "2.83.3" "bin" "/gnu/store/z-glib-2.83.3-bin"))))"""
    assert parse_packages(text) == ("glib@2.83.3:bin", "python-numpy@1.26.4")


def test_what_is_no_manifest_names_nothing() -> None:
    assert parse_packages("") == ()
    assert parse_packages("(manifest (version 4))") == ()
