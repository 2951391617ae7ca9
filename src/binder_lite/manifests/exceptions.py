# SPDX-License-Identifier: GPL-3.0-or-later
"""What no rule can know of names: each line has its reason. Data only.

A name belongs here when neither Guix's name for a package nor its source's address tells.
"""

from __future__ import annotations

# PyPI → Guix.
PYPI = {
    "opencv-contrib-python": "opencv",  # Guix builds OpenCV's own sources, bindings included
    "opencv-contrib-python-headless": "opencv",  # the same
    "opencv-python": "opencv",  # the same
    "opencv-python-headless": "opencv",  # the same
    "torch": "python-pytorch",  # Guix names it after the project
    "torch-geometric": "python-pytorch-geometric",  # the same
}

# CRAN → Guix.
CRAN: dict[str, str] = {}

# conda → Guix, for programs and libraries.
CONDA = {
    "c-compiler": "gcc-toolchain",  # conda's word for whatever compiler fits
    "compilers": "gcc-toolchain",  # the same
    "cxx-compiler": "gcc-toolchain",  # the same
    "fortran-compiler": "gfortran-toolchain",  # the same
    "gxx": "gcc-toolchain",  # part of GCC
    "nodejs": "node",  # Guix takes the program's name
}

# Debian → Guix, with an output where it is one.
DEBIAN = {
    "build-essential": "gcc-toolchain",  # a compiler with the C library, as Debian's
    "default-jdk": "openjdk:jdk",  # an alias in Debian
    "default-jre": "openjdk",  # the same
    "g++": "gcc-toolchain",  # part of GCC
    "gcc": "gcc-toolchain",  # Guix's gcc has no C library
    "gfortran": "gfortran-toolchain",  # the same
    "golang-go": "go",  # Debian's prefix is for its Go packages
    "nodejs": "node",  # Guix takes the program's name
    "r-base": "r-minimal",  # R without the recommended packages, which requirements name
    "rustc": "rust",  # Guix's package is the compiler
}

BASE_R = frozenset({
    "base", "compiler", "datasets", "graphics", "grDevices", "grid", "methods", "parallel",
    "splines", "stats", "stats4", "tcltk", "tools", "utils",
})  # fmt: skip

_GUIX_DOES_IT = "Guix installs packages here"
_SYSTEM_HAS_IT = "it is part of every Guix container"

NOT_NEEDED_FROM_PYPI = {
    "pip": "a session has it of its own",
    "conda": _GUIX_DOES_IT,
}

NOT_NEEDED_FROM_CONDA = {
    "pip": "a session has it of its own",
    "conda": _GUIX_DOES_IT,
    "mamba": _GUIX_DOES_IT,
    "conda-build": _GUIX_DOES_IT,
}

NOT_NEEDED_FROM_DEBIAN = {
    "apt-utils": _GUIX_DOES_IT,
    "ca-certificates": "a session has certificates",
    "locales": _SYSTEM_HAS_IT,
    "python3-pip": "a session has it of its own",
    "software-properties-common": _GUIX_DOES_IT,
    "sudo": "nobody is root in a session",
}
