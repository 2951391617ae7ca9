# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins for the few packages of Guix's own that every profile and container is made with."""

from __future__ import annotations

import shutil
from pathlib import Path

import trees

# Debian's packages for what `seed.scm` names.
PROGRAMS = {
    "bash": ("bash",),
    "bash-minimal": ("bash",),
    "coreutils": ("coreutils",),
    "gzip": ("gzip",),
    "install-info": ("install-info",),
    "mkfontdir": ("xfonts-utils",),
    "mkfontscale": ("xfonts-utils",),
}
DEBIAN = ("bash", "coreutils", "gzip", "install-info", "xfonts-utils")
_GUILE = """\
#!{item}/libexec/bash
export GUILE_SYSTEM_PATH={item}/share/guile/3.0
export GUILE_SYSTEM_COMPILED_PATH={item}/lib/guile/3.0/ccache
export GUILE_SYSTEM_EXTENSIONS_PATH={item}/lib
export GCONV_PATH={item}/lib/gconv LOCPATH="${{LOCPATH:-{item}/lib/locale}}"
exec {item}/libexec/guile "$@"
"""


def make(name: str, output: str, root: Path, guix: Path, tree: Path, item: str) -> None:
    """Fill ``tree`` with what stands in for ``output`` of the package ``name``.

    ``root`` is a Debian system, ``guix`` the item of Guix itself, whose Guile this is.
    """
    tree.mkdir()
    if output != "out":
        return
    if name in PROGRAMS:
        trees.add_programs(root, PROGRAMS[name], tree, item)
    elif name == "locales":
        shutil.copytree(guix / "lib/locale", tree / "lib/locale/2.41")
    elif name == "guile":
        _make_guile(guix, tree, item)
    bash = tree / "bin/bash"
    if bash.exists():
        (tree / "bin/sh").symlink_to("bash")


def _make_guile(guix: Path, tree: Path, item: str) -> None:
    (tree / "libexec").mkdir()
    shutil.copytree(guix / "share/guile/3.0", tree / "share/guile/3.0")
    shutil.copytree(guix / "lib/guile/3.0/ccache", tree / "lib/guile/3.0/ccache")
    shutil.copytree(guix / "lib/gconv", tree / "lib/gconv")
    shutil.copytree(guix / "lib/locale", tree / "lib/locale")
    for pattern in ("libguile*", "libgc.*", "libffi*", "libunistring*", "libgmp*", "libcrypt.*",
                    "libc.so*", "libm.so*", "libgcc_s*", "libnss_*",
                    "libtinfo.*", trees.LOADER):  # fmt: skip
        for file in (guix / "lib").glob(pattern):
            shutil.copy(file, tree / "lib" / file.name)
    for name, program in (("guile", "lib/guile/3.0/bin/guile"), ("bash", "libexec/bash")):
        shutil.copy(guix / program, tree / "libexec" / name)
        trees.patch(tree / "libexec" / name, item)
    trees.write_program(tree / "bin/guile", _GUILE.format(item=item))
