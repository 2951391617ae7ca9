# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up Guix of a few packages, each there for a rule, with addresses as Guix's own are."""

from __future__ import annotations

from typing import Any

from binder_lite.engines.guix.catalogue import Catalogue, Package


def pypi(name: str, version: str = "1.0", *, called: str = "", **more: Any) -> Package:
    """Return a package of Python whose source is the project ``name`` on PyPI."""
    file = f"{name.replace('-', '_')}-{version}.tar.gz"
    url = f"https://files.pythonhosted.org/packages/source/{name[0]}/{name}/{file}"
    return Package(called or f"python-{name}", version, "pyproject", urls=(url,), **more)


def from_git(name: str, url: str, version: str = "1.0", **more: Any) -> Package:
    """Return a package of Python whose source is a repository."""
    return Package(name, version, **{"build": "pyproject", "urls": (url,), **more})


def cran(name: str, version: str = "1.0", **more: Any) -> Package:
    """Return a package of R from CRAN."""
    called = "r-" + name.lower().replace(".", "-").replace("_", "-")
    url = f"mirror://cran/src/contrib/{name}_{version}.tar.gz"
    return Package(called, version, "r", urls=(url,), **more)


def bioconductor(name: str, version: str = "1.0") -> Package:
    """Return a package of R from Bioconductor."""
    url = f"https://bioconductor.org/packages/release/bioc/src/contrib/{name}_{version}.tar.gz"
    return Package(f"r-{name.lower()}", version, "r", urls=(url,))


def julia(name: str, version: str = "1.0") -> Package:
    """Return a package of Julia."""
    url = f"https://github.com/Someone/{name}.jl"
    return Package(f"julia-{name.lower()}", version, "julia", urls=(url,))


def program(name: str, version: str = "1.0", **more: Any) -> Package:
    """Return what is no language's library."""
    urls = (f"mirror://gnu/{name}/{name}-{version}.tar.xz",)
    return Package(name, version, **{"build": "gnu", "urls": urls, **more})


PACKAGES = (
    # What kernels take.
    program("python", "3.10.19", outputs=("out", "tk", "idle")),
    program("python", "3.11.14", outputs=("out", "tk", "idle")),
    program("r-minimal", "4.5.2"),
    program("julia", "1.10.4"),
    program("bash", "5.2"),
    pypi("ipykernel", "6.29.4"),
    cran("IRkernel", "1.3.2"),
    # NumPy in two versions; what was built with the older brings that.
    pypi("numpy", "1.26.4"),
    pypi("numpy", "2.3.1"),
    pypi("scipy", "1.12.0", propagated=("python-numpy@1.26.4",)),
    pypi("pandas", "2.2.3", propagated=("python-numpy@2.3.1", "python-dateutil@2.9.0")),
    pypi("python-dateutil", "2.9.0", called="python-dateutil"),
    # Named after something else than PyPI does.
    pypi("beautifulsoup4", "4.12"),
    from_git("python-pytorch", "https://github.com/pytorch/pytorch", "2.9.0"),
    from_git("python-pyyaml", "https://github.com/yaml/pyyaml", "6.0"),
    pypi("Jinja2", called="python-jinja2"),
    pypi("ruamel.yaml", called="python-ruamel.yaml"),
    # One that Guix does not call after Python.
    from_git("snakemake", "https://github.com/snakemake/snakemake", "8.4"),
    pypi("scikit-learn", "1.7.0"),
    from_git("scikit-build", "https://github.com/other/thing", "0.1", build="gnu"),
    # Equal names of other software.
    Package("docker", "20.10", "go", urls=("https://github.com/moby/moby",)),
    pypi("docker", "7.0"),
    Package("gitlab", "1.0", "go", urls=("https://github.com/gitlabhq/gitlab",)),
    pypi("python-docx", called="python-docx"),
    from_git("python-magic", "https://github.com/ahupp/python-magic"),
    from_git("python-flint", "https://github.com/flintlib/python-flint"),
    pypi("attrs"),
    pypi("attr-of-another", called="python-attr"),
    Package("python-old", "1.0", "pyproject", superseded="python-new"),
    pypi("new"),
    # R, Bioconductor, Julia.
    cran("ggplot2", "3.5.1"),
    cran("data.table", "1.15.4"),
    cran("Matrix", "1.6-5"),
    cran("RCurl", "1.98"),
    Package("r-rcurl-of-git", "2", "r", upstream="RcurlOfGit", urls=("https://example.org/x",)),
    bioconductor("DESeq2", "1.44.0"),
    julia("DataFrames", "1.6.1"),
    julia("JSON", "0.21.4"),
    Package("julia-cxxwrap", "0.13", "julia", urls=("https://github.com/x/libcxxwrap-julia",)),
    # Programs and libraries.
    program("git", "2.46", outputs=("out", "send-email", "gui")),
    program("graphviz", "10.0"),
    program("gcc-toolchain", "12.5.0"),
    program("gcc-toolchain", "14.2.0"),
    program("hdf5", "1.14"),
    program("libxml2", "2.11"),
    program("curl", "8.6"),
    program("openjdk", "21", outputs=("out", "jdk")),
    program("node", "22"),
    program("bowtie", "2.5"),
    program("bowtie1", "1.3"),
    program("samtools", "1.19"),
    program("font-dejavu", "2.37"),
    Package("texlive-collection-latexextra", "1", "texlive"),
    Package("texlive-scheme-basic", "1", "texlive"),
)  # fmt: skip

GUIX = Catalogue(PACKAGES, "1.5.0")
