# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirements of all kinds, of names that the made-up Guix has, of others, and of nonsense."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from binder_lite.requirements.model import (
    Ignored,
    Language,
    Missing,
    Origin,
    PythonVersion,
    Requirement,
    Requirements,
)

_LANGUAGES = st.sampled_from(get_args(Language))
_NAMES = st.sampled_from([
    "numpy", "scipy", "pandas", "docker", "docx", "pip", "python", "torch", "snakemake", "old",
    "ggplot2", "data.table", "stats", "R", "julia", "JSON", "Dates", "r-matrix", "r-base",
    "bioconductor-deseq2", "bowtie", "compilers", "mkl", "git", "git:send-email", "libhdf5-dev",
    "gcc-toolchain@12", "python-numpy@1.26", "python3-numpy", "python3-tk", "texlive", "sudo",
    "no-such", "",
]) | st.text(max_size=12)  # fmt: skip
_SPECIFIERS = st.sampled_from([
    "", "*", "==1.26.4", ">=2", "<2", "=1.26", "1.0|2.0", "^1.2", "~1", "1.2 - 2", ">=1.6-4", "!!",
])  # fmt: skip
_MARKERS = st.sampled_from([
    "", 'sys_platform == "win32"', 'python_version >= "3.8"', 'extra == "x"', "nonsense",
])  # fmt: skip
_ORIGINS = st.builds(
    Origin, st.sampled_from(["requirements.txt", "a.txt", "DESCRIPTION"]), st.integers(1, 40)
)
_PACKAGES = st.builds(
    Requirement,
    name=_NAMES,
    origin=_ORIGINS,
    language=_LANGUAGES,
    specifier=_SPECIFIERS,
    extras=st.sampled_from([(), ("array",)]),
    marker=_MARKERS,
    url=st.sampled_from(["", "", "", "https://example.org/x.zip"]),
    local=st.sampled_from([False, False, False, True]),
    optional=st.booleans(),
)
_SYSTEM = st.builds(
    Requirement, _NAMES, _ORIGINS, st.just("system"), st.sampled_from(["", "=1:2.46-1", "=9*"])
)
_PYTHONS = st.builds(PythonVersion, st.sampled_from(["==3.10.*", ">=3.8", "==3.11.*"]), _ORIGINS)


def _some(each: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(each, max_size=most).map(tuple)


requirements = st.builds(
    Requirements,
    packages=_some(_PACKAGES, 7),
    constraints=_some(_PACKAGES),
    system=_some(_SYSTEM),
    python=_some(_PYTHONS, 2),
    missing=_some(st.builds(Missing, _NAMES, _ORIGINS, st.just("not on PyPI"), _LANGUAGES)),
    ignored=_some(st.builds(Ignored, _NAMES, _ORIGINS, st.just("for Windows"), _LANGUAGES)),
)
