# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches with a real Guix: what a person of the Guix world does, and what is then to be seen."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from end_to_end.launcher import Launch, gone, launched
from end_to_end.notebook_client import open_client, parse_address
from end_to_end.refusals import make_repository as make_small
from end_to_end.refusals import refused, run_admin, run_launcher
from end_to_end.repositories import commit_all, file_url, make_repository

pytestmark = [
    pytest.mark.needs("git", "guix"),
    pytest.mark.usefixtures("launcher_variables", "tidy_afterwards"),
]

_SMALL = '(specifications->manifest (list "coreutils"))\n'
_OWN = """
(use-modules (guix packages) (guix gexp) (guix build-system trivial)
             ((guix licenses) #:prefix license:))
(packages->manifest
 (list (package
         (name "my-greeting") (version "1") (source #f)
         (build-system trivial-build-system)
         (arguments
          (list #:builder
                #~(begin
                    (mkdir #$output)
                    (mkdir (string-append #$output "/share"))
                    (call-with-output-file (string-append #$output "/share/greeting")
                      (lambda (port) (display "from a package of my own" port))))))
         (home-page "") (synopsis "") (description "") (license license:gpl3+))))
"""


def profile(launch: Launch) -> Path:
    """Return the store item that the launch's environment is."""
    data = Path(os.environ["BINDER_LITE_DATA"])
    return (data / "environments" / launch.ready.environment / "profile").readlink()


def built(launch: Launch) -> list[str]:
    """Return what the launch built, without the profile and what makes one."""
    names = re.findall(r"^Built (\S+)", "\n".join(e["message"] for e in launch.events), re.M)
    hooks = ("profile", "ca-certificate-bundle", "info-dir", "fonts-dir", "emacs-subdirs")
    return [name.rstrip(":") for name in names if not name.startswith(hooks)]


async def run_notebook(launch: Launch) -> str:
    """Run the notebook's cells and return the last line of the last one."""
    async with open_client(parse_address(launch.ready.url).base, launch.ready.token) as client:
        runs = await client.run_notebook(launch.ready.path)
    assert [run.error for run in runs] == [None] * len(runs)
    return str(runs[-1].text.splitlines()[-1])


@pytest.mark.parametrize("ui", ["lab", "notebook"])
async def test_a_manifest_s_notebook_runs(ui: str, tmp_path: Path) -> None:
    repository = make_repository("manifest-scm", tmp_path)
    async with launched(file_url(repository), "--ui", ui) as launch:
        ready = launch.ready
        assert (ready.engine, ready.path, ready.kernel) == ("guix", "index.ipynb", "python3")
        page = {"lab": "/lab/tree/index.ipynb", "notebook": "/notebooks/index.ipynb"}[ui]
        assert f"{page}?token=" in ready.url
        assert "Engine: guix (the repository has manifest.scm)." in launch.said
        last = await run_notebook(launch)
        assert last == "The first gene matters only where the second is D: epistasis."
        processes = launch.processes()
        assert await launch.interrupt() == 130
        assert await gone(processes, 0) == set()


async def test_an_r_notebook_runs_with_r_s_kernel(tmp_path: Path) -> None:
    repository = make_repository("r-manifest", tmp_path)
    async with launched(file_url(repository)) as launch:
        assert (launch.ready.engine, launch.ready.kernel) == ("guix", "ir")
        last = await run_notebook(launch)
        assert last == "[1] The hybrid is heavier than both parents: heterosis."


def test_urls_are_printed_as_jupyter_prints_them(tmp_path: Path) -> None:
    repository = make_small(tmp_path / "study", {"manifest.scm": _SMALL})
    words = ["timeout", "--signal=INT", "60", "sh", "-c"]
    wait = '"$0" --no-browser "$1" > "$2" & wait=$!; '
    until = (
        'until grep -q 127.0.0.1 "$2" || ! kill -0 $wait; do sleep 0.2; done; kill -INT $wait; wait'
    )
    out = tmp_path / "out"
    program = Path(sys.executable).with_name("guix-notebook-launcher")
    subprocess.run([*words, wait + until, program, file_url(repository), out], check=False)
    assert re.fullmatch(
        r"To access the notebook, open this file in a browser:\n"
        r"    file:///\S+/open\.html\n"
        r"or copy and paste one of these URLs:\n"
        r"    http://localhost:(\d+)/lab/tree/index\.ipynb\?token=(\S+)\n"
        r" or http://127\.0\.0\.1:\1/lab/tree/index\.ipynb\?token=\2\n",
        out.read_text(),
    )


async def test_only_what_is_new_is_built(tmp_path: Path) -> None:
    repository = make_repository("manifest-scm", tmp_path)
    async with launched(file_url(repository)) as launch:
        first, path = launch.ready.environment, profile(launch)

    notebook = repository / "index.ipynb"
    content = json.loads(notebook.read_text())
    content["cells"].append(
        {"cell_type": "markdown", "id": "more", "metadata": {}, "source": ["More."]}
    )
    notebook.write_text(json.dumps(content))
    manifest = repository / "manifest.scm"
    manifest.write_text(f";; Said otherwise.\n{manifest.read_text()}")
    commit_all(repository)
    async with launched(file_url(repository)) as launch:
        assert (launch.ready.environment, profile(launch)) == (first, path)
        assert "Building an environment" not in launch.said

    # The time makes it a package that was never built.
    own = _OWN.replace("my own", f"my own, {os.urandom(4).hex()}")
    manifest.write_text(
        own.replace("(packages->manifest", "(define mine (packages->manifest") + ")\n"
        '(concatenate-manifests (list mine (specifications->manifest (list "python-numpy"))))\n'
    )
    commit_all(repository)
    async with launched(file_url(repository), "--trust") as launch:
        assert launch.ready.environment != first
        assert [name for name in built(launch) if not name.startswith("my-greeting")] == []
        assert profile(launch) != path


async def test_another_machine_s_data_gets_the_same_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = make_small(tmp_path / "study", {"manifest.scm": _SMALL})
    found = []
    for name in ("here", "there"):
        monkeypatch.setenv("BINDER_LITE_DATA", str(tmp_path / name / "data"))
        monkeypatch.setenv("BINDER_LITE_CACHE", str(tmp_path / name / "cache"))
        async with launched(file_url(repository)) as launch:
            found.append((launch.ready.environment, profile(launch)))
    assert found[0] == found[1]


def _gc(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["guix", "gc", "-D", str(path)], capture_output=True, text=True)


async def test_a_listed_environment_is_kept_from_guix_gc_and_a_removed_one_is_not(
    tmp_path: Path,
) -> None:
    # Packages that no other test has together.
    manifest = '(specifications->manifest (list "coreutils" "grep" "which"))\n'
    repository = make_small(tmp_path / "study", {"manifest.scm": manifest})
    async with launched(file_url(repository)) as launch:
        path, session = profile(launch), launch.ready.session
        environment = launch.ready.environment
    kept = _gc(path)
    assert kept.returncode != 0
    assert "still alive" in kept.stderr
    done = run_launcher(file_url(repository), "--", "which", "grep")
    assert done.returncode == 0, done.stderr

    assert run_admin("sessions", "remove", session).returncode == 0
    removed = run_admin("environments", "remove", environment)
    assert removed.returncode == 0, removed.stderr
    collected = _gc(path)
    assert collected.returncode == 0, collected.stderr
    assert not path.exists()
    # Nothing stands in the way of building it again.
    assert run_launcher(file_url(repository), "--", "true").returncode == 0


def test_a_profile_that_was_collected_is_built_again(tmp_path: Path) -> None:
    manifest = '(specifications->manifest (list "coreutils" "sed" "which"))\n'
    repository = make_small(tmp_path / "study", {"manifest.scm": manifest})
    assert run_launcher(file_url(repository), "--", "true").returncode == 0
    data = Path(os.environ["BINDER_LITE_DATA"])
    listed = run_admin("environments", "--json").stdout.splitlines()
    names = [json.loads(line)["environment"] for line in listed]
    mine = [
        name
        for name in names
        if (data / "environments" / name / "environment.json").read_text().count(str(tmp_path))
    ]
    link = data / "environments" / mine[0] / "profile"
    path = link.readlink()
    # As an administrator would who knows of no binder-lite.
    for root in (data / "builds").glob(f"{mine[0].split('/')[0]}/roots-*/*"):
        root.unlink()
    assert _gc(path).returncode == 0
    done = run_launcher(file_url(repository), "--", "which", "sed")
    assert done.returncode == 0, done.stderr
    assert "Building an environment" in done.stderr


def test_own_packages_are_built_for_who_trusts_them(tmp_path: Path) -> None:
    source = file_url(make_small(tmp_path / "study", {"manifest.scm": _OWN}))
    error = refused(source)
    assert error.code == "trust-needed"
    assert "(my-greeting)" in error.message
    assert "--trust" in error.hint
    command = ("--", "sh", "-c", 'cat "$GUIX_ENVIRONMENT/share/greeting"')
    done = run_launcher("--trust", source, *command)
    assert (done.returncode, done.stdout) == (0, "from a package of my own")


REFUSED: Mapping[str, tuple[str, str, str]] = {
    # Content of manifest.scm → the error's code, a part of its message, a part of its hint.
    '(specifications->manifest\n (list "coreutilz"))': (
        "package-not-found",
        "Guix has no package called coreutilz (manifest.scm:2).",
        "coreutils",
    ),
    "(specifications->manifest\n (list grep)": ("bad-manifest", "manifest.scm:1: ", "parenthesis"),
    "(packages->manifest\n (list python-numpy))": (
        "bad-manifest",
        "manifest.scm:2: python-numpy is not defined.",
        "(gnu packages python-xyz)",
    ),
    '"grep"': ("bad-manifest", "It gives a string where a manifest is expected.", ""),
    "(exit 0)": ("bad-manifest", "ends the program with status 0", "must not end Guile"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_wrong_with_a_manifest_is_said(text: str, tmp_path: Path) -> None:
    code, message, hint = REFUSED[text]
    error = refused(file_url(make_small(tmp_path / "study", {"manifest.scm": text})))
    assert error.code == code
    assert message in error.message
    assert hint in error.hint
    assert "Backtrace" not in json.dumps(error.details)


def test_channels_of_others_are_named_and_asked_about(tmp_path: Path) -> None:
    channels = """
    (cons (channel (name 'evil) (url "https://evil.example/guix.git")
                   (introduction
                    (make-channel-introduction
                     "0123456789012345678901234567890123456789"
                     (openpgp-fingerprint
                      "AAAA BBBB CCCC DDDD EEEE  FFFF 0000 1111 2222 3333"))))
          %default-channels)"""
    files = {"manifest.scm": _SMALL, "channels.scm": channels}
    error = refused(file_url(make_small(tmp_path / "study", files)))
    assert error.code == "trust-needed"
    assert "evil from https://evil.example/guix.git" in error.message
    assert "introduced by key AAAABBBBCCCCDDDDEEEEFFFF0000111122223333" in error.message


def test_channels_that_are_a_program_are_not_run(tmp_path: Path) -> None:
    channels = '(begin (call-with-output-file "/tmp/ran" write) %default-channels)'
    files = {"manifest.scm": _SMALL, "channels.scm": channels}
    error = refused("--trust", file_url(make_small(tmp_path / "study", files)))
    assert error.code == "bad-manifest"
    assert "channels.scm does more than list channels" in error.message


def test_a_channel_that_cannot_be_fetched_is_said(tmp_path: Path) -> None:
    files = {"manifest.scm": _SMALL, "channels.scm": "%default-channels\n"}
    error = refused(file_url(make_small(tmp_path / "study", files)))
    assert error.code == "channel-failed"
    assert "could not be fetched" in error.message
    assert "git.guix.gnu.org" in error.message


def test_a_plan_says_what_is_added_and_that_nothing_is_pinned(tmp_path: Path) -> None:
    source = file_url(make_small(tmp_path / "study", {"manifest.scm": _SMALL}))
    said = run_launcher("--dry-run", source).stdout
    assert "guix: the repository has manifest.scm" in said
    assert "Packages (1)\n    coreutils\n" in said
    assert "Added by the engine\n    python\n    bash\n" in said
    assert "    python-jupyterlab\n" in said
    assert "Not pinned: there is no channels.scm" in said
    assert "guix shell --container --profile=" in said


def test_a_plan_lists_what_a_notebook_asks_guix_for(tmp_path: Path) -> None:
    source = file_url(make_repository("guix-jupyter", tmp_path))
    error = refused("--dry-run", source)
    assert error.code in ("trust-needed", "package-not-found")
    said = run_launcher("--dry-run", "--trust", source).stdout
    assert "The notebook itself asks Guix for\n" in said
    assert "cell 1: Guix at commit 9edb3f66fd807b096b48283debdcddccfea34bad" in said
    assert "cell 2: environment counting of python-ipykernel python-numpy" in said
    assert "index.ipynb, kernel guix" in said
    assert "--nesting" not in said  # Of an environment that is not built nothing is known yet.


def test_pin_writes_the_guix_in_use(tmp_path: Path) -> None:
    repository = make_small(tmp_path / "study", {"manifest.scm": _SMALL})
    done = run_admin("pin", str(repository))
    assert done.returncode == 0, done.stderr
    text = (repository / "channels.scm").read_text()
    assert "(name 'guix)" in text
    described = subprocess.run(
        ["guix", "describe", "--format=json"], capture_output=True, text=True, check=True
    ).stdout
    for channel in json.loads(described):
        assert channel["commit"] in text
    again = run_admin("pin", str(repository))
    assert again.returncode != 0
    assert "is there already" in again.stderr


def test_post_build_runs_once_and_its_files_are_in_the_session(tmp_path: Path) -> None:
    files = {"manifest.scm": _SMALL, "postBuild": "#!/bin/bash\ndate +%s%N > made.txt\n"}
    source = file_url(make_small(tmp_path / "study", files))
    first = run_launcher(source, "--", "cat", "made.txt")
    assert first.returncode == 0, first.stderr
    assert run_launcher(source, "--", "cat", "made.txt").stdout == first.stdout != ""


def test_a_daemon_that_does_not_answer_is_said(tmp_path: Path) -> None:
    source = file_url(make_small(tmp_path / "study", {"manifest.scm": _SMALL}))
    variables = {"GUIX_DAEMON_SOCKET": str(tmp_path / "socket")}
    error = refused("--engine", "guix", source, variables=variables)
    assert error.code == "daemon-unavailable"
    assert "guix-daemon" in error.hint
