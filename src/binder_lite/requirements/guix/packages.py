# SPDX-License-Identifier: GPL-3.0-or-later
"""Guix's names of packages → PyPI's, for an engine that is not Guix.

Most of Python's packages are called `python-` and their name on PyPI; the tables hold the others.
"""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from binder_lite.requirements.guix.text import GuixPackage
from binder_lite.requirements.model import Missing, Origin, Requirement, Requirements, joined
from binder_lite.requirements.python.version import python_version

# PyPI's own names begin with "python-" here, so Guix does not say it twice.
KEEPS_PREFIX = frozenset({
    "python-barcode", "python-bidi", "python-box", "python-crontab", "python-daemon",
    "python-dateutil", "python-debian", "python-decouple", "python-docx", "python-dotenv",
    "python-editor", "python-engineio", "python-gitlab", "python-gnupg", "python-hglib",
    "python-jose", "python-json-logger", "python-ldap", "python-louvain", "python-lsp-jsonrpc",
    "python-lsp-server", "python-lzo", "python-magic", "python-memcached", "python-mpv",
    "python-multipart", "python-nmap", "python-pptx", "python-rtmidi", "python-slugify",
    "python-snappy", "python-socketio", "python-stdnum", "python-utils", "python-vlc",
    "python-xlib",
})  # fmt: skip

_ON_PYPI = {
    "jupyter": "jupyter",
    "jupytext": "jupytext",
    "lightgbm": "lightgbm",
    "opencv": "opencv-python-headless",
    "poetry": "poetry",
    "python-opencv": "opencv-python-headless",
    "python-pytorch": "torch",
    "python-pytorch-cpu": "torch",
    "python-torchvision": "torchvision",
    "scikit-learn": "scikit-learn",
    "snakemake": "snakemake",
    "tensorflow": "tensorflow",
    "xgboost": "xgboost",
}

_PYTHON = (
    "python",
    "python-wrapper",
    "python-minimal",
    "python-minimal-wrapper",
    "python-toolchain",
)

# What every machine has, or what only matters inside Guix's own profiles.
_LEFT_OUT = frozenset({
    "bash", "bash-minimal", "coreutils", "diffutils", "findutils", "fontconfig", "gawk", "glibc",
    "glibc-locales", "grep", "gzip", "le-certs", "less", "ncurses", "nss-certs", "procps", "sed",
    "tar", "util-linux", "which", "xz", "zlib",
})  # fmt: skip

# Guix's name of a program → Debian's.
_SYSTEM = {
    "cmake": "cmake",
    "curl": "curl",
    "emacs": "emacs",
    "ffmpeg": "ffmpeg",
    "gcc-toolchain": "gcc",
    "gfortran-toolchain": "gfortran",
    "git": "git",
    "git-minimal": "git",
    "graphviz": "graphviz",
    "imagemagick": "imagemagick",
    "make": "make",
    "node": "nodejs",
    "octave": "octave",
    "openmpi": "openmpi-bin",
    "pandoc": "pandoc",
    "perl": "perl",
    "pkg-config": "pkg-config",
    "samtools": "samtools",
    "texlive": "texlive",
    "vim": "vim",
    "wget": "wget",
}


def map_guix_packages(packages: tuple[GuixPackage, ...], file: str) -> Requirements:
    """Return ``packages``, which ``file`` names, as PyPI and Debian call them."""
    parts = [_mapped(package, Origin(file, package.line)) for package in packages]
    return joined(Requirements(build_files=(file,)), *parts)


def _mapped(package: GuixPackage, origin: Origin) -> Requirements:
    name = package.name
    if name in _PYTHON:
        version = python_version(package.version, origin) if package.version else None
        return Requirements(python=(version,) if version else ())
    if name in _LEFT_OUT:
        return Requirements(notices=(f"{origin}: {name} is left out: this machine's serves.",))
    if system := _SYSTEM.get(name):
        return Requirements(system=(Requirement(system, origin, "system"),))
    if pypi := pypi_name(name):
        specifier = _specifier(package.version)
        notices: tuple[str, ...] = ()
        if package.version and not specifier:
            notices = (f"{origin}: version {package.version} of {name} is Guix's; any is taken.",)
        return Requirements(
            packages=(Requirement(pypi, origin, specifier=specifier),), notices=notices
        )
    if name.startswith("r-"):
        missing = Missing(name, origin, "it is a package of R", "r")
    elif name.startswith("julia"):
        missing = Missing(name, origin, "it is Julia or a package of it", "julia")
    else:
        missing = Missing(name, origin, "only Guix has it under this name", "guix")
    return Requirements(missing=(missing,))


def pypi_name(name: str) -> str:
    """Return what PyPI calls Guix's package ``name``, ``""`` when it is none of Python's."""
    if name in _ON_PYPI:
        return _ON_PYPI[name]
    if name in KEEPS_PREFIX:
        return name
    if match := re.match(r"^python-(?:next-)?(.+)$", name):
        return canonicalize_name(match[1])
    return ""


def _specifier(version: str) -> str:
    """Return PEP 440 for Guix's version, which is the beginning of the wanted one."""
    if not version:
        return ""
    try:
        return str(SpecifierSet(f"=={version}.*"))
    except (InvalidSpecifier, ValueError):
        return ""
