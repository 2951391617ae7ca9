# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.amendments.environment_yml import amend_environment_yml, conda_name
from binder_lite.amendments.model import CannotAmend
from binder_lite.requirements.conda.environment import parse_environment_yml
from unit.amendments.made import is_kept, local, python, r

_NEW = python("new", "1.5")


def case(name: str, before: str, after: str) -> object:
    return pytest.param(before, after, id=name)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        case(
            "conda's list, a version of each",
            "name: x\ndependencies:\n  - python=3.10\n  - numpy=1.2\n  - zlib=1\n",
            "name: x\ndependencies:\n  - python=3.10\n  - numpy=1.2\n  - zlib=1\n  - new=1.5\n",
        ),
        case(
            "bare, not indented, comments",
            "dependencies:\n- numpy  # why\n# below\nchannels: [x]\n",
            "dependencies:\n- numpy  # why\n- new\n# below\nchannels: [x]\n",
        ),
        case(
            "lower bounds, quoted",
            'dependencies:\n  - "numpy>=1"\n',
            'dependencies:\n  - "numpy>=1"\n  - "new>=1.5"\n',
        ),
        case(
            "a pip section",
            "dependencies:\n  - numpy\n  - pip\n  - pip:\n    - a==1\n    - b==2  # c\nname: x\n",
            "dependencies:\n  - numpy\n  - pip\n  - pip:\n    - a==1\n    - b==2  # c\n"
            "    - new==1.5\nname: x\n",
        ),
        case(
            "a pip section in the middle",
            "dependencies:\n- pip:\n  - a\n- numpy\n",
            "dependencies:\n- pip:\n  - a\n  - new\n- numpy\n",
        ),
        case("flow", "dependencies: [a, b]\n", "dependencies: [a, b, new]\n"),
        case(
            "flow in lines",
            "dependencies: [\n  a,\n  'b', ]\n",
            "dependencies: [\n  a,\n  'b', 'new', ]\n",
        ),
        case("null", "name: x\ndependencies:\n", "name: x\ndependencies:\n  - new>=1.5\n"),
        case("no list", "name: x", "name: x\ndependencies:\n  - new>=1.5\n"),
        case("empty list", "dependencies: []\n", "dependencies:\n  - new>=1.5\n"),
        case(
            "empty list and a comment",
            "dependencies: []  # none\nname: x\n",
            "dependencies:  # none\n  - new>=1.5\nname: x\n",
        ),
        case(
            "CRLF, no final newline",
            "dependencies:\r\n  - a=1\r\n  - b=2",
            "dependencies:\r\n  - a=1\r\n  - b=2\r\n  - new=1.5\r\n",
        ),
        case("wide hyphens", "dependencies:\n  -   a\n", "dependencies:\n  -   a\n  -   new\n"),
        case("there already", "dependencies:\n  - NEW\n", "dependencies:\n  - NEW\n"),
        case(
            "there with a channel",
            "dependencies:\n  - conda-forge::new=1\n",
            "dependencies:\n  - conda-forge::new=1\n",
        ),
        case(
            "there by pip",
            "dependencies:\n  - pip:\n    - New[x]>=1\n",
            "dependencies:\n  - pip:\n    - New[x]>=1\n",
        ),
    ],
)
def test_one_more(before: str, after: str) -> None:
    assert amend_environment_yml(before, [_NEW]) == after
    assert amend_environment_yml(after, [_NEW]) == after


@pytest.mark.parametrize(
    ("pypi", "conda"),
    [
        ("torch", "pytorch"),
        ("graphviz", "python-graphviz"),
        ("pandas", "pandas"),
        ("matplotlib", "matplotlib"),
        ("opencv-python-headless", "opencv"),
        ("hdf5", ""),
        ("snappy", ""),
    ],
)
def test_names_that_differ(pypi: str, conda: str) -> None:
    assert conda_name(pypi) == conda
    before = "dependencies:\n  - a\n"
    after = amend_environment_yml(before, [python(pypi)])
    assert after.splitlines()[2] == f"  - {conda or 'pip'}"
    assert amend_environment_yml(after, [python(pypi)]) == after


def test_what_conda_has_not_goes_to_a_new_pip_section() -> None:
    before = "dependencies:\n  - a\nname: x\n"
    added = python("c", "1", "git+https://x.org/c@abc#subdirectory=s")
    after = amend_environment_yml(before, [added, local(".")])
    assert after == (
        "dependencies:\n  - a\n  - pip\n  - pip:\n      - c @ git+https://x.org/c@abc#subdirectory=s\n"
        '      - "-e ."\nname: x\n'
    )
    assert amend_environment_yml(after, [added, local(".")]) == after


def test_what_conda_installed_goes_to_its_own_list() -> None:
    added = python("torch", "2.0")
    by_conda = type(added)("python", "torch", "2.0", tool="conda")
    before = "dependencies:\n  - a=1\n  - pip:\n    - b\n"
    assert amend_environment_yml(before, [by_conda]) == (
        "dependencies:\n  - a=1\n  - pytorch=2.0\n  - pip:\n    - b\n"
    )
    assert amend_environment_yml(before, [added]) == before + "    - torch\n"


def test_r() -> None:
    assert amend_environment_yml("dependencies:\n- r-base\n", [r("ggPlot2", "3")]) == (
        "dependencies:\n- r-base\n- r-ggplot2\n"
    )


@pytest.mark.parametrize(
    "text",
    ["dependencies: {a: 1}\n", "dependencies:\n ? - a\n", "a: [\n"],
)
def test_unusual(text: str) -> None:
    with pytest.raises(CannotAmend):
        amend_environment_yml(text, [_NEW])


_ITEM = st.sampled_from(
    ["numpy", "a=1.2", '"b>=2"', "'c'", "python=3.10", "conda-forge::d", "pip", "e ==1  # why"]
)


@given(
    items=st.lists(_ITEM, unique=True, max_size=6),
    pip=st.lists(st.sampled_from(["x==1", "y", '"z[w]"', "git+https://x.org/a.git"]), max_size=3),
    indent=st.sampled_from(["", "  ", "    "]),
    first=st.booleans(),
    tail=st.sampled_from(["", "# end\n", "name: x\n", "\n\nvariables:\n  A: 1\n"]),
    end=st.sampled_from(["\n", "\r\n"]),
    names=st.lists(st.sampled_from(["new", "torch", "graphviz", "x"]), unique=True),
)
def test_what_was_there_stays_and_what_is_new_is_read(
    items: list[str], pip: list[str], indent: str, first: bool, tail: str, end: str,
    names: list[str],
) -> None:  # fmt: skip
    lines = [f"{indent}- {item}" for item in items]
    section = [f"{indent}- pip:", *(f"{indent}    - {item}" for item in pip)] if pip else []
    body = [*section, *lines] if first else [*lines, *section]
    before = ("dependencies:\n" + "".join(f"{line}\n" for line in body) + tail).replace("\n", end)
    added = [python(name, "1.5") for name in names]
    after = amend_environment_yml(before, added)
    assert is_kept(before, after)
    old, new = (parse_environment_yml(text, "e").found.packages for text in (before, after))
    assert {item.name for item in new} == {item.name for item in old} | set(names)
    assert amend_environment_yml(after, added) == after
