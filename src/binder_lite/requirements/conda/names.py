# SPDX-License-Identifier: GPL-3.0-or-later
"""Where conda's names differ from PyPI's, and what has no like there. All other names are equal.

Data only. A name stands here when taking the same name from PyPI would fail, or would install
something else.
"""

from __future__ import annotations

import re

# The same software under another name.
ON_PYPI = {
    "arviz-base": "arviz",
    "black-jupyter": "black",
    "brotli-python": "brotli",
    "dask-core": "dask",
    "faiss": "faiss-cpu",
    "geopandas-base": "geopandas",
    "hvplot-base": "hvplot",
    "importlib_metadata": "importlib-metadata",
    "keras-gpu": "keras",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "openbabel": "openbabel-wheel",
    "opencv": "opencv-python-headless",  # a session has no display
    "py-opencv": "opencv-python-headless",
    "libopencv": "opencv-python-headless",
    "prompt_toolkit": "prompt-toolkit",
    "psycopg2": "psycopg2-binary",  # the other is source only, and needs PostgreSQL's headers
    "py-lightgbm": "lightgbm",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "pyarrow-core": "pyarrow",
    "pymc-base": "pymc",
    "pyqt": "pyqt5",
    "pytables": "tables",
    "python-blosc": "blosc",
    "python-flatbuffers": "flatbuffers",
    "python-graphviz": "graphviz",
    "python-igraph": "igraph",
    "python-kaleido": "kaleido",
    "python-tzdata": "tzdata",
    "python-xxhash": "xxhash",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "pytorch_geometric": "torch-geometric",
    "pyg": "torch-geometric",
    "ruamel_yaml": "ruamel.yaml",
    "seaborn-base": "seaborn",
    "snakemake-minimal": "snakemake",
    "tensorflow-base": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "tensorflow-mkl": "tensorflow",
    "torchvision-cpu": "torchvision",
}

# Programs, not packages of Python, by the name that Debian gives them: the machine may have them.
SYSTEM = {
    "bcftools": "bcftools",
    "bedtools": "bedtools",
    "blast": "ncbi-blast+",
    "bowtie2": "bowtie2",
    "bwa": "bwa",
    "c-compiler": "gcc",
    "cdo": "cdo",
    "chromium": "chromium",
    "clang": "clang",
    "compilers": "build-essential",
    "curl": "curl",
    "cxx-compiler": "g++",
    "ffmpeg": "ffmpeg",
    "firefox": "firefox-esr",
    "fortran-compiler": "gfortran",
    "gcc": "gcc",
    "gfortran": "gfortran",
    "ghostscript": "ghostscript",
    "git": "git",
    "git-lfs": "git-lfs",
    "go": "golang-go",
    "graphviz": "graphviz",
    "gxx": "g++",
    "imagemagick": "imagemagick",
    "make": "make",
    "maven": "maven",
    "maxima": "maxima",
    "mpich": "mpich",
    "nco": "nco",
    "nodejs": "nodejs",
    "octave": "octave",
    "openjdk": "default-jdk",
    "openmpi": "openmpi-bin",
    "pandoc": "pandoc",
    "perl": "perl",
    "pkg-config": "pkg-config",
    "poppler": "poppler-utils",
    "ruby": "ruby",
    "rust": "rustc",
    "samtools": "samtools",
    "tesseract": "tesseract-ocr",
    "texlive-core": "texlive-base",
    "tmux": "tmux",
    "vim": "vim",
    "wget": "wget",
}

_R = "it is R, which this engine has not"
_PROGRAM = "it is a program, not a package of Python"
_LIBRARY = "it is a library of C, C++ or Fortran, which PyPI has not"
_OWN_BUILD = "PyPI has no build of it that runs"
_CONDA = "conda itself is not used"

# Asked for, and not to be had from PyPI.
NOT_ON_PYPI = {
    **dict.fromkeys(("r", "r-base", "r-essentials", "rstudio", "r-irkernel"), _R),
    **dict.fromkeys(("julia", "sagemath", "sage", "gap", "xeus-cling", "ncl", "star"), _PROGRAM),
    **dict.fromkeys(("tectonic", "plotly-orca", "geckodriver", "cmdstan"), _PROGRAM),
    **dict.fromkeys(("boost", "eigen", "gsl", "petsc", "slepc", "sundials"), _LIBRARY),
    **dict.fromkeys(("fenics", "dolfin", "fenics-dolfinx", "dolfinx", "firedrake"), _OWN_BUILD),
    **dict.fromkeys(
        ("gdal", "esmpy", "graph-tool", "root", "pygraphviz", "wrf-python"), _OWN_BUILD
    ),
    **dict.fromkeys(("py-boost", "pynio", "pyngl", "iris-sample-data"), _OWN_BUILD),
    **dict.fromkeys(("conda", "mamba", "anaconda", "conda-build", "micromamba"), _CONDA),
}

_INSIDE_WHEELS = "what needs it brings it along when it comes from PyPI"
ONLY_CONDA = "it only guides conda's own choices"

# Asked for by conda's packages or for conda's sake; a PyPI environment does not miss it.
LEFT_OUT = {
    **dict.fromkeys(
        (
            "blas", "bzip2", "c-ares", "ca-certificates", "cairo", "cudatoolkit", "cudnn",
            "cyrus-sasl", "dbus", "expat", "fftw", "fontconfig", "freetype", "freexl", "geos",
            "gettext", "giflib", "glib", "gmp", "gst-plugins-base", "gstreamer", "harfbuzz",
            "hdf4", "hdf5", "icu", "intel-openmp", "jpeg", "json-c", "krb5", "lame", "lcms2",
            "lerc", "llvm-openmp", "lz4-c", "mkl", "mkl-service", "mkl_fft", "mkl_random", "mpc",
            "mpfr", "mysql", "ncurses", "nettle", "nspr", "nss", "openblas", "openh264",
            "openjpeg", "openssl", "orc", "pango", "pcre", "pcre2", "pixman", "poppler-data",
            "postgresql", "proj", "pthread-stubs", "qhull", "qt", "qt-main", "readline", "re2",
            "snappy", "sqlite", "suitesparse", "tbb", "tbb4py", "tiledb", "tk", "tzcode",
            "unixodbc", "x264", "x265", "xerces-c", "xz", "yaml", "zeromq", "zlib", "zlib-ng",
            "zstd", "arrow-cpp", "aom", "svt-av1", "dav1d", "metis", "nccl", "cuda-version",
            "geotiff", "netcdf-c", "netcdf-fortran", "eccodes-c", "hicolor-icon-theme",
        ),
        _INSIDE_WHEELS,
    ),
    **dict.fromkeys(
        (
            "cpuonly", "python_abi", "pytorch-cuda", "pytorch-mutex", "nomkl", "blas-devel",
            "nb_conda", "nb_conda_kernels", "conda-package-handling", "conda-pack", "ucrt", "vc",
            "vs2015_runtime", "vc14_runtime", "tensorflow-estimator-base", "ld_impl_linux-64",
            "kernel-headers_linux-64", "sysroot_linux-64", "cuda", "appnope",
        ),
        ONLY_CONDA,
    ),
}  # fmt: skip

# Packages of Python whose names only look like libraries'.
_PYTHON_AFTER_ALL = frozenset({
    "libarchive-c", "libclang", "libcst", "libpysal", "librosa", "librt", "libsass", "libtmux",
    "libusb1", "libsvm", "liblinear", "libcloud", "libvirt-python", "liac-arff", "libsvm-official",
})  # fmt: skip


def why_left_out(name: str) -> str:
    """Return why a conda package is not needed, ``""`` when nothing says so."""
    if name.startswith("_"):
        return ONLY_CONDA
    if name in _PYTHON_AFTER_ALL or name in ON_PYPI:
        return ""
    is_library = re.match(r"^lib[a-z0-9]", name) or name.startswith(("aws-c", "xorg-", "cuda-"))
    is_part = re.search(r"_(linux-(64|aarch64|ppc64le)|osx-(64|arm64)|win-64)$|-ng$", name)
    return _INSIDE_WHEELS if is_library or is_part else ""
