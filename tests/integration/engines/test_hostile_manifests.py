# SPDX-License-Identifier: GPL-3.0-or-later
"""A manifest is a program of somebody else's. Evaluated, it reaches nothing and costs little."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from binder_lite.engines.guix import evaluation
from binder_lite.engines.guix.description import Description
from binder_lite.engines.guix.evaluation import Evaluation, describe
from binder_lite.engines.guix.installation import find_guix
from binder_lite.engines.sandbox import read_host
from binder_lite.errors import BadManifest, LaunchError, TrustNeeded
from binder_lite.settings import Settings
from contract.launching import processes_naming

pytestmark = pytest.mark.needs("guix")

_SECRET = "planted-secret-77b1"
_PLAIN = '(specifications->manifest (list "coreutils"))'
_UID = Settings(data=Path(), cache=Path()).session_uid


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    """A file of the person's, in the home and readable for all."""
    file = Path.home() / ".ssh" / "id"
    file.parent.mkdir()
    file.write_text(_SECRET)
    tmp_path.chmod(0o755)
    yield file


async def _evaluation(tmp_path: Path, text: str) -> Evaluation:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "manifest.scm").write_text(text, encoding="utf-8")
    return Evaluation(
        guix=await find_guix(tmp_path / "cache"),
        host=await read_host(_UID),
        checkout=checkout,
        file="manifest.scm",
        candidates=("python",),
    )


async def _describe(tmp_path: Path, text: str) -> Description:
    return await describe(await _evaluation(tmp_path, text), tmp_path / "cache")


async def _said(tmp_path: Path, text: str) -> LaunchError:
    with pytest.raises(LaunchError) as raised:
        await _describe(tmp_path, text)
    return raised.value


def _shown(error: LaunchError) -> str:
    return "\n".join((error.message, error.hint, *error.details.last_lines))


async def test_a_plain_manifest_is_evaluated(tmp_path: Path) -> None:
    found = await _describe(tmp_path, _PLAIN)
    assert found.specifications == ("coreutils",)
    assert found.available == {"python"}


async def test_the_home_is_not_there(tmp_path: Path, secret: Path) -> None:
    reading = f"""
    (error (if (file-exists? "{secret}") (call-with-input-file "{secret}" read-line) "nothing"))"""
    error = await _said(tmp_path, f"(use-modules (ice-9 rdelim)){reading}")
    assert isinstance(error, BadManifest)
    assert "nothing" in error.message
    assert _SECRET not in _shown(error)


async def test_nothing_of_the_person_s_environment_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", _SECRET)
    monkeypatch.setenv("SSH_AUTH_SOCK", _SECRET)
    error = await _said(tmp_path, '(error (string-join (environ) " "))')
    assert "HOME=" in error.message
    assert _SECRET not in _shown(error)


async def test_nothing_is_written_outside(tmp_path: Path) -> None:
    place = tmp_path / "written"
    checkout = tmp_path / "checkout"
    tries = "\n".join(
        f'(false-if-exception (call-with-output-file "{path}" (lambda (p) (display "x" p))))'
        for path in (place, "/home/jovyan/work/new.scm", "/gnu/store/new", "/usr/new", "/etc/new")
    )
    found = await _describe(tmp_path, f"{tries}\n{_PLAIN}")
    assert found.specifications == ("coreutils",)
    assert not place.exists()
    assert [path.name for path in checkout.iterdir()] == ["manifest.scm"]
    assert not Path("/gnu/store/new").exists()


async def test_nobody_is_called(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        call = f"""
        (define s (socket PF_INET SOCK_STREAM 0))
        (connect s AF_INET INADDR_LOOPBACK {port})
        """
        error = await _said(tmp_path, call + _PLAIN)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert isinstance(error, BadManifest)
    assert "onnect" in error.message


@pytest.mark.parametrize(
    "text",
    [
        "(use-modules (guix store)) (with-store s (query-failed-paths s))" + _PLAIN,
        '(use-modules (guix store)) (open-connection "/var/guix/daemon-socket/socket")' + _PLAIN,
    ],
    ids=["with-store", "open-connection"],
)
async def test_the_daemon_is_not_there_and_the_person_is_asked(tmp_path: Path, text: str) -> None:
    error = await _said(tmp_path, text)
    assert isinstance(error, TrustNeeded)
    assert "--trust" in error.hint


async def test_a_loop_ends_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "SECONDS", 3)
    mark = f"loops-for-ever-{os.getpid()}"
    began = time.monotonic()
    error = await _said(tmp_path, f'(define mark "{mark}")\n(let loop () (loop))')
    assert isinstance(error, BadManifest)
    assert error.message == "manifest.scm was still being evaluated after 3 s."
    assert time.monotonic() - began < 15
    assert processes_naming(str(tmp_path / "checkout")) == []


async def test_memory_is_bounded(tmp_path: Path) -> None:
    growing = "(let loop ((kept '())) (loop (cons (make-bytevector 100000000 1) kept)))"
    error = await _said(tmp_path, f"(use-modules (rnrs bytevectors))\n{growing}")
    assert isinstance(error, BadManifest)
    assert "memory" in error.message.lower() or "MiB" in error.message


async def test_processes_are_bounded(tmp_path: Path) -> None:
    forking = (
        "(let loop ((n 0)) (when (< n 1000) (unless (zero? (primitive-fork)) (loop (+ n 1)))))"
    )
    before = len(os.listdir("/proc"))
    with pytest.raises(LaunchError):
        await _describe(tmp_path, f"{forking}\n(sleep 2)\n(primitive-exit 1)")
    assert len(os.listdir("/proc")) < before + 200


async def test_terminal_escapes_are_not_passed_on(tmp_path: Path) -> None:
    text = '(display "\\x1b]0;owned\\a" (current-error-port)) (error "\\x1b[31mred\\x1b[0m")'
    error = await _said(tmp_path, text)
    assert "\x1b" not in _shown(error)


@pytest.mark.parametrize(
    "text",
    ["(exit 0)", "(primitive-exit 0)", "(primitive-_exit 0)", "(kill (getpid) SIGKILL)",
     "(close-fdes 1) (close-fdes 2) (primitive-exit 0)"],
)  # fmt: skip
async def test_ending_guile_gives_no_environment(tmp_path: Path, text: str) -> None:
    error = await _said(tmp_path, text)
    assert isinstance(error, BadManifest)
    assert "must not end Guile" in error.hint


async def test_megabytes_of_output_are_not_kept(tmp_path: Path) -> None:
    printing = """
    (define text (make-string 1000000 #\\x))
    (let loop ((n 0)) (when (< n 60) (display text) (display text (current-error-port))
      (loop (+ n 1))))"""
    found = await _describe(tmp_path, f"{printing}\n{_PLAIN}")
    assert found.specifications == ("coreutils",)


async def test_a_forged_answer_can_only_name_packages(tmp_path: Path) -> None:
    # The file finds the port that answers go to, and writes one of its own before it ends all.
    forged = (
        '{\\"id\\":1,\\"answer\\":{\\"kind\\":\\"manifest\\",\\"entries\\":[{\\"name\\":\\"x\\",'
        '\\"version\\":\\"1\\",\\"specification\\":\\"x\\\\\\")) (system \\\\\\"id\\"}]}}'
    )
    writing = f"""
    (let loop ((n 3))
      (when (< n 40)
        (false-if-exception
         (let ((port (fdopen (dup->fdes n) "w")))
           (display "{forged}\\n" port) (force-output port)))
        (loop (+ n 1))))
    (primitive-exit 0)"""
    error = await _said(tmp_path, writing)
    assert isinstance(error, BadManifest)


async def test_an_answer_is_kept_and_given_to_the_same_question_only(tmp_path: Path) -> None:
    first = await _evaluation(tmp_path, _PLAIN)
    assert await describe(first, tmp_path / "cache") == await describe(first, tmp_path / "cache")
    kept = list((tmp_path / "cache").glob("description-*.json"))
    assert len(kept) == 1
    kept[0].write_text(kept[0].read_text().replace("coreutils", "sed"))
    assert (await describe(first, tmp_path / "cache")).specifications == ("sed",)
    (first.checkout / "manifest.scm").write_text(_PLAIN.replace("coreutils", "grep"))
    assert (await describe(first, tmp_path / "cache")).specifications == ("grep",)


async def test_a_manifest_that_may_read_other_files_is_asked_again_when_they_change(
    tmp_path: Path,
) -> None:
    text = '(specifications->manifest (call-with-input-file "/home/jovyan/work/names" read))'
    asked = await _evaluation(tmp_path, text)
    for name in ("sed", "grep"):
        (asked.checkout / "names").write_text(f'("{name}")')
        found = await describe(asked, tmp_path / "cache")
        assert found.specifications == (name,)
    assert replace(asked, trusted=True).digest() != asked.digest()
