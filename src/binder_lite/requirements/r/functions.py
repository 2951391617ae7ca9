# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of R's functions install, load and ask for packages, and where they are told the names.

Whatever else is called is not of interest, except that it may hand on names to one of these.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Installer:
    """A function that installs: the parameter that names packages, and how they are named.

    ``kind`` is as in `r/remotes.py`. ``dots``: every argument without a name is a package.
    ``project``: without packages it installs what this file asks for.
    """

    parameter: str
    kind: str = ""
    dots: bool = False
    project: str = ""


INSTALLERS = {
    "install.packages": Installer("pkgs"),
    "biocLite": Installer("pkgs"),
    "install_cran": Installer("pkgs", "package"),
    "install_dev": Installer("package", "package"),
    "install_version": Installer("package", "package"),
    "install_bioc": Installer("repo", "bioc"),
    "install_github": Installer("repo", "github"),
    "install_gitlab": Installer("repo", "gitlab"),
    "install_bitbucket": Installer("repo", "bitbucket"),
    "install_git": Installer("url", "git"),
    "install_svn": Installer("url", "svn"),
    "install_url": Installer("url", "url"),
    "install_local": Installer("path", "local", project="DESCRIPTION"),
    "pkg_install": Installer("pkg"),
    "p_install": Installer("package", dots=True),
    "p_install_gh": Installer("package", "github", dots=True),
    "p_install_version": Installer("package", "package"),
    "install_deps": Installer("pkgdir", "local", project="DESCRIPTION"),
    "install_dev_deps": Installer("pkgdir", "local", project="DESCRIPTION"),
    "local_install": Installer("root", "local", project="DESCRIPTION"),
    "local_install_deps": Installer("root", "local", project="DESCRIPTION"),
    "local_install_dev_deps": Installer("root", "local", project="DESCRIPTION"),
}
# Names that other packages have too: they count with `package::`, or once it is attached.
INSTALLERS_OF = {
    ("BiocManager", "install"): Installer("pkgs"),
    ("renv", "install"): Installer("packages", project="DESCRIPTION"),
    ("renv", "restore"): Installer("packages", project="renv.lock"),
    ("renv", "hydrate"): Installer("packages", project="DESCRIPTION"),
    ("packrat", "restore"): Installer("packages", project="packrat/packrat.lock"),
    ("pak", "pak"): Installer("pkg", project="DESCRIPTION"),
    ("devtools", "install"): Installer("pkg", "local", project="DESCRIPTION"),
}
# These install what is not there, and attach it.
ATTACHERS = {
    "p_load": Installer("char", dots=True),
    "p_load_gh": Installer("char", "github", dots=True),
    "p_load_current_gh": Installer("char", "github", dots=True),
}
ATTACHERS_OF = {
    ("librarian", "shelf"): Installer("", dots=True),
    ("librarian", "stock"): Installer("", dots=True),
    ("needs", "needs"): Installer("", dots=True),
    ("easypackages", "packages"): Installer("", dots=True),
    ("easypackages", "libraries"): Installer("", dots=True),
    ("groundhog", "groundhog.library"): Installer("pkg"),
    ("xfun", "pkg_attach"): Installer("", dots=True),
    ("xfun", "pkg_attach2"): Installer("", dots=True),
    ("xfun", "pkg_load"): Installer("", dots=True),
    ("xfun", "pkg_load2"): Installer("", dots=True),
}
# The first argument is a name as it stands, unless `character.only` says that it is computed.
LOADERS = frozenset({"library", "require"})
# The first argument is computed.
NAMESPACE_LOADERS = {
    "requireNamespace": "package",
    "loadNamespace": "package",
    "attachNamespace": "ns",
    "check_installed": "pkg",
    "is_installed": "pkg",
}
# Asked, not needed: what follows tells what is done where the package is not there.
PROBES = frozenset({"require", "requireNamespace", "is_installed"})
ENDS = frozenset({"stop", "abort", "quit", "q", "cli_abort", "stopifnot"})
TRIES = frozenset({"try", "tryCatch", "safely", "possibly", "try_fetch"})
# Arguments of these name packages.
NAMING_ARGUMENTS = {
    "data": "package",
    "system.file": "package",
    "tar_option_set": "packages",
    "tar_target": "packages",
    "foreach": ".packages",
}
# Where (values, function) are among the arguments of what calls a function for each value.
APPLIERS = {
    **dict.fromkeys(("lapply", "sapply", "vapply"), ("X", 0, "FUN", 1)),
    **dict.fromkeys(("walk", "map", "map_lgl", "map_chr", "future_map"), (".x", 0, ".f", 1)),
    **dict.fromkeys(("Map", "Filter"), ("x", 1, "f", 0)),
    "mapply": ("x", 1, "FUN", 0),
}
# What these return are some of the values that they are given first.
FILTERS = frozenset({
    "setdiff", "unique", "sort", "rev", "as.character", "unlist", "head", "tail", "na.omit",
    "trimws", "intersect", "as.list", "suppressWarnings", "identity", "sample", "Filter",
})  # fmt: skip
JOINERS = frozenset({"c", "list", "union", "append", "unlist"})
# Programs that R starts, and other languages' packages.
SHELLS = frozenset({"system", "system2", "shell"})
