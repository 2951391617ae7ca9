# SPDX-License-Identifier: GPL-3.0-or-later
"""R and R packages, of Debian's."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import trees
from debian_packages import version_of
from package import Package
from sharing import shares

# Package → the R packages that it is about.
PACKAGES = {
    "r-jsonlite": ("jsonlite",),
    "r-irkernel": ("IRkernel",),
    "r-ggplot2": ("ggplot2",),
    # What comes with R, but for Guix's smallest R.
    "r": ("MASS", "Matrix", "lattice", "mgcv", "nlme"),
}
DEBIAN = ("r-base-core", "r-cran-irkernel", "r-cran-ggplot2", "r-cran-jsonlite",
          "busybox", "fonts-dejavu-core")  # fmt: skip
_LIBRARIES = ("usr/lib/R/site-library", "usr/lib/R/library")
_PROGRAM = """\
#!{item}/libexec/bash
# R's own start script needs some programs, and its pictures need fonts.
export PATH="${{PATH:+$PATH:}}{item}/libexec/tools"
export FONTCONFIG_FILE="${{FONTCONFIG_FILE:-{item}/etc/fonts.conf}}" RHOME={item}/lib/R
export LOCPATH="${{LOCPATH:-{item}/libexec/locale}}" GCONV_PATH={item}/libexec/gconv
exec {item}/lib/R/bin/{name} "$@"
"""
# Compiled R code names a program by Debian's place for it; this runs before any other code.
_PROFILE = """
local({{
  code <- gsub("/usr/bin/which", "{item}/libexec/tools/which", deparse(Sys.which), fixed = TRUE)
  assign("Sys.which", eval(parse(text = code), baseenv()), envir = baseenv())
}})
"""
_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{item}/libexec/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""
_TOOLS = ("cat", "cp", "dirname", "basename", "expr", "grep", "ls", "mkdir", "mv", "rm", "sed",
          "sort", "tar", "test", "tr", "uname", "which")  # fmt: skip


def make(root: Path, work: Path) -> list[Package]:
    """Make R and its packages in ``work`` from the Debian system ``root``."""
    found = [path for place in _LIBRARIES for path in (root / place).iterdir() if path.is_dir()]
    description = {path.name: (path / "DESCRIPTION").read_text() for path in found}
    base = {name for name, text in description.items() if "\nPriority: base" in text}
    places = {path.name: path for path in found if path.name not in base}
    needs = {name: parse_needs(description[name]).intersection(places) for name in places}
    minimal = _make_r(root, work / "trees/r-minimal", base)
    made = [minimal]
    for name, share in shares(PACKAGES, needs, "r-").items():
        version = _field(description[PACKAGES.get(name, share.parts)[0]], "Version")
        package = Package(
            name=name,
            # Higher than any of Guix's.
            version=minimal.version if name == "r" else f"99.{version.replace('-', '.')}",
            tree=work / "trees" / name,
            propagated=("r-minimal", *share.needs),
        )
        for part in share.parts:
            shutil.copytree(places[part], package.tree / "site-library" / part)
        _add_libraries(root, (places[part] for part in share.parts), package)
        made.append(package)
    _add_kernel(next(package for package in made if package.name == "r-irkernel"), minimal)
    return made


def parse_needs(description: str) -> set[str]:
    """Return the R packages that one with this DESCRIPTION needs."""
    text = ",".join(_field(description, name) for name in ("Depends", "Imports"))
    return {name for item in text.split(",") if (name := re.sub(r"\(.*|\s", "", item, flags=re.S))}


def _field(description: str, name: str) -> str:
    found = re.search(rf"^{name}:((?:.*)(?:\n[ \t].*)*)", description, re.M)
    return found[1].strip() if found else ""


def _libraries(directories: Iterable[Path]) -> list[Path]:
    return [file for directory in directories for file in directory.rglob("*.so")]


def _add_libraries(root: Path, directories: Iterable[Path], package: Package) -> None:
    """Give the R package the C libraries that R itself does not bring."""
    libraries = _libraries(directories)
    r = trees.needed(
        root, [root / "usr/lib/R/bin/exec/R", *_libraries([root / "usr/lib/R/library"])]
    )
    own = package.tree / "libexec/lib"
    for name, file in trees.needed(root, libraries).items():
        if name not in r:
            own.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, own / name)
    if own.exists():
        for library in (*_libraries([package.tree / "site-library"]), *own.iterdir()):
            trees.set_libraries(library, f"{package.placeholder}/libexec/lib")


def _make_r(root: Path, tree: Path, base: set[str]) -> Package:
    r = Package(name="r-minimal", version=version_of(root, "r-base-core"), tree=tree)
    item, home, debian = r.placeholder, tree / "lib/R", root / "usr/lib/R"
    for name in ("bin", "lib", "modules"):
        shutil.copytree(debian / name, home / name)
    shutil.copytree(root / "etc/R", home / "etc")
    for name in base:
        shutil.copytree(debian / "library" / name, home / "library" / name)
    shutil.copytree(root / "usr/share/R", tree / "share/R", symlinks=True)
    shutil.copytree(root / "usr/share/fonts/truetype/dejavu", tree / "libexec/fonts")
    shutil.copytree(root / "usr/lib/locale", tree / "libexec/locale")
    # R reads descriptions of packages as Latin-1 before it installs them.
    shutil.copytree(root / trees.LIBRARIES / "gconv", tree / "libexec/gconv")
    with (home / "library/base/R/Rprofile").open("a") as profile:
        profile.write(_PROFILE.format(item=item))
    parts = [file for file in debian.rglob("*") if trees.is_elf(file)]
    trees.add_libraries(
        root, [file for file in parts if "site-library" not in file.parts], tree / "lib"
    )
    for name in ("exec/R", "Rscript"):
        trees.patch(home / "bin" / name, item, libraries=(f"{item}/lib/R/lib", f"{item}/lib"))
    for file in [home / "bin/R", *(home / "etc").iterdir()]:
        _move(file, item)
    libexec = tree / "libexec"
    (libexec / "tools").mkdir(parents=True)
    for program in ("bash", "busybox"):
        trees.add_program(root, root / "bin" / program, tree, item)
    for name in _TOOLS:
        (libexec / "tools" / name).symlink_to("../busybox")
    (tree / "etc").mkdir()
    (tree / "etc/fonts.conf").write_text(_FONTS.format(item=item))
    for name in ("R", "Rscript"):
        trees.write_program(tree / "bin" / name, _PROGRAM.format(item=item, name=name))
    return r


def _move(file: Path, item: str) -> None:
    """Name the item where a text names Debian's places."""
    text = file.read_text()
    for old, new in (("/usr/lib/R", "lib/R"), ("/usr/share/R", "share/R"), ("/etc/R", "lib/R/etc")):
        text = re.sub(rf"(?<![\w/}}]){old}\b", f"{item}/{new}", text)
    text = re.sub(r"\A#!/bin/(ba)?sh", f"#!{item}/libexec/bash", text)
    tools = "|".join(_TOOLS)
    file.write_text(
        re.sub(rf"(?<![\w/}}])(/usr)?/bin/({tools})\b", rf"{item}/libexec/tools/\2", text)
    )


def _add_kernel(package: Package, r: Package) -> None:
    kernel = package.tree / "share/jupyter/kernels/ir"
    shutil.copytree(package.tree / "site-library/IRkernel/kernelspec", kernel)
    file = kernel / "kernel.json"
    spec = json.loads(file.read_text())
    spec["argv"][0] = f"{r.placeholder}/bin/R"
    file.write_text(json.dumps(spec, indent=1))
