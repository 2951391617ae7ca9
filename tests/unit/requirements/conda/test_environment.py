# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.errors import BadRequirements
from binder_lite.requirements.conda.environment import (
    CondaSpec,
    parse_conda_spec,
    parse_environment_yml,
    pep440,
)
from binder_lite.requirements.conda.names import LEFT_OUT, NOT_ON_PYPI, ON_PYPI, SYSTEM
from binder_lite.requirements.model import Origin, Requirements

SPECS = [
    ("numpy", CondaSpec("numpy")),
    ("NumPy", CondaSpec("numpy")),
    ("numpy=1.21", CondaSpec("numpy", "=1.21")),
    ("numpy==1.21", CondaSpec("numpy", "==1.21")),
    ("numpy >=1.2, <2", CondaSpec("numpy", ">=1.2,<2")),
    ("numpy=1.21.2=py39h_0", CondaSpec("numpy", "==1.21.2")),
    ("numpy 1.21.2 py39h_0", CondaSpec("numpy", "==1.21.2")),
    ("numpy 1.21.*", CondaSpec("numpy", "1.21.*")),
    ("conda-forge::numpy=1", CondaSpec("numpy", "=1", "conda-forge")),
    ("conda-forge/linux-64::numpy", CondaSpec("numpy", "", "conda-forge/linux-64")),
    ("numpy[version='>=1,<2', build=x]", CondaSpec("numpy", ">=1,<2")),
    ("_libgcc_mutex=0.1=main", CondaSpec("_libgcc_mutex", "==0.1")),
    ("numpy # [linux]", CondaSpec("numpy")),
    ("", None),
    ("=1", None),
    ("{{ name }}", None),
]

VERSIONS = [
    ("", ""),
    ("*", ""),
    ("=1.21", "==1.21.*"),
    ("=1.21.*", "==1.21.*"),
    ("==1.21", "==1.21"),
    ("1.21", "==1.21"),
    ("1.21.*", "==1.21.*"),
    ("1.21*", "==1.21.*"),
    (">=1,<2", "<2,>=1"),
    (">=1.21.*", ">=1.21"),
    ("!=1.5", "!=1.5"),
    ("~=1.5", "~=1.5"),
    ("1.1.1k", None),
    ("=9e", None),
    ("1|2", None),
]


@pytest.mark.parametrize(("text", "spec"), SPECS, ids=[text for text, _ in SPECS])
def test_specifications_are_taken_apart(text: str, spec: CondaSpec | None) -> None:
    assert parse_conda_spec(text) == spec


@pytest.mark.parametrize(("conda", "pypi"), VERSIONS)
def test_versions_become_pep_440(conda: str, pypi: str | None) -> None:
    assert pep440(conda) == pypi


@given(st.text(alphabet="<>=!~*.,|1a "))
def test_any_version_is_understood_or_not(version: str) -> None:
    assert pep440(version) is None or isinstance(pep440(version), str)


def read(*lines: str) -> Requirements:
    text = "dependencies:\n" + "".join(f"  - {line}\n" for line in lines)
    return parse_environment_yml(text, "environment.yml").found


@pytest.mark.parametrize(
    ("conda", "pypi"),
    [
        ("pytorch", "torch"),
        ("matplotlib-base", "matplotlib"),
        ("opencv", "opencv-python-headless"),
        ("python-graphviz", "graphviz"),
        ("librosa", "librosa"),
        ("Typing_Extensions", "typing-extensions"),
    ],
)
def test_names_become_those_of_pypi(conda: str, pypi: str) -> None:
    assert [item.name for item in read(conda).packages] == [pypi]


@pytest.mark.parametrize("name", ["libgcc-ng", "openssl=1.1.1k", "_openmp_mutex", "gcc_linux-64"])
def test_what_wheels_bring_along_is_left_out_and_told(name: str) -> None:
    found = read(name)
    assert not found.packages
    assert not found.missing
    assert found.notices[0].startswith("environment.yml:2: ")


@pytest.mark.parametrize(
    ("name", "language"),
    [("r-base", "r"), ("bioconductor-deseq2", "r"), ("gdal", "system"), ("julia", "system")],
)
def test_what_pypi_has_not_is_missing(name: str, language: str) -> None:
    (missing,) = read(name).missing
    assert missing.origin == Origin("environment.yml", 2)
    assert missing.reason
    assert missing.language in (language, "r")


def test_programs_are_asked_of_the_machine() -> None:
    assert [item.name for item in read("ffmpeg", "gxx", "nodejs>=18").system] == [
        "ffmpeg", "g++", "nodejs",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "specifier"),
    [
        ("python=3.10", "==3.10.*"),
        ("python=3.10.4", "==3.10.*"),
        ("python==3.10.4", "==3.10.*"),
        ("python>=3.9,<3.12", "<3.12,>=3.9"),
        ("python 3.9.*", "==3.9.*"),
    ],
)
def test_the_python_is_known(spec: str, specifier: str) -> None:
    assert [version.specifier for version in read(spec).python] == [specifier]


def test_a_version_that_only_conda_has_is_told() -> None:
    found = read("tzlocal=2021a")
    assert found.packages[0].specifier == ""
    assert "2021a" in found.notices[0]


def test_the_pip_section_has_pip_s_syntax_and_the_lines_of_the_file() -> None:
    text = """dependencies:
  - pip:
    - numpy==1.2
    - --extra-index-url https://example.org/simple
    - -r more.txt
    - "-e ."
"""
    parsed = parse_environment_yml(text, "environment.yml")
    assert [(item.name or item.url, item.origin.line) for item in parsed.found.packages] == [
        ("numpy", 3),
        (".", 6),
    ]
    assert [index.origin.line for index in parsed.found.indexes] == [4]
    assert [(include.path, include.origin.line) for include in parsed.includes] == [("more.txt", 5)]
    assert parsed.found.reads_tree


def test_what_else_the_file_says_is_told() -> None:
    text = "name: x\nprefix: /y\nvariables: {A: b}\nnonsense: 1\nchannels: [a, b]\n"
    notices = parse_environment_yml(text + "dependencies: [{npm: [x]}]", "e.yml").found.notices
    for word in ("(a, b)", "variables A", "'nonsense'", "'npm:'"):
        assert any(word in notice for notice in notices), word
    assert len(notices) == 4


@pytest.mark.parametrize(
    "text",
    [
        "- numpy",
        "dependencies: numpy",
        "dependencies:\n  numpy: 1.26",
        "dependencies:\n  - '{{ x }}'",
        "dependencies:\n - pip:\n   - 'x=='",
    ],
)
def test_a_malformed_file_is_refused(text: str) -> None:
    with pytest.raises(BadRequirements, match=r"e\.yml"):
        parse_environment_yml(text, "e.yml")


@pytest.mark.parametrize("text", ["", "dependencies:", "name: x", "dependencies: null"])
def test_an_empty_file_asks_for_nothing(text: str) -> None:
    found = parse_environment_yml(text, "e.yml").found
    assert found == Requirements(build_files=("e.yml",))


def test_no_name_is_in_two_tables() -> None:
    names = [*ON_PYPI, *NOT_ON_PYPI, *LEFT_OUT, *SYSTEM]
    assert sorted(names) == sorted(set(names))
    assert all(name == name.lower() for name in names)
