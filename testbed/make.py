# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: T201, TID251
"""Make the testbed, or what of it is out of date: Debian's files → items in a store of Guix's."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import channel
import composed
import debian
import debian_packages
import guix_item
import place
import python_packages
import r_packages
import seed
import trees
from package import Package, fake_path

_TOOLS = {"bwrap": "bubblewrap", "debootstrap": "debootstrap", "patchelf": "patchelf"}
_BASE = ("debian.py", "guix_item.py", "guix.scm", "place.py", "pull.scm", "seed.py",
         "store.scm", "trees.py")  # fmt: skip
_ROOTS = "var/guix/gcroots/testbed"
_NO_CHANNEL = ("README.md", "composed.py", "enter", "enter.py", "make", "make.py", *_BASE)


def main() -> int:
    """Bring the testbed up to date; say what is done."""
    if os.geteuid() != 0:
        print("testbed/make: needs root: it makes system users' files and mounts", file=sys.stderr)
        return 2
    os.umask(0o022)  # All of it is for other users too.
    base = place.directory()
    base.mkdir(parents=True, exist_ok=True)
    stamp, base_stamp = base / "stamp", base / "stamp-base"
    wanted_base = _digest(_BASE)
    wanted = f"{wanted_base} {_digest(_rest())}"
    with place.locked(base / "make.lock"):
        if _text(stamp) == wanted:
            return 0
        _need_tools()
        _wait_for_users(base)
        os.environ |= {place.VARIABLE: str(base), place.MAKING: "1"}
        stamp.unlink(missing_ok=True)
        if _text(base_stamp) != wanted_base:
            base_stamp.unlink(missing_ok=True)
            _make_base(base)
            base_stamp.write_text(wanted_base)
        _make_channel(base)
        stamp.write_text(wanted)
        _say("ready")
    return 0


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _rest() -> list[str]:
    files = (file.relative_to(place.HERE) for file in place.HERE.rglob("*") if file.is_file())
    ours = (file for file in files if not any(part.startswith((".", "__")) for part in file.parts))
    return sorted(name for name in map(str, ours) if name not in _NO_CHANNEL)


def _digest(names: Iterable[str]) -> str:
    state = hashlib.sha256()
    for name in names:
        state.update(name.encode() + b"\0" + (place.HERE / name).read_bytes())
    return state.hexdigest()


def _need_tools() -> None:
    if missing := [package for tool, package in _TOOLS.items() if not shutil.which(tool)]:
        _say(f"installing {' '.join(missing)} on this machine")
        subprocess.run(["apt-get", "update", "--quiet"], check=True)
        words = ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends"]
        subprocess.run([*words, *missing], check=True)


def _wait_for_users(base: Path) -> None:
    with (base / "users.lock").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("somebody is in the testbed; waiting until nobody is")
            fcntl.flock(users, fcntl.LOCK_EX)


def _make_base(base: Path) -> None:
    """Make everything that is no package of the channel: Guix itself, and what it must find."""
    for name in ("gnu", "var", "etc", "work", "roots"):
        shutil.rmtree(base / name, ignore_errors=True)
    for name in ("gnu/store", "var/guix/profiles/per-user/root", "var/log/guix"):
        (base / name).mkdir(parents=True)
    composed.own_store(base)
    # Where `guix shell` keeps profiles of users without a name, as some of the tests' are.
    (base / "var/guix/profiles/default").mkdir()
    (base / "var/guix/profiles/default").chmod(0o1777)
    roots = base / "roots"
    _say("installing Debian systems")
    wanted = {"guix": ("sid", ("guix", "guile-zstd")), "debian": ("bookworm", _debian())}
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: debian.make(*wanted[name], roots / name), wanted))
    _say("making Guix, and what every profile is made with")
    item = fake_path(f"guix-{guix_item.version_of(roots / 'guix')}")
    tree = base / item.lstrip("/")
    guix_item.make(roots / "guix", tree, item, composed.PROFILE)
    trees.seal(tree)
    (base / "guix").write_text(item)
    composed.set_current_guix(base, item)
    shutil.rmtree(roots / "guix")
    items = [item]
    for line in _in_guix("plan").splitlines():
        name, output, path = line.split()
        store_tree = base / path.lstrip("/")
        seed.make(name, output, roots / "debian", tree, store_tree, path)
        trees.seal(store_tree)
        items.append(path)
    _register(base, items)


def _debian() -> tuple[str, ...]:
    return (*seed.DEBIAN, *python_packages.DEBIAN, *debian_packages.DEBIAN, *r_packages.DEBIAN)


def _make_channel(base: Path) -> None:
    """Make the channel's packages, and let the daemon build them."""
    work, root = base / "work", base / "roots/debian"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    _say("fetching and arranging the channel's packages")
    guix = (base / "guix").read_text()
    made = [
        *debian_packages.make(root, work),
        *r_packages.make(root, work),
        *python_packages.make(root, base / guix.lstrip("/"), work),
    ]
    for package in made:
        trees.seal(package.tree)
    _say("adding them to the store")
    items = _in_guix("add", *(str(package.tree) for package in made)).split()
    _place_channel(base, guix, made, items)
    shutil.rmtree(work)
    built = base / _ROOTS / "built"
    if built.is_symlink():
        _guix("gc")  # What was in use until now stays until the next time.
        built.unlink()
    _say("building them")
    names = [package.name for package in made]
    words = ["shell", f"--max-jobs={os.cpu_count()}", f"--root=/{_ROOTS}/{built.name}"]
    _guix(*words, *names, "--", "true")


def _place_channel(base: Path, guix: str, made: list[Package], items: list[str]) -> None:
    """Make a Guix that knows the channel, as ``guix pull`` does, and let it be the one used."""
    for root in (base / _ROOTS).glob("*-files"):
        root.unlink()
    _keep(base, items)
    sources = dict(zip((package.name for package in made), items, strict=True))
    data = channel.data_of(made, sources)
    commit = hashlib.sha256((_digest(_rest()) + data).encode()).hexdigest()[:40]
    item = fake_path("testbed-channel", commit)
    tree = base / item.lstrip("/")
    if not tree.exists():
        channel.make(place.HERE / "channel", data, tree)
        trees.seal(tree)
    _in_guix("register", item)
    profile = _guix("repl", "--", str(place.HERE / "pull.scm"), guix, item, commit)
    composed.set_current_guix(base, profile.strip())


def _register(base: Path, items: list[str]) -> None:
    _in_guix("register", *items)
    _keep(base, items)


def _keep(base: Path, items: Iterable[str]) -> None:
    """Keep ``items`` from being collected."""
    (base / _ROOTS).mkdir(exist_ok=True)
    for item in items:
        (base / _ROOTS / Path(item).name).symlink_to(item)


def _in_guix(*words: str) -> str:
    return _guix("repl", "--", str(place.HERE / "store.scm"), *words)


def _guix(*words: str) -> str:
    """Run Guix in the testbed; return what it printed."""
    argv = [str(place.HERE / "enter"), "guix", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"guix {words[0]} failed:\n{done.stderr[-4000:]}")
    return done.stdout


def _say(text: str) -> None:
    print(f"testbed: {time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
