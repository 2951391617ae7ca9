# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories that mean harm, launched with a real Guix: what is said, and what it did to others.

What the evaluation itself can reach is held in ``integration/engines/test_hostile_manifests.py``.
Here the whole program runs, and a file also forges what it is said to ask for.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from binder_lite.events import printable
from end_to_end.launcher import launched
from end_to_end.notebook_client import open_client, parse_address
from end_to_end.refusals import make_repository as make_small
from end_to_end.refusals import refused, run_launcher
from end_to_end.repositories import EXAMPLES, file_url, make_repository

pytestmark = [
    pytest.mark.needs("git", "guix"),
    pytest.mark.usefixtures("launcher_variables", "tidy_afterwards"),
]

_SECRET = "planted-secret-9c3e"
_PLAIN = '(specifications->manifest (list "which"))\n'
# As it would end a string and a list, were it pasted into Scheme.
_CODE = 'which")) (system "touch /tmp/forged'
_WHICH: dict[str, Any] = {"name": "which", "version": "1", "specification": "which"}


def forging(answer: Mapping[str, Any] | str) -> str:
    """Return a manifest that answers in the name of who was asked about it, and ends Guile."""
    text = answer if isinstance(answer, str) else json.dumps({"id": 1, **answer})
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f"""
    (port-for-each
     (lambda (port)
       (when (and (file-port? port) (output-port? port) (> (fileno port) 2))
         (display "{quoted}\\n" port)
         (force-output port))))
    (primitive-exit 0)"""


def entries(*found: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer that names these packages."""
    there = dict.fromkeys(("python", "bash", "coreutils", "nss-certs", "python-jupyterlab"), True)
    return {"answer": {"kind": "manifest", "entries": found, "available": there}}


HOSTILE: Mapping[str, tuple[str, str, str]] = {
    # What the file does → its text, the error's code, a part of its message.
    "asks for code": (
        forging(entries({**_WHICH, "specification": _CODE})),
        "bad-manifest", "which is no package's name",
    ),
    "asks for an option": (
        forging(entries({**_WHICH, "specification": "--load-path=/tmp"})),
        "bad-manifest", "which is no package's name",
    ),
    "draws in the terminal": (
        forging(entries({**_WHICH, "name": "\x1b]0;owned\x07\x1b[2J", "specification": None})),
        "trust-needed", "defines or changes packages itself",
    ),
    "names thousands": (
        forging(entries(*(_WHICH | {"name": f"n{i}", "specification": None} for i in range(9999)))),
        "trust-needed", "and 9987 more",
    ),
    "talks without end": (
        forging({"error": {"code": "unknown-package", "message": "m" * 10**6,
                           "nearest": ["n" * 10**6]}}),
        "package-not-found", "mmm",
    ),
    "nests without end": (
        forging(f'{{"id":1,"answer":{{"x":{"[" * 10**5}{"]" * 10**5}}}}}'),
        "bad-manifest", "something else than an answer",
    ),
    "answers nonsense": (
        forging({"answer": {"entries": None}}), "bad-manifest", "something else than an answer",
    ),
    "ends Guile": ("(primitive-exit 0)", "bad-manifest", "ended with status 0"),
    "reaches for the daemon": (
        f"(use-modules (guix store)) (with-store s (query-failed-paths s)) {_PLAIN}",
        "trust-needed", "asks the Guix daemon",
    ),
    "fails in colours": (
        '(error "\\x1b[31mred\\x1b[0m")', "bad-manifest", "red",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_in_few_plain_words(
    text: str, code: str, message: str, tmp_path: Path
) -> None:
    source = file_url(make_small(tmp_path / "study", {"manifest.scm": text}))
    error = refused(source)
    assert error.code == code
    assert message in error.message
    assert len(error.message) + len(error.hint) < 2500
    assert all(len(line) <= 1000 for line in error.details["last_lines"])
    shown = run_launcher(source)
    assert shown.returncode != 0
    for line in (shown.stdout + shown.stderr).splitlines():
        assert printable(line) == line


def test_a_forged_answer_takes_no_other_repository_s_environment(tmp_path: Path) -> None:
    victim = make_small(tmp_path / "victim", {"manifest.scm": _PLAIN})
    plan = json.loads(run_launcher("--dry-run", "--json", file_url(victim)).stdout.splitlines()[-1])
    answers = Path(os.environ["BINDER_LITE_CACHE"]).rglob("description-*.json")
    said = [json.loads(path.read_text())["answer"] for path in answers]
    true = next(each for each in said if [e["specification"] for e in each["entries"]] == ["which"])

    # The same name and version; what Guix is asked for is another package.
    entry = {**true["entries"][0], "specification": "sed"}
    forged = forging({"answer": {**true, "entries": [entry]}})
    evil = file_url(make_small(tmp_path / "evil", {"manifest.scm": forged}))
    assert run_launcher(evil, "--", "sed", "--version").returncode == 0
    other = json.loads(run_launcher("--dry-run", "--json", evil).stdout.splitlines()[-1])
    assert other["environment"] != plan["environment"]
    done = run_launcher(file_url(victim), "--", "sh", "-c", "which which && ! command -v sed")
    assert done.returncode == 0, done.stderr


def test_a_trusted_file_sees_no_home_and_writes_nothing(tmp_path: Path) -> None:
    secret = Path.home() / ".ssh" / "id"
    secret.parent.mkdir()
    secret.write_text(_SECRET)
    tmp_path.chmod(0o755)
    places = (tmp_path / "outside", Path.home() / "new", Path("/usr/new"), Path("/etc/new"))
    paths = " ".join(f'"{path}"' for path in places)
    text = f"""
    (use-modules (guix store) (ice-9 rdelim))
    (with-store s (valid-path? s "/gnu/store/none"))
    (for-each (lambda (path)
                (false-if-exception (call-with-output-file path (lambda (p) (display "x" p)))))
              '({paths}))
    (define seen (false-if-exception (call-with-input-file "{secret}" read-line)))
    """
    source = file_url(make_small(tmp_path / "plain", {"manifest.scm": text + _PLAIN}))
    assert refused(source).code == "trust-needed"
    done = run_launcher("--trust", source, "--", "which", "sh")
    assert done.returncode == 0, done.stderr
    assert [path for path in places if path.exists()] == []

    telling = text + '(error (string-append "seen: " (if seen seen "nothing")))'
    error = refused("--trust", file_url(make_small(tmp_path / "tells", {"manifest.scm": telling})))
    assert "seen: nothing" in error.message


def test_a_file_that_nobody_trusts_calls_nobody_and_leaves_no_process(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        call = f"""
        (when (zero? (primitive-fork)) (setsid) (sleep 600))
        (connect (socket PF_INET SOCK_STREAM 0) AF_INET INADDR_LOOPBACK {listener.getsockname()[1]})
        """
        error = refused(file_url(make_small(tmp_path / "study", {"manifest.scm": call + _PLAIN})))
        with pytest.raises(TimeoutError):
            listener.accept()
    # That the child has ended is seen by the fixture.
    assert error.code == "bad-manifest"


async def test_the_repository_of_the_mission(tmp_path: Path) -> None:
    """LICENSE, README.md, index.ipynb, and three packages; Python itself is not named."""
    example = {path.name: path.read_text() for path in (EXAMPLES / "manifest-scm").iterdir()}
    wanted = '(specifications->manifest\n  (list "python-numpy" "python-pandas"\n'
    example["manifest.scm"] = f'{wanted}        "python-matplotlib"))\n'
    repository = make_small(tmp_path / "study", example)
    async with launched(file_url(repository)) as launch:
        ready = launch.ready
        assert (ready.engine, ready.path, ready.kernel) == ("guix", "index.ipynb", "python3")
        assert re.search(r"/lab/tree/index\.ipynb\?token=\w+", ready.url)
        async with open_client(parse_address(ready.url).base, ready.token) as client:
            runs = await client.run_notebook(ready.path)
    assert [run.error for run in runs] == [None] * 4
    assert "image/png" in runs[2].mime_types()


async def test_an_r_notebook_draws(tmp_path: Path) -> None:
    repository = make_repository("r-manifest", tmp_path)
    async with launched(file_url(repository)) as launch:
        address = parse_address(launch.ready.url)
        async with open_client(address.base, launch.ready.token) as client:
            runs = await client.run_notebook("index.ipynb")
    assert {"image/png", "image/svg+xml"} & runs[1].mime_types()
