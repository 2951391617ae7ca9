# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from binder_lite.errors import BadRequirements, UnsafePath
from binder_lite.requirements.model import Origin
from binder_lite.requirements.python.includes import read_includes, read_requirements_txt
from binder_lite.requirements.python.requirements_txt import Include
from binder_lite.requirements.tree import Tree


def write(root: Path, **files: str) -> Tree:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_txt", ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(root)


def names(tree: Tree, path: str = "requirements.txt") -> list[str]:
    return [item.name for item in read_requirements_txt(tree, path).packages]


def test_a_file_that_two_others_include_is_read_once(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        requirements_txt="-r a.txt\n-r b.txt",
        a_txt="-r c.txt\na",
        b_txt="-r c.txt\nb",
        c_txt="c",
    )
    found = read_requirements_txt(tree, "requirements.txt")
    assert sorted(item.name for item in found.packages) == ["a", "b", "c"]
    assert found.build_files == ("requirements.txt", "a.txt", "c.txt", "b.txt")


def test_what_a_constraints_file_includes_constrains_only(tmp_path: Path) -> None:
    tree = write(tmp_path, requirements_txt="a\n-c c.txt", c_txt="-r d.txt", d_txt="b==1")
    found = read_requirements_txt(tree, "requirements.txt")
    assert [item.name for item in found.packages] == ["a"]
    assert [item.name for item in found.constraints] == ["b"]


def test_a_file_may_constrain_and_be_required(tmp_path: Path) -> None:
    tree = write(tmp_path, requirements_txt="-r a.txt\n-c a.txt", a_txt="b==1")
    found = read_requirements_txt(tree, "requirements.txt")
    assert [item.name for item in (*found.packages, *found.constraints)] == ["b", "b"]


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("-r requirements.txt", "requirements.txt → requirements.txt"),
        ("-c ./requirements.txt", "requirements.txt → requirements.txt"),
        ("-r x/../requirements.txt", "requirements.txt → requirements.txt"),
    ],
)
def test_a_circle_is_told(tmp_path: Path, text: str, chain: str) -> None:
    with pytest.raises(BadRequirements, match=chain):
        names(write(tmp_path, requirements_txt=text))


@pytest.mark.parametrize("path", ["../b.txt", "/etc/hosts", "~/b.txt", "a/../../b.txt"])
def test_an_include_that_leaves_is_refused(tmp_path: Path, path: str) -> None:
    tree = write(tmp_path / "checkout", requirements_txt=f"-r {path}")
    (tmp_path / "b.txt").write_text("secret")
    with pytest.raises(UnsafePath, match=r"requirements\.txt:1"):
        names(tree)


def test_an_include_by_a_link_that_leaves_is_refused(tmp_path: Path) -> None:
    tree = write(tmp_path / "checkout", requirements_txt="-r link.txt")
    (tmp_path / "b.txt").write_text("secret")
    (tmp_path / "checkout" / "link.txt").symlink_to("../b.txt")
    with pytest.raises(UnsafePath):
        names(tree)


def test_a_missing_include_offers_the_nearest_name(tmp_path: Path) -> None:
    tree = write(tmp_path, requirements_txt="-r requirments/dev.txt", requirements__dev_txt="a")
    with pytest.raises(BadRequirements, match=r"requirements\.txt:1") as caught:
        names(tree)
    assert "requirements/dev.txt" in caught.value.hint


def test_a_file_from_elsewhere_is_missing(tmp_path: Path) -> None:
    tree = write(tmp_path, requirements_txt="-c https://me:secret@example.org/c.txt\na")
    found = read_requirements_txt(tree, "requirements.txt")
    assert [item.name for item in found.packages] == ["a"]
    assert "secret" not in found.missing[0].name
    assert "not part of the repository" in found.missing[0].reason


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    text = "\n".join(f"-r {number}.txt" for number in range(200))
    files = {f"{number}_txt": "a" for number in range(200)}
    with pytest.raises(BadRequirements, match="More than 100"):
        names(write(tmp_path, requirements_txt=text, **files))


@pytest.mark.parametrize(
    ("file", "line", "settled"),
    [
        ("requirements.txt", "-e .", "."),
        ("requirements.txt", "./tools", "tools"),
        ("binder/requirements.txt", "-e .", "."),
        ("binder/requirements.txt", "-e ..", "."),
        ("binder/requirements.txt", "../tools", "tools"),
        # Beside the file, where the root has none.
        ("tools/requirements.txt", "./sub", "tools/sub"),
    ],
)
def test_a_local_package_is_found_from_the_root(
    tmp_path: Path, file: str, line: str, settled: str
) -> None:
    tree = write(tmp_path, tools__sub__setup_txt="")
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(line)
    assert [item.url for item in read_requirements_txt(tree, file).packages] == [settled]


@pytest.mark.parametrize("line", ["-e ../other", "./a/../../other", "-f ../wheels"])
def test_a_local_package_that_leaves_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(UnsafePath):
        names(write(tmp_path, requirements_txt=line))


def test_a_local_package_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequirements, match=r"requirements\.txt:2 asks for './tool'"):
        names(write(tmp_path, requirements_txt="a\n./tool"))


def test_other_formats_include_such_files_too(tmp_path: Path) -> None:
    tree = write(tmp_path, binder__more_txt="a")
    include = Include("more.txt", "requirements", Origin("binder/environment.yml", 4))
    assert [item.name for item in read_includes(tree, (include,)).packages] == ["a"]
