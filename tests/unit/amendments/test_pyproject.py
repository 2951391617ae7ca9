# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.amendments.model import CannotAmend
from binder_lite.amendments.pyproject import amend_pyproject
from binder_lite.requirements.python.pyproject import parse_pyproject
from unit.amendments.made import is_kept, python

_HEAD = '[project]\nname = "x"\nversion = "1"\n'


def case(before: str, after: str, name: str) -> object:
    return pytest.param(_HEAD + before, _HEAD + after, id=name)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        case(
            'dependencies = [\n  "z>=1",\n  "b>=2",\n]\n',
            'dependencies = [\n  "z>=1",\n  "b>=2",\n  "new>=1.5",\n]\n',
            "a line each, unsorted",
        ),
        case(
            'dependencies = [\n  "b>=1",\n  "z>=2",\n]\n',
            'dependencies = [\n  "b>=1",\n  "new>=1.5",\n  "z>=2",\n]\n',
            "a line each, sorted",
        ),
        case(
            'dependencies = [\n    "z",  # one\n    # two\n    "b" # last\n    # end\n]\n',
            'dependencies = [\n    "z",  # one\n    # two\n    "b", # last\n    "new"\n'
            "    # end\n]\n",
            "comments, no comma at the end",
        ),
        case('dependencies = ["z", "b"]\n', 'dependencies = ["z", "b", "new"]\n', "in a line"),
        case(
            'dependencies = [ "z==1", "b==2", ] # c\n',
            'dependencies = [ "z==1", "b==2", "new==1.5", ] # c\n',
            "in a line, pinned, with a comma at the end",
        ),
        case("dependencies = ['z', 'b']\n", "dependencies = ['z', 'b', 'new']\n", "single quotes"),
        case("dependencies = []\n", 'dependencies = ["new>=1.5"]\n', "empty"),
        case("dependencies = [\n]\n", 'dependencies = [\n    "new>=1.5",\n]\n', "empty, two lines"),
        case(
            "dependencies = [\n  # none yet\n]\n",
            'dependencies = [\n  # none yet\n    "new>=1.5",\n]\n',
            "only a comment",
        ),
        case(
            'dependencies = ["z",\n                "b"]\n',
            'dependencies = ["z",\n                "b",\n                "new"]\n',
            "aligned with the bracket",
        ),
        case(
            'dependencies = [\r\n\t"z",\r\n\t"b"\r\n]\r\n',
            'dependencies = [\r\n\t"z",\r\n\t"b",\r\n\t"new"\r\n]\r\n',
            "CRLF and tabs",
        ),
        case(
            'dependencies = [\n  "z; python_version > \'3\'",\n  "b[x,y]",\n]',
            'dependencies = [\n  "z; python_version > \'3\'",\n  "b[x,y]",\n  "new",\n]',
            "markers, extras, no final newline",
        ),
        case('dependencies = ["New>=3"]\n', 'dependencies = ["New>=3"]\n', "there already"),
        case("", 'dependencies = ["new>=1.5"]\n', "no key"),
        case(
            '\n[tool.x]\ntext = """\n[project]\ndependencies = []\n"""\n',
            'dependencies = ["new>=1.5"]\n\n[tool.x]\ntext = """\n[project]\ndependencies = []\n'
            '"""\n',
            "a text that looks like it",
        ),
    ],
)
def test_one_more(before: str, after: str) -> None:
    assert amend_pyproject(before, [python("new", "1.5")]) == after
    assert amend_pyproject(after, [python("new", "1.5")]) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('project.dependencies = ["z"]\n', 'project.dependencies = ["z", "new"]\n'),
        (
            '[dependency-groups]\nnotebook = ["z"]\n',
            '[dependency-groups]\nnotebook = ["z", "new"]\n',
        ),
        (
            '[tool.poetry.dependencies]\npython = "^3.10"\nz = "^1"\nb = "^2"\n\n# dev\n'
            '[tool.poetry.group.dev.dependencies]\npytest = "*"\n',
            '[tool.poetry.dependencies]\npython = "^3.10"\nz = "^1"\nb = "^2"\nnew = "^1.5"\n\n'
            '# dev\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n',
        ),
        (
            '[tool.poetry.dependencies]\npython = "^3.10"\na = "1.0"\nz = "2.0"  # why\n',
            '[tool.poetry.dependencies]\npython = "^3.10"\na = "1.0"\nnew = "1.5"\n'
            'z = "2.0"  # why\n',
        ),
        (
            '[tool.poetry.dependencies]\nz = "*"\na = {version = "*", extras = ["x"]}\n',
            '[tool.poetry.dependencies]\nz = "*"\na = {version = "*", extras = ["x"]}\nnew = "*"\n',
        ),
        (
            '[tool.poetry.dependencies]\npython = "^3.10"',
            '[tool.poetry.dependencies]\npython = "^3.10"\nnew = "^1.5"\n',
        ),
        (
            '[tool.poetry.dependencies]\nz = ">=1"\n',
            '[tool.poetry.dependencies]\nz = ">=1"\nnew = ">=1.5"\n',
        ),
    ],
)
def test_other_places(before: str, after: str) -> None:
    assert amend_pyproject(before, [python("new", "1.5")]) == after
    assert amend_pyproject(after, [python("new", "1.5")]) == after


def test_poetry_has_its_own_form_of_repositories() -> None:
    added = python("new", "1", "git+ssh://git@x.org/new@abc#subdirectory=s")
    after = amend_pyproject('[tool.poetry.dependencies]\nz = "*"\n', [added])
    table = tomllib.loads(after)["tool"]["poetry"]["dependencies"]["new"]
    assert table == {"git": "ssh://git@x.org/new", "rev": "abc", "subdirectory": "s"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[project]\nname = "x"\ndynamic = ["dependencies"]\n', "dynamic"),
        ('[build-system]\nrequires = ["setuptools"]\n', "neither"),
        ('project = { name = "x", dependencies = ["a"] }\n', "unusual"),
        ("[project\n", "TOML"),
    ],
)
def test_what_cannot_be_changed(text: str, why: str) -> None:
    with pytest.raises(CannotAmend, match=why):
        amend_pyproject(text, [python("new", "1.5")])


_ITEM = st.sampled_from(['"numpy"', "'a>=1'", '"scikit_learn==1"', "\"z[x,y] ; os_name == 'nt'\""])
_GAP = st.sampled_from(["", " ", "\n  ", "\n\t", "  # c ] , \n  ", "\n\n    # '\n    "])


@given(
    items=st.lists(st.tuples(_GAP, _ITEM, _GAP), max_size=5),
    comma=st.booleans(),
    last=_GAP,
    end=st.sampled_from(["\n", "\r\n"]),
    names=st.lists(st.sampled_from(["new", "a", "aa", "zz"]), max_size=3, unique=True),
)
def test_what_was_there_stays_and_what_is_new_is_read(
    items: list[tuple[str, str, str]], comma: bool, last: str, end: str, names: list[str]
) -> None:
    body = ",".join(before + item + after for before, item, after in items)
    body += "," if comma and items else ""
    before = f"{_HEAD}dependencies = [{body}{last}]\nother = 1\n".replace("\n", end)
    added = [python(name, "1.5") for name in names]
    try:
        after = amend_pyproject(before, added)
    except CannotAmend:
        assert not items  # Nothing but comments in odd places.
        return
    assert is_kept(before, after)
    old, new = (parse_pyproject(text, "p").found.packages for text in (before, after))
    assert {item.name for item in new} == {item.name for item in old} | set(names)
    assert amend_pyproject(after, added) == after
