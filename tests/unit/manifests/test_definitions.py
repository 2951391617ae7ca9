# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.manifests.definitions import (
    Definition,
    parse_definitions,
    together,
    usable,
    write_packages,
)
from binder_lite.requirements.guix.text import NotPlain, read_expressions

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> tuple[Definition, ...]:
    return parse_definitions((RECORDED / name).read_text(encoding="utf-8"))


def guix(*packages: Package) -> Catalogue:
    return Catalogue(packages, "1.5.0")


def package(
    name: str,
    version: str = "1",
    module: str = "gnu packages x",
    variable: str = "",
    propagated: tuple[str, ...] = (),
) -> Package:
    return Package(
        name=name, version=version, module=module, variable=variable, propagated=propagated
    )


def definition(name: str, *inputs: str) -> Definition:
    return Definition(name, f"(define-public {name} x)", "1", frozenset(inputs), frozenset())


def names(definitions: tuple[Definition, ...]) -> list[str]:
    return [each.name for each in definitions]


def test_what_pypis_importer_prints_is_read() -> None:
    cowsay, moo = recorded("pypi-moo-table.scm")
    assert (cowsay.name, cowsay.version) == ("python-cowsay", "6.0")
    assert moo.inputs == {
        "python-cowsay", "python-numpy", "python-setuptools", "python-wheel",
    }  # fmt: skip
    assert moo.text.startswith("(define-public python-moo-table\n  (package\n")
    assert moo.text.endswith("(license #f)))")


def test_what_crans_importer_prints_is_read() -> None:
    (fortunes,) = recorded("cran-fortunes.scm")
    assert fortunes.version == "1.5-4"
    assert fortunes.inputs == {
        "gfortran", "libxml2", "r-cowplot", "r-knitr", "r-rcpp", "zlib",
    }  # fmt: skip


GOOD = '(define-public a (package (name "a") (version "1") {}))'


@pytest.mark.parametrize(
    ("fields", "inputs"),
    [
        ("(inputs (list b c))", {"b", "c"}),
        ('(inputs (list b `(quoted))) (native-inputs (list (list d "doc")))', None),
        ('(native-inputs (list (list d "doc")))', {"d"}),
        ("(propagated-inputs (list))", set()),
        ("", set()),
        ("(inputs `((b ,b)))", None),
        ("(inputs (modify-inputs (package-inputs b)))", None),
    ],
)
def test_inputs_are_lists_of_packages(fields: str, inputs: set[str] | None) -> None:
    text = GOOD.format(fields)
    if inputs is None:
        with pytest.raises(NotPlain):
            parse_definitions(text)
    else:
        assert parse_definitions(text)[0].inputs == inputs


def test_a_package_within_let_is_read() -> None:
    text = '(define-public a (let ((commit "c")) (package (name "a") (version (f commit)))))'
    (found,) = parse_definitions(text)
    assert (found.name, found.version) == ("a", "")


@pytest.mark.parametrize(
    "text",
    [
        "(define a (package))",
        '(define-public a (package (name "b") (version "1")))',
        '(define-public (a) (package (name "a")))',
        '(define-public a (begin (system "x") (package (name "a"))))',
        '(define-public #{a b}# (package (name "a b")))',
        '(system* "x")',
        '#.(system* "x")',
        '(define-public a (package (name "a"))',
        "Starting download of /tmp/x\n",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotPlain):
        parse_definitions(text)


def test_nothing_defines_nothing() -> None:
    assert parse_definitions("\n\n") == ()


def test_what_was_asked_for_counts_before_what_another_needs() -> None:
    pinned = Definition("a", "(pinned)", "1")
    newest = Definition("a", "(newest)", "2")
    both = [(newest, definition("b", "a")), (pinned,)]
    assert together(both)["a"] is pinned
    assert together(reversed(both))["a"] is pinned


def test_of_two_that_were_asked_for_the_order_does_not_decide() -> None:
    imports = [(Definition("a", "(one)", "1"),), (Definition("a", "(two)", "2"),)]
    assert together(imports) == together(reversed(imports))
    needed = [(*each, definition("z")) for each in imports]
    assert together(needed) == together(reversed(needed))


GUIX = guix(
    package("python-numpy", "2.3", variable="python-numpy-2"),
    package("python-numpy", "1.26"),
    package("pandas", "2", propagated=("python-numpy@2.3",)),
    package("python-old", "1", module="gnu packages old", variable="python-old-1"),
)


def test_what_is_needed_comes_first_and_once() -> None:
    found = {each.name: each for each in [definition("a", "z"), definition("z"), definition("m")]}
    loaded = usable(found, ["a", "z", "m"], GUIX)
    assert names(loaded.definitions) == ["z", "a", "m"]
    assert loaded.unusable == ()


def test_only_what_is_wanted_is_loaded() -> None:
    found = {each.name: each for each in [definition("a", "z"), definition("z"), definition("m")]}
    assert names(usable(found, ["a"], GUIX).definitions) == ["z", "a"]


def test_a_name_means_the_variable_that_is_called_so() -> None:
    loaded = usable({"a": definition("a", "python-numpy")}, ["a"], GUIX)
    assert loaded.bindings == (("gnu packages x", "python-numpy", "python-numpy"),)


def test_the_version_that_the_profile_has_anyway_is_taken() -> None:
    pandas = GUIX.by_name["pandas"]
    loaded = usable({"a": definition("a", "python-numpy")}, ["a"], GUIX, pandas)
    assert loaded.bindings == (("gnu packages x", "python-numpy-2", "python-numpy"),)


def test_a_variable_of_another_name_gets_the_packages_name() -> None:
    loaded = usable({"a": definition("a", "python-old")}, ["a"], GUIX)
    assert loaded.bindings == (("gnu packages old", "python-old-1", "python-old"),)


def test_what_needs_something_that_is_nowhere_is_unusable() -> None:
    found = {each.name: each for each in [definition("a", "b"), definition("b", "gone")]}
    loaded = usable({**found, "c": definition("c")}, ["a", "c"], GUIX)
    assert names(loaded.definitions) == ["c"]
    reason = "it needs gone, which Guix lacks and no importer found"
    assert loaded.unusable == (("a", reason), ("b", reason))


def test_what_needs_itself_is_unusable() -> None:
    found = {
        each.name: each
        for each in [definition("a", "b"), definition("b", "a"), definition("c", "a")]
    }
    assert usable(found, ["c"], GUIX).unusable == (
        ("a", "a needs itself, by way of b; cut the circle by hand"),
        ("b", "b needs itself, by way of a; cut the circle by hand"),
        ("c", "a needs itself, by way of b; cut the circle by hand"),
    )


@given(
    st.dictionaries(
        st.sampled_from("abcdef"), st.frozensets(st.sampled_from("abcdefgh"), max_size=3)
    ),
    st.randoms(),
)
def test_each_is_usable_or_not_and_in_an_order_that_loads(
    inputs: dict[str, frozenset[str]], random: Random
) -> None:
    catalogue = guix(package("g"))
    found = {name: definition(name, *needed) for name, needed in inputs.items()}
    loaded = usable(found, found, catalogue)
    order = names(loaded.definitions)
    assert sorted([*order, *(name for name, _ in loaded.unusable)]) == sorted(found)
    for at, each in enumerate(loaded.definitions):
        assert each.inputs <= {"g", *order[:at]}
    shuffled = list(found)
    random.shuffle(shuffled)
    again = usable({name: found[name] for name in shuffled}, shuffled, catalogue)
    assert again == loaded


REAL = guix(
    package("python-numpy", module="gnu packages python-xyz"),
    package("python-setuptools", module="gnu packages python-build"),
    package("python-wheel", module="gnu packages python-build"),
    package("r-rcpp", module="gnu packages cran"),
    package("r-cowplot", module="gnu packages cran"),
    package("r-knitr", module="gnu packages statistics"),
    package("libxml2", module="gnu packages xml"),
    package("zlib", module="gnu packages compression"),
)


def written(*files: str) -> str:
    imports = [recorded(name) for name in files]
    wanted = [each[-1].name for each in imports]
    loaded = usable(together(imports), wanted, REAL)
    comments = [(name, f"{name}, requirements.txt:1") for name in wanted]
    return write_packages(loaded, comments, module="packages", header="What Guix lacks.")


def test_the_file_uses_the_modules_that_its_definitions_need() -> None:
    text = written("pypi-moo-table.scm", "cran-fortunes.scm")
    head = text[text.index("(define-module") : text.index("(define-public")].strip()
    assert head == "\n".join(
        [
            "(define-module (packages)",
            "  #:use-module ((gnu packages compression) #:select (zlib))",
            "  #:use-module ((gnu packages cran) #:select (r-cowplot r-rcpp))",
            "  #:use-module ((gnu packages gcc) #:select (gfortran))",
            "  #:use-module ((gnu packages python-build) "
            "#:select (python-setuptools python-wheel))",
            "  #:use-module ((gnu packages python-xyz) #:select (python-numpy))",
            "  #:use-module ((gnu packages statistics) #:select (r-knitr))",
            "  #:use-module ((gnu packages xml) #:select (libxml2))",
            "  #:use-module (guix build-system pyproject)",
            "  #:use-module ((guix build-system python) #:select (pypi-uri))",
            "  #:use-module (guix build-system r)",
            "  #:use-module (guix download)",
            "  #:use-module (guix git-download)",
            "  #:use-module ((guix licenses) #:prefix license:)",
            "  #:use-module (guix packages))",
        ]
    )


def test_the_file_ends_with_the_list_of_what_is_wanted() -> None:
    text = written("pypi-moo-table.scm", "cran-fortunes.scm")
    assert text.endswith(
        ";; What the manifest beside this file takes.\n"
        "(list python-moo-table  ;python-moo-table, requirements.txt:1\n"
        "      r-fortunes)       ;r-fortunes, requirements.txt:1\n"
    )


def test_definitions_are_kept_word_for_word() -> None:
    text = written("pypi-moo-table.scm")
    for each in recorded("pypi-moo-table.scm"):
        assert f"\n\n{each.text}\n\n" in text


def test_the_first_comment_names_the_encoding() -> None:
    # A description within the beginning of the file might name another one.
    assert written("pypi-moo-table.scm").startswith(";; -*- coding: utf-8 -*-\n")


def test_the_order_of_imports_does_not_matter() -> None:
    files = ["pypi-moo-table.scm", "cran-fortunes.scm", "pypi-cowsay.scm"]
    assert written(*files) == written(*reversed(files))


def test_a_comment_from_a_repository_stays_a_comment() -> None:
    loaded = usable({"a": definition("a")}, ["a"], GUIX)
    text = write_packages(
        loaded, [("a", 'x\n(system "evil")')], module="packages", header="x\n(evil)"
    )
    assert not any("evil" in repr(each) for each in read_expressions(text))


def test_a_variable_of_another_name_is_renamed() -> None:
    loaded = usable({"a": definition("a", "python-old")}, ["a"], GUIX)
    text = write_packages(loaded, [("a", "")], module="packages", header="x")
    assert "((gnu packages old) #:select ((python-old-1 . python-old)))" in text


def test_many_packages_of_a_module_are_on_several_lines() -> None:
    words = [f"python-of-a-long-name-{number:02}" for number in range(20)]
    catalogue = guix(*(package(each) for each in words))
    loaded = usable({"a": definition("a", *words)}, ["a"], catalogue)
    text = write_packages(loaded, [("a", "")], module="packages", header="x")
    assert max(map(len, text.splitlines())) <= 100
    assert f"\n                #:select ({words[0]} {words[1]}" in text
    assert len(read_expressions(text)) == 3
