# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs called ``guix``, in the store, where sandboxes see them. For the testbed's Guix.

The testbed's program says that it was called by its profile's path unless another profile has it.
One that does not say so is as a distribution installs Guix: without channels, and without the
testbed's packages.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

_ADD = """\
(use-modules (guix))
(display (with-store store (add-to-store store "{name}" #t "sha256" "{directory}")))
"""


def distribution_guix(directory: Path) -> Path:
    """Return the directory of a Guix that a distribution might have installed."""
    text = _real_program().read_text(encoding="utf-8")
    if "GUIX_STAND_IN" not in text:
        pytest.skip("only the testbed's Guix can be made into another one")
    return _in_store("distribution-guix", re.sub(r"(?m)^\[ -e .*\n", "", text), directory)


def importing_guix(directory: Path, importer: str) -> Path:
    """Return the directory of the same Guix whose ``import`` is this shell code."""
    program = shutil.which("guix")
    assert program
    link = Path(program)
    while link.is_symlink() and not (link.parents[1] / "manifest").is_file():
        link = link.parent / link.readlink()
    profile = link.parents[1].resolve()
    code = f'#!/bin/sh\n[ "$1" = import ] || exec {profile}/bin/guix "$@"\n{importer}'
    return _in_store("importing-guix", code, directory)


def _real_program() -> Path:
    program = shutil.which("guix")
    assert program
    return Path(program).resolve()


def _in_store(name: str, text: str, directory: Path) -> Path:
    made = directory / name
    (made / "bin").mkdir(parents=True)
    (made / "bin/guix").write_text(text, encoding="utf-8")
    (made / "bin/guix").chmod(0o755)
    script = directory / f"add-{name}.scm"
    script.write_text(_ADD.format(name=name, directory=made))
    done = subprocess.run(
        ["guix", "repl", "--", str(script)], capture_output=True, text=True, check=True
    )
    return Path(done.stdout.strip()) / "bin"
