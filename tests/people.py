# SPDX-License-Identifier: GPL-3.0-or-later
"""Who starts the launcher in a test: the caller, and when that is root also an ordinary user.

Each has a home with the kind of things that a session must never see, and keeps binder-lite's data
in it, where it is by default. What was built is shared by all tests of a run, and by later runs
when ``BINDER_LITE_TEST_DATA`` names a directory to keep it in.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from binder_lite.settings import Settings
from binder_lite.storage import remove_tree

KEPT = "BINDER_LITE_TEST_DATA"
_BASE = "BINDER_LITE_TEST_BASE"
# Nobody's on this machine: not in /etc/passwd, not the one that root's sessions get.
_USER_ID = 64300

# What a session must not find, by path in the home. The text is looked for everywhere.
SECRET = "planted-secret-4f1d"
SECRETS = (".ssh/id_ed25519", ".netrc", ".aws/credentials", "thesis.txt", ".local/share/keyrings/k")
# Variables of the person's that a session must not find.
VARIABLES = {
    "SSH_AUTH_SOCK": f"/tmp/{SECRET}/agent",
    "DBUS_SESSION_BUS_ADDRESS": f"unix:path=/tmp/{SECRET}",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "GITHUB_TOKEN": SECRET,
    "XDG_RUNTIME_DIR": f"/tmp/{SECRET}",
    "ftp_proxy": f"http://someone:{SECRET}@proxy.example:3128",
    "PYTHONPATH": f"/tmp/{SECRET}",
    "LD_LIBRARY_PATH": f"/tmp/{SECRET}",
    "JUPYTER_TOKEN": SECRET,
    "BASH_ENV": f"/tmp/{SECRET}",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a user id and a home."""

    name: str
    uid: int
    home: Path

    @property
    def settings(self) -> Settings:
        """Where binder-lite keeps this person's files."""
        return Settings(
            data=self.home / ".local/share/binder-lite", cache=self.home / ".cache/binder-lite"
        )

    def argv(self, *words: str | Path) -> list[str]:
        """Return the words that run a program as this person."""
        said = [str(word) for word in words]
        if self.uid == os.geteuid():
            return said
        become = ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", "--"]
        return [*become, *said]

    def environment(self, **more: str) -> dict[str, str]:
        """Return the variables of this person's programs, secrets among them."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "BINDER_LITE_"))}
        return {**kept, **VARIABLES, "HOME": str(self.home), **more}

    def own(self, path: Path) -> Path:
        """Give a file or tree to this person, and return it."""
        if self.uid != os.geteuid():
            for parent, folders, files in os.walk(path):
                for name in (*folders, *files):
                    os.chown(Path(parent, name), self.uid, self.uid, follow_symlinks=False)
            os.chown(path, self.uid, self.uid)
        return path


def names() -> tuple[str, ...]:
    """Return the people of this machine that tests can be."""
    return ("root", "user") if os.geteuid() == 0 else ("user",)


def can_launch(person: Person) -> bool:
    """Tell whether this person can read this checkout and run its programs."""
    argv = person.argv(sys.executable, "-c", "import binder_lite.launch")
    done = subprocess.run(argv, cwd="/", env=person.environment(), capture_output=True)
    return done.returncode == 0


def make_person(name: str) -> Person:
    """Return the person of this name, with a home full of secrets."""
    ordinary = name == "user" and os.geteuid() == 0
    uid = _USER_ID if ordinary else os.geteuid()
    person = Person(name, uid, base_directory() / name / "home")
    with _alone(base_directory() / f"{name}.lock"):
        if not person.home.exists():
            person.home.mkdir(parents=True, mode=0o700)
            for secret in SECRETS:
                (person.home / secret).parent.mkdir(parents=True, exist_ok=True)
                (person.home / secret).write_text(SECRET)
            person.own(person.home)
    return person


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Wait until no other worker is in this block."""
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def base_directory() -> Path:
    """Return the directory of this run that every user may pass through, which pytest's is not."""
    return Path(os.environ[_BASE])


def begin_run() -> None:
    """Make the run's directory; its workers find it by a variable."""
    if kept := os.environ.get(KEPT):
        Path(kept).mkdir(parents=True, exist_ok=True)
        os.environ[_BASE] = kept
    else:
        os.environ[_BASE] = tempfile.mkdtemp(prefix="binder-lite-tests-")
    Path(os.environ[_BASE]).chmod(0o711)


def end_run() -> None:
    """Remove the run's directory, unless it is to be kept."""
    if KEPT not in os.environ:
        remove_tree(base_directory())
