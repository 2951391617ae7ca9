# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from binder_lite.requirements.model import Origin, Requirement, Requirements, joined

NUMPY = Requirement("numpy", Origin("a.txt", 1))
SCIPY = Requirement("scipy", Origin("a.txt", 2))


def test_an_origin_reads_as_editors_and_compilers_write_it() -> None:
    assert str(Origin("a.txt", 3)) == "a.txt:3"
    assert str(Origin("a.txt")) == "a.txt"


def test_joining_keeps_the_order_and_each_item_once() -> None:
    one = Requirements(packages=(SCIPY, NUMPY), build_files=("a",))
    two = Requirements(packages=(NUMPY,), build_files=("b", "a"))
    assert joined(one, two) == Requirements(packages=(SCIPY, NUMPY), build_files=("a", "b"))


def test_joining_takes_the_first_text_and_any_truth() -> None:
    one = Requirements(directory="binder", reads_tree=False)
    two = Requirements(directory="other", post_build="postBuild", reads_tree=True)
    found = joined(one, two)
    assert (found.directory, found.post_build, found.reads_tree) == ("binder", "postBuild", True)


def test_joining_nothing_asks_for_nothing() -> None:
    assert joined() == Requirements()
