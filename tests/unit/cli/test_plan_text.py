# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace

from binder_lite.cli.json_lines import json_line
from binder_lite.cli.plan_text import plan_fields, plan_text
from binder_lite.planning import Plan
from binder_lite.requirements.model import Requirements
from binder_lite.sources.model import PinnedSource, Source


def test_a_plan_says_everything_with_its_origin(plan: Plan) -> None:
    assert plan_text(plan) == (
        "Source\n"
        "    https://…@example.org/r\n"
        "    commit 1234567890123456789012345678901234567890 (refs/heads/main)\n"
        "    uncommitted changes are taken along\n"
        "Files\n"
        "    used: requirements.txt\n"
        "    used: runtime.txt\n"
        "    runs once after the build: postBuild\n"
        "    runs before the server: start\n"
        "    ignored: setup.py (requirements.txt comes first)\n"
        "Engine\n"
        "    uv: asked for\n"
        "    environment uv-abc will be built\n"
        "Software\n"
        "    Python 3.11.7\n"
        "    asked for: 3.11.4 (runtime.txt:1)\n"
        "Packages (3)\n"
        "    numpy==1.26.4                             requirements.txt:1\n"
        '    dask[array,distributed]; python_version > "3"  requirements.txt:2\n'
        "    ./own                                     requirements.txt:3\n"
        "Added by the engine\n"
        "    ipykernel\n"
        "System packages\n"
        "    graphviz  apt.txt:1\n"
        "Missing\n"
        "    mkl (environment.yml:4): not on the package index\n"
        "Notices\n"
        "    Guix would give the exact thing.\n"
        "    Not pinned.\n"
        "Opens\n"
        "    index.ipynb, kernel python3\n"
        "Command\n"
        "    bwrap --bind '/a b' x"
    )


def test_a_plain_folder_without_anything_has_no_empty_sections(plan: Plan) -> None:
    bare = replace(
        plan,
        pinned=PinnedSource(Source("./x"), None),
        requirements=Requirements(guessed=True),
        built=True,
        software="",
        added=(),
        packages=(),
        path="",
        kernel="",
        remarks=(),
    )
    assert plan_text(bare) == (
        "Source\n"
        "    ./x\n"
        "    no commit: this is a plain folder\n"
        "Files\n"
        "    used: nothing is declared, so the imports of notebooks and scripts\n"
        "Engine\n"
        "    uv: asked for\n"
        "    environment uv-abc is built already\n"
        "Opens\n"
        "    the file browser\n"
        "Command\n"
        "    bwrap --bind '/a b' x"
    )


def test_what_only_the_engine_could_read_is_said_as_it_was_read(plan: Plan) -> None:
    guix = replace(
        plan,
        requirements=Requirements(build_files=("manifest.scm",)),
        packages=("python-numpy", "python-jupyterlab", "bash"),
        added=("python-jupyterlab", "bash"),
        asks=("cell 1: environment r of r r-irkernel",),
    )
    text = plan_text(guix)
    assert "Packages (1)\n    python-numpy\nAdded by the engine\n    python-jupyterlab\n" in text
    assert "asks Guix for\n    cell 1: environment r of r r-irkernel\n" in text
    assert plan_fields(guix)["notebook_asks"] == ["cell 1: environment r of r r-irkernel"]


def test_a_program_gets_the_same_in_one_event(plan: Plan) -> None:
    fields = json.loads(json_line(plan_fields(plan)))
    assert fields["phase"] == "waiting"
    assert fields["source"] == "https://…@example.org/r"
    assert fields["packages"][0] == {"package": "numpy==1.26.4", "origin": "requirements.txt:1"}
    assert fields["missing"] == [
        {"package": "mkl", "origin": "environment.yml:4", "reason": "not on the package index"}
    ]
    assert fields["ignored_files"] == [
        {"file": "setup.py", "reason": "requirements.txt comes first"}
    ]
    assert fields["built"] is False
