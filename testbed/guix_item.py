# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: TID251
"""Guix itself, as a store item made of Debian's package: what ``guix pull`` would have left."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import trees

# Guile modules that name a C library by Debian's place for it.
_BOUND = ("git/configuration", "zlib/config", "zstd/config", "lzlib/config", "sqlite3")
_GUIX = """\
#!{item}/libexec/bash
# Debian's Guile and Guix, at a place that Debian's build of them does not know. Guix finds its
# channels by the path that it was called by; a link in /usr/local/bin has to be followed for it.
called="$0"
[ -e "${{called%/bin/guix}}/manifest" ] || called={profile}/bin/guix
export GUILE_SYSTEM_PATH={item}/share/guile/3.0:{item}/share/guile/site/3.0
export GUILE_SYSTEM_COMPILED_PATH={item}/lib/guile/3.0/ccache:{item}/lib/guile/3.0/site-ccache
export GUILE_SYSTEM_EXTENSIONS_PATH={item}/lib/guile/3.0/extensions:{item}/lib
export GCONV_PATH={item}/lib/gconv LOCPATH={item}/lib/locale
export GUIX_STAND_IN="$called"
exec {item}/libexec/guile --no-auto-compile -e main -s {item}/libexec/guix.scm "$@"
"""
_DAEMON = """\
#!{item}/libexec/bash
export GUIX={item}/bin/guix
exec {item}/libexec/guix-daemon "$@"
"""


def version_of(root: Path) -> str:
    """Return the version of the Guix in the Debian system ``root``."""
    text = (root / "usr/share/guile/site/3.0/guix/config.scm").read_text()
    return text.split("(define %guix-version", 1)[1].split('"')[1]


def make(root: Path, tree: Path, item: str, profile: str) -> None:
    """Fill ``tree`` with the Guix of the Debian system ``root``, for the store path ``item``.

    ``root`` loses what moves into the tree.
    ``profile`` is where ``guix pull`` puts a profile for everybody.
    """
    _free_of_debian(root)
    libexec, lib, share = tree / "libexec", tree / "lib", tree / "share"
    for directory in (libexec, lib / "guile", share):
        directory.mkdir(parents=True, exist_ok=True)
    libraries = root / trees.LIBRARIES
    (root / "usr/share/guile").rename(share / "guile")
    (root / "usr/share/guix").rename(share / "guix")
    (libraries / "guile/3.0").rename(lib / "guile/3.0")
    shutil.copytree(libraries / "gconv", lib / "gconv")
    shutil.copytree(root / "usr/lib/locale", lib / "locale")
    shutil.copytree(lib / "locale/C.utf8", lib / "locale/en_US.utf8")
    for library in libraries.glob("lib*.so*"):
        if trees.is_elf(library) or library.is_symlink():
            shutil.copy(library, lib / library.name, follow_symlinks=False)
    trees.add_lookups(root, lib)
    shutil.copy(libraries / trees.LOADER, lib / trees.LOADER)
    trees.add_program(root, root / "bin/bash", tree, item)
    shutil.copy(lib / "guile/3.0/bin/guile", libexec / "guile")
    shutil.copy(root / "usr/bin/guix-daemon", libexec / "guix-daemon")
    for program in ("guile", "guix-daemon"):
        trees.patch(libexec / program, item)
    shutil.copy(Path(__file__).with_name("guix.scm"), libexec / "guix.scm")
    trees.write_program(tree / "bin/guix", _GUIX.format(item=item, profile=profile))
    trees.write_program(tree / "bin/guix-daemon", _DAEMON.format(item=item))


def _free_of_debian(root: Path) -> None:
    """Let Guile's modules find C libraries where Guile is told to look, and compile them again."""
    site, compiled = "/usr/share/guile/site/3.0", f"/{trees.LIBRARIES}/guile/3.0/site-ccache"
    forms = []
    for module in _BOUND:
        source = root / site.lstrip("/") / f"{module}.scm"
        source.write_text(source.read_text().replace(f"/{trees.LIBRARIES}/", ""))
        forms.append(f'(compile-file "{site}/{module}.scm" #:output-file "{compiled}/{module}.go")')
    program = f"(use-modules (system base compile)) {' '.join(forms)}"
    subprocess.run(
        ["chroot", root, "guile", "--no-auto-compile", "-c", program],
        check=True,
        capture_output=True,
    )
