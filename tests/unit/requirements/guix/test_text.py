# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.requirements.guix.text import (
    GuixPackage,
    List,
    NotPlain,
    Symbol,
    Text,
    parse_guix,
    parse_package_lists,
    parse_specification,
    read_expressions,
)

PLAIN = [
    ('(specifications->manifest (list "a" "b"))', "a b"),
    ('(specifications->manifest \'("a" "b"))', "a b"),
    ('(specifications->manifest (quote ("a")))', "a"),
    ('(specifications->manifest `("a" "b@1.2" "c:out" "d@2:lib"))', "a b@1.2 c:out d@2:lib"),
    ('(packages->manifest (list (specification->package "a") python-b))', "a python-b"),
    ('(packages->manifest (list (list (specification->package "a") "out")))', "a:out"),
    ('(packages->manifest (map specification->package (list "a")))', "a"),
    ('(packages->manifest (list (specification->package+output "a:doc")))', "a:doc"),
    (
        '(define m (specifications->manifest (list "b")))'
        '(concatenate-manifests (list (specifications->manifest (list "a")) m))',
        "a b",
    ),
    ('(define n \'("a"))(specifications->manifest (append n (list "b")))', "a b"),
    ('(use-modules (a))\n;; c\n#| d |#(specifications->manifest (list #;"b" "a"))', "a"),
    ("(specifications->manifest (list))", ""),
    ('(package (inputs (list a `(,b "out"))) (native-inputs `(("c" ,c))))', "a b:out c"),
    ('(package (inputs `(("a" ,a "lib"))))', "a:lib"),
    ("(define-public x (package (propagated-inputs (list a))))", "a"),
    ("(define x (package (inputs (list a)))) x", "a"),
    ('(package (name "alone"))', ""),
    ('(define c #\\;)(define d #\\")(specifications->manifest (list "a"))', "a"),
    ('#!/bin/guix repl\n(!#(specifications->manifest (list "a"))', "a"),
    (';; -*- coding: utf-8; mode: scheme -*-\n(specifications->manifest (list "a"))', "a"),
    ('(specifications->manifest (list "a" #;(b "c") #;\'d "e"))', "a e"),
]

NOT_PLAIN = [
    "",
    "x",
    '"x"',
    "(",
    ")",
    "((",
    "'",
    "(')",
    '"open',
    "#| open",
    "(quote)",
    '(specifications->manifest (list "a")',
    "(specifications->manifest)",
    "(specifications->manifest 'a)",
    "(specifications->manifest (quasiquote))",
    '(specifications->manifest (list (getenv "X")))',
    '(specifications->manifest (list "a b"))',
    "(specifications->manifest (list ()))",
    '(load "guix.scm")',
    '(system "reboot")',
    '(packages->manifest (list (package (inherit python) (name "p"))))',
    "(package->development-manifest x)",
    "(package (inputs))",
    "(concatenate-manifests a)",
    "(concatenate-manifests (list m))",
    "(let ((a 1)) a)",
    "(define (f) 1)",
    "(define a a)(specifications->manifest a)",
    "(define a (append a))(specifications->manifest a)",
    "(define a (append b b))(define b (append a a))(specifications->manifest a)",
    # Guile reads these otherwise than they look.
    '(specifications->manifest (list #;#;"a" "b" "c"))',
    '(specifications->manifest (list \'#;a "b"))',
    '#| #| |# (a |# (specifications->manifest (list "b"))',
    '(specifications->manifest (list "a" #!fold-case "b"))',
    '(specifications->manifest (list "a" #{b"}# "c"))',
    '; vim: set fileencoding=utf-7 :\n(specifications->manifest (list "a"))',
    ';coding: utf-8-mac\n(specifications->manifest (list "a"))',
    '(specifications->manifest (list "a\n"))',
]


def shown(package: GuixPackage) -> str:
    version = f"@{package.version}" if package.version else ""
    return package.name + version + (f":{package.output}" if package.output else "")


@pytest.mark.parametrize(("text", "names"), PLAIN, ids=range(len(PLAIN)))
def test_plain_forms_name_their_packages(text: str, names: str) -> None:
    assert " ".join(map(shown, parse_guix(text))) == names


@pytest.mark.parametrize("text", NOT_PLAIN, ids=range(len(NOT_PLAIN)))
def test_what_does_more_is_not_plain(text: str) -> None:
    with pytest.raises(NotPlain) as caught:
        parse_guix(text)
    assert 0 < len(str(caught.value)) < 120


def test_lists_that_use_each_other_end() -> None:
    text = "(define a0 '())" + "".join(
        f"(define a{n} (append a{n - 1} a{n - 1}))" for n in range(1, 60)
    )
    with pytest.raises(NotPlain, match="too many"):
        parse_guix(text + "(specifications->manifest a59)")


def test_depth_does_no_harm() -> None:
    assert read_expressions("(" * 100_000 + ")" * 100_000)
    with pytest.raises(NotPlain):
        parse_guix("(append " * 50_000 + ")" * 50_000)


def test_lines_are_known() -> None:
    text = '(specifications->manifest\n (list "a" ; "x"\n\n "b"))'
    assert [package.line for package in parse_guix(text)] == [2, 4]


def test_expressions_are_read_without_meaning() -> None:
    assert read_expressions('(a "b\\"c" \'d)') == [
        (Symbol("a", 1), Text('b"c', 1), (Symbol("quote", 1), Symbol("d", 1)))
    ]


LISTS = [
    ('(specifications->manifest (list "a" "b"))', ['specifications list (list "a" "b")']),
    ("(specifications->manifest '())", ["specifications quote ()"]),
    ('(specifications->manifest (quote ("a")))', ['specifications quote ("a")']),
    ('(define l `("a")) ;(\n(specifications->manifest l)', ['specifications quasiquote ("a")']),
    ("(packages->manifest (list a (list b)))", None),
    ("(packages->manifest (list a b))", ["packages list (list a b)"]),
    ('(packages->manifest (map specification->package \'("a")))', ['names quote ("a")']),
    (
        "(concatenate-manifests (list (packages->manifest (list a))"
        ' (specifications->manifest (append (list "b") (list)))))',
        ["packages list (list a)", 'specifications list (list "b")', "specifications list (list)"],
    ),
    ("(package (inputs (map specification->package '())))", ["inputs quote ()"]),
]


@pytest.mark.parametrize(("text", "shown"), LISTS, ids=range(len(LISTS)))
def test_lists_of_packages_know_their_place(text: str, shown: list[str] | None) -> None:
    if shown is None:
        with pytest.raises(NotPlain):
            parse_package_lists(text)
        return
    assert [
        f"{each.holds} {each.style} {text[slice(*each.place.span)]}"
        for each in parse_package_lists(text)
    ] == shown


def test_parts_of_a_list_are_all_that_is_no_comment_line_quotes_included() -> None:
    text = '(a \'b ;c\n #;(d) ,@ e "f" #| g |# [h])'
    (read,) = read_expressions(text)
    assert isinstance(read, List)
    assert len(read) == 5
    assert [text[start:end] for start, end in read.parts] == [
        "a", "'b", "#;(d)", ",@ e", '"f"', "[h]",
    ]  # fmt: skip


def test_specifications_are_parsed_or_not() -> None:
    assert parse_specification("git@2.4:send-email", 7) == GuixPackage(
        "git", 7, "2.4", "send-email"
    )
    assert parse_specification("a b") is None
    assert parse_specification("a\n") is None
    assert parse_specification("") is None


@given(st.text(alphabet="()[]'`,@#;|\"\\ab \n"))
def test_any_text_is_plain_or_not(text: str) -> None:
    try:
        assert all(isinstance(package, GuixPackage) for package in parse_guix(text))
    except NotPlain as error:
        assert str(error)
