# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.manifests.merging import merge_manifest
from binder_lite.manifests.model import Entry
from binder_lite.manifests.writing import write_manifest
from binder_lite.requirements.guix.text import GuixPackage, NotPlain, parse_guix
from unit.manifests.strategies import entries, specifications

NEW = (Entry("z", comment="z>1, r.txt:1"),)
BARE = (Entry("y"), Entry("z"))

# What the person wrote, what is added, and the result.
MERGED = {
    "one line": (
        '(specifications->manifest (list "a" "b"))\n',
        BARE,
        '(specifications->manifest (list "a" "b" "y" "z"))\n',
    ),
    "one line, with a comment": (
        '(specifications->manifest (list "a" "b"))\n',
        NEW,
        '(specifications->manifest (list "a" "b"\n'
        '                                "z"))  ;z>1, r.txt:1\n',
    ),
    "one line that would be long": (
        '(specifications->manifest (list "a" "b"))\n',
        [Entry(letter * 20) for letter in "xyz"],
        '(specifications->manifest (list "a" "b"\n'
        f'                                "{"x" * 20}"\n'
        f'                                "{"y" * 20}"\n'
        f'                                "{"z" * 20}"))\n',
    ),
    "quoted": (
        "(specifications->manifest\n '(\"a\" \"b\"))\n",
        NEW,
        "(specifications->manifest\n '(\"a\" \"b\"\n   \"z\"))  ;z>1, r.txt:1\n",
    ),
    "a line each": (
        '(specifications->manifest\n (list "a"\n       "b"))\n',
        [*NEW, Entry("yyyyyy", "system"), Entry("x", "kernel", "x.ipynb")],
        '(specifications->manifest\n (list "a"\n       "b"\n'
        '       "x"  ;x.ipynb\n'
        '       "z"  ;z>1, r.txt:1\n'
        '       "yyyyyy"))\n',
    ),
    "a parenthesis on a line of its own": (
        '(specifications->manifest\n  (list\n    "a" ; first\n    "b"\n  )\n)\n',
        BARE,
        '(specifications->manifest\n  (list\n    "a" ; first\n    "b"\n    "y"\n    "z"\n  )\n)\n',
    ),
    "a comment after the last item": (
        '(specifications->manifest\n (list "a"\n       "b"   ; second\n       ;; "c"\n       ))\n',
        NEW,
        '(specifications->manifest\n (list "a"\n       "b"   ; second\n'
        '       "z"   ;z>1, r.txt:1\n       ;; "c"\n       ))\n',
    ),
    "a comment after the last parenthesis stays with its item": (
        '(specifications->manifest\n (list "a"\n       "b"))  ; second\n',
        NEW,
        '(specifications->manifest\n (list "a"\n       "z"  ;z>1, r.txt:1\n'
        '       "b"))  ; second\n',
    ),
    "a comment after the only item stays with it": (
        '(specifications->manifest (list "b"))  ; only\n',
        NEW,
        '(specifications->manifest (list "z"  ;z>1, r.txt:1\n'
        '                                "b"))  ; only\n',
    ),
    "a comment of two lines is not parted": (
        '(specifications->manifest\n (list "a"  ;one\n            ;two\n       "b"))  ; second\n',
        NEW,
        '(specifications->manifest\n (list "a"  ;one\n            ;two\n'
        '       "z"  ;z>1, r.txt:1\n       "b"))  ; second\n',
    ),
    "code after it on the line": (
        '(specifications->manifest (append (list "a") (list "b")))',
        NEW,
        '(specifications->manifest (append (list "a"\n'
        "                                        ;; z>1, r.txt:1\n"
        '                                        "z") (list "b")))',
    ),
    "a block comment": (
        '(specifications->manifest (list "a" #| b |#))\n',
        NEW,
        '(specifications->manifest (list "a" #| b |#\n'
        '                                "z"))  ;z>1, r.txt:1\n',
    ),
    "a block comment of two lines": (
        '(specifications->manifest\n (list "a" #| b\n    ) |#\n       "c"))',
        NEW,
        '(specifications->manifest\n (list "a" #| b\n    ) |#\n       "c"\n'
        '       "z"))  ;z>1, r.txt:1',
    ),
    "an item that is a comment": (
        '(specifications->manifest (list "a" #;"z"))\n',
        BARE,
        '(specifications->manifest (list "a" #;"z" "y" "z"))\n',
    ),
    "empty list": (
        "(specifications->manifest (list))\n",
        BARE,
        '(specifications->manifest (list "y" "z"))\n',
    ),
    "empty list, with a comment": (
        "(specifications->manifest '())\n",
        [*NEW, Entry("y")],
        '(specifications->manifest \'("y"\n                            "z"))  ;z>1, r.txt:1\n',
    ),
    "empty list of two lines": (
        "(specifications->manifest\n (list ; nothing yet\n  ))\n",
        NEW,
        '(specifications->manifest\n (list ; nothing yet\n  "z"  ;z>1, r.txt:1\n  ))\n',
    ),
    "Windows' line ends, none at the end": (
        '; x\r\n(specifications->manifest\r\n (list "a" ; one\r\n       "b"\r\n ))',
        NEW,
        '; x\r\n(specifications->manifest\r\n (list "a" ; one\r\n       "b"\r\n'
        '       "z"  ;z>1, r.txt:1\r\n ))',
    ),
    "Windows' line ends, a comment at the end": (
        '(specifications->manifest\r\n (list "a" ; one\r\n       "b")) ; two\r\n',
        NEW,
        '(specifications->manifest\r\n (list "a" ; one\r\n       "z"  ;z>1, r.txt:1\r\n'
        '       "b")) ; two\r\n',
    ),
    "tabs": (
        '(specifications->manifest\n\t(list "a"))\n',
        NEW,
        '(specifications->manifest\n\t(list "a"\n\t      "z"))  ;z>1, r.txt:1\n',
    ),
    "a definition": (
        "(define names\n  '(\"a\"))\n\n(specifications->manifest names)\n",
        NEW,
        "(define names\n  '(\"a\"\n    \"z\"))  ;z>1, r.txt:1\n\n"
        "(specifications->manifest names)\n",
    ),
    "several manifests": (
        "(concatenate-manifests\n (list (packages->manifest (list c))\n"
        '       (specifications->manifest (list "a"))\n'
        '       (specifications->manifest (list "b"))))\n',
        BARE,
        "(concatenate-manifests\n (list (packages->manifest (list c))\n"
        '       (specifications->manifest (list "a" "y" "z"))\n'
        '       (specifications->manifest (list "b"))))\n',
    ),
    "names in a map": (
        "(packages->manifest (map specification->package '(\"a\")))\n",
        BARE,
        '(packages->manifest (map specification->package \'("a" "y" "z")))\n',
    ),
    "variables": (
        "(use-modules (gnu packages a))\n(packages->manifest (list a python-3.10))\n",
        [Entry("a@2"), Entry("python"), Entry("python:tk"), Entry("z:out"), Entry("y:lib")],
        "(use-modules (gnu packages a))\n(packages->manifest (list a python-3.10\n"
        '                          (list (specification->package "python@3.10") "tk")\n'
        '                          (list (specification->package "y") "lib")\n'
        '                          (specification->package "z")))\n',
    ),
    "variables, quasi-quoted": (
        "(packages->manifest\n `(,a\n   (,b \"lib\")))\n",
        [Entry("z@1"), Entry("b:out")],
        "(packages->manifest\n `(,a\n   (,b \"lib\")\n   ,(specification->package \"b\")\n"
        "   ,(specification->package \"z@1\")))\n",
    ),
    "another output, in the version that is there": (
        '(specifications->manifest\n (list "git@2.4" "git:gui" "python@3"))\n',
        [Entry("git"), Entry("git:gui"), Entry("git@2.6:send-email"), Entry("python@3.11:out")],
        '(specifications->manifest\n'
        ' (list "git@2.4" "git:gui" "python@3" "git@2.4:send-email"))\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MERGED)
def test_what_is_new_is_put_in_between(case: str) -> None:
    before, new, after = MERGED[case]
    assert merge_manifest(before, new) == after
    assert merge_manifest(after, new) == after
    assert merge_manifest(before, list(new)[::-1]) == after
    assert is_subsequence(before, after)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(", "not closed"),
        ("(load \"x.scm\")", "uses `load`"),
        ("(package (inputs (list a)))", "is a package"),
        ("(packages->manifest '(a))", "no list"),
        ("(concatenate-manifests (list))", "no list"),
        ('(specifications->manifest (cons "a" b))', "uses `cons`"),
        (';; coding: utf-16\n(specifications->manifest (list "a"))', "encoding"),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_refused(text: str, said: str) -> None:
    with pytest.raises(NotPlain, match=said):
        merge_manifest(text, NEW)
    assert merge_manifest(text, []) == text


def test_what_a_list_cannot_hold_is_refused() -> None:
    text = '(packages->manifest (map specification->package (list "a")))'
    with pytest.raises(NotPlain, match="output"):
        merge_manifest(text, [Entry("git:gui")])
    with pytest.raises(NotPlain, match="names no package"):
        merge_manifest('(specifications->manifest (list "a"))', [Entry('b" "c')])


# Lists as people write them, with holes for items; what is between items is said once.
_GAPS = st.sampled_from([
    " ", "\n  ", " ; note)\n", "\n\n ;; \"not\"\n ", " #| ( |# ", " #;\"gone\" ", "\r\n", "\t",
])  # fmt: skip
_FRAMES = st.sampled_from([
    ("(specifications->manifest (list", "))"),
    ("(specifications->manifest '(", "))"),
    (";; mine\n(specifications->manifest\n (list", ")) ; done"),
    ("(define l `(", "))\n(specifications->manifest l)\n"),
    (
        "(concatenate-manifests (list (packages->manifest (list q))\n"
        "(specifications->manifest (list",
        ")) (specifications->manifest '())))",
    ),
    ("(specifications->manifest (append (list", ') (list "w"))) ; end\n'),
    ("(packages->manifest (map specification->package+output (list", ")))"),
    ("(packages->manifest (list x", "))"),
])  # fmt: skip


@st.composite
def manifests(draw: st.DrawFn) -> str:
    opening, closing = draw(_FRAMES)
    names = draw(st.lists(specifications, max_size=4))
    if "packages->manifest (list x" in opening:
        names = []
    return opening + "".join(f'{draw(_GAPS)}"{name}"' for name in names) + draw(_GAPS) + closing


@given(manifests(), st.lists(entries, max_size=6), st.randoms())
def test_the_result_names_both_and_keeps_every_character(text, new, random) -> None:  # type: ignore[no-untyped-def]
    try:
        merged = merge_manifest(text, new)
    except NotPlain as error:
        assert "output" in str(error)
        return
    assert is_subsequence(text, merged)
    before, after = keys(parse_guix(text)), keys(parse_guix(merged))
    asked = keys(parse_guix(write_manifest(new)))
    assert before | asked == after
    assert merge_manifest(merged, new) == merged
    random.shuffle(new)
    assert merge_manifest(text, new) == merged


@given(st.lists(entries), st.lists(entries, min_size=1))
def test_what_is_written_here_can_be_merged_into(old: list[Entry], new: list[Entry]) -> None:
    text = write_manifest(old, header=["A header."])
    merged = merge_manifest(text, new)
    assert is_subsequence(text, merged)
    assert keys(parse_guix(merged)) == keys(parse_guix(write_manifest([*old, *new])))


@given(st.text(alphabet="()[]'`,@#;|\"\\ab \n"), st.lists(entries))
def test_any_text_is_merged_or_not_plain(text: str, new: list[Entry]) -> None:
    try:
        assert is_subsequence(text, merge_manifest(text, new))
    except NotPlain as error:
        assert str(error)


def keys(packages: tuple[GuixPackage, ...]) -> set[tuple[str, str]]:
    return {(package.name, package.output or "out") for package in packages}


def is_subsequence(part: str, whole: str) -> bool:
    characters = iter(whole)
    return all(each in characters for each in part)
