# SPDX-License-Identifier: GPL-3.0-or-later
"""What no rule can know of names: each line has its reason. Data only.

A name belongs here when neither Guix's name for a package nor its source's address tells.
"""

from __future__ import annotations

# PyPI → Guix, with a version or an output where it takes one to name it.
PYPI = {
    # Guix builds these from the whole project, and its definition installs the Python module too.
    "gdal": "gdal",
    "onnxruntime": "onnxruntime:python",
    "openmm": "openmm",
    "pybind11": "pybind11",
    "rdkit": "rdkit",
    "simpleitk": "simpleitk:python",
    "vtk": "vtk",
    "z3-solver": "z3",
    # The same, of OpenCV; PyPI has it in four builds.
    "opencv-contrib-python": "opencv",
    "opencv-contrib-python-headless": "opencv",
    "opencv-python": "opencv",
    "opencv-python-headless": "opencv",
    # Modules of GDAL, which people import without naming it.
    "osgeo": "gdal",
    "ogr": "gdal",
    # Guix names these after the project or the program, PyPI after the module.
    "macs2": "macs@2",
    "macs3": "macs",
    "pyqt5": "python-pyqt@5",
    "torch": "python-pytorch",
    "torch-geometric": "python-pytorch-geometric",
    # The project's earlier names on PyPI.
    "msgpack-python": "python-msgpack",
    "path-py": "python-path",
    "python-igraph": "python-igraph",
    "sklearn": "python-scikit-learn",
    "mpv": "python-mpv",  # PyPI has it under both names
    "pil": "python-pillow",
    "rdkit-pypi": "rdkit",
}

# Names of PyPI that another project has than Guix's python-NAME; see also KEEPS_PREFIX of
# requirements/guix/packages.py.
OTHERS_ON_PYPI = frozenset({
    "flint",  # python-flint has that name on PyPI, too
})  # fmt: skip

# conda → Guix, for programs and libraries.
CONDA = {
    "bowtie": "bowtie1",  # Guix calls version 2 bowtie
    "bowtie2": "bowtie",  # the same
    "c-compiler": "gcc-toolchain",  # conda's word for whatever compiler fits
    "compilers": "gcc-toolchain",  # the same
    "cxx-compiler": "gcc-toolchain",  # the same
    "entrez-direct": "edirect",  # Guix takes the program's own short name
    "fortran-compiler": "gfortran-toolchain",  # conda's word for whatever compiler fits
    "gxx": "gcc-toolchain",  # part of GCC
    "nodejs": "node",  # Guix takes the program's name
    "picard": "java-picard",  # named as a library of Java
    "plink2": "plink-ng",  # the repository's name
    "python-igraph": "python-igraph",  # conda's igraph is the C library
    "tabix": "htslib",  # part of it
    "udunits2": "udunits",  # conda puts the version into the name
}

# conda's C libraries whose names are Python packages on PyPI.
LIBRARIES_OF_CONDA = frozenset({"igraph"})

# Debian → Guix, with an output where it is one.
DEBIAN = {
    "bowtie2": "bowtie",  # Guix calls version 2 bowtie
    "build-essential": "gcc-toolchain",  # a compiler with the C library, as Debian's
    "ca-certificates": "nss-certs",  # where the certificates come from
    "chromium": "ungoogled-chromium",  # the build that is free software
    "default-jdk": "openjdk:jdk",  # an alias in Debian
    "default-jre": "openjdk",  # the same
    "docker.io": "docker",  # Debian had another docker before
    "g++": "gcc-toolchain",  # part of GCC
    "gcc": "gcc-toolchain",  # Guix's gcc has no C library
    "gfortran": "gfortran-toolchain",  # the same
    "golang-go": "go",  # Debian's prefix is for its Go packages
    "libbz2-dev": "bzip2",  # the library comes with the program
    "libcurl4-gnutls-dev": "curl",  # the library comes with the program
    "libcurl4-openssl-dev": "curl",  # the same
    "libgbm1": "mesa",  # the library that has it
    "libgl1": "mesa",  # the library that has it
    "libgl1-mesa-glx": "mesa",  # the same
    "libjpeg-dev": "libjpeg-turbo",  # the implementation that Debian has
    "liblzma-dev": "xz",  # the library comes with the program
    "libmagick++-dev": "imagemagick",  # the library comes with the program
    "libpq-dev": "postgresql",  # the same
    "libssl-dev": "openssl",  # the same
    "lmodern": "texlive-lm",  # TeX Live's short name
    "locales": "glibc-locales",  # part of the C library
    "ncbi-blast+": "blast+",  # Debian says whose it is
    "nodejs": "node",  # Guix takes the program's name
    "npm": "node",  # it comes with Node.js
    "p7zip-full": "7zip",  # the successor
    "python3": "python",  # Guix has no other
    "python3-dev": "python",  # headers come with it
    "python3-tk": "python:tk",  # an output
    "python3-venv": "python",  # part of it
    "r-base": "r-minimal",  # R without the recommended packages, which requirements name
    "r-base-dev": "r-minimal",  # the same
    "rustc": "rust",  # Guix's package is the compiler
    "sqlite3": "sqlite",  # Debian takes the program's name
    "tabix": "htslib",  # part of it
    "texlive": "texlive-scheme-basic",  # what Debian's metapackage has
    "xvfb": "xorg-server",  # the server that it is part of
    "zlib1g": "zlib",  # Debian's own spelling
    "zlib1g-dev": "zlib",  # the same
}

BASE_R = frozenset({
    "base", "compiler", "datasets", "graphics", "grDevices", "grid", "methods", "parallel",
    "splines", "stats", "stats4", "tcltk", "tools", "utils",
})  # fmt: skip

_GUIX_DOES_IT = "Guix installs packages here"

NOT_NEEDED_FROM_PYPI = {
    "pip": "a session has it of its own",
    "conda": _GUIX_DOES_IT,
    # Parts of Python 3 that PyPI has for Python 2.
    "enum34": "Python 3 has it",
    "futures": "Python 3 has it",
    "subprocess32": "Python 3 has it",
}

NOT_NEEDED_FROM_CONDA = {
    "conda": _GUIX_DOES_IT,
    "conda-build": _GUIX_DOES_IT,
    "mamba": _GUIX_DOES_IT,
    "pip": "a session has it of its own",
}

NOT_NEEDED_FROM_DEBIAN = {
    "apt-utils": _GUIX_DOES_IT,
    "python3-pip": "a session has it of its own",
    "software-properties-common": _GUIX_DOES_IT,
    "sudo": "nobody is root in a session",
}
