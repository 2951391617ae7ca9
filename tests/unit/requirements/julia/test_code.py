# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.requirements.julia.chunks import parse_chunks
from binder_lite.requirements.julia.code import Use, parse_cell, parse_julia
from binder_lite.requirements.julia.pkg import Asked, as_requirement, parse_commands
from binder_lite.requirements.model import Origin

NAMES = st.from_regex(r"[A-Z][A-Za-z0-9]{0,8}", fullmatch=True)


def uses(code: str) -> list[str]:
    return [use.name for use in parse_julia(code).uses]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("using A", "A"),
        ("using A, B", "A B"),
        ("using A,\n  B, # why\n  C\n", "A B C"),
        ("using A: f", "A"),
        ("using A:\n  f,\n  g", "A"),
        ("using A: A, @m, +, (==)", "A"),
        ("using A: f as g", "A"),
        ("using A, B: f", "A B"),
        ("using A, B: f, g\nx = 1", "A B"),
        ("using A, B: f, @m, g", "A B"),
        ("if x\n  using A, B: f\nend", "A B"),
        ("@time @everywhere using A, B: f", "A B"),
        ("using A.B", "A"),
        ("using A.B: f", "A"),
        ("using A, B.C, D: f", "A B D"),
        ("import A", "A"),
        ("import A as B", "A"),
        ("import A.B as C, D", "A D"),
        ("import A.B: c, d as e", "A"),
        ("import A.:+", "A"),
        ("import A.@m", "A"),
        ("using .Local", ""),
        ("using ..Local: f", ""),
        ("using .Local, ..Up, C", "C"),
        ("using A, .B: c, d", "A"),
        ("using A; using B", "A B"),
        ("using Ünicode", "Ünicode"),
        ("@everywhere using A", "A"),
        ("@everywhere begin\n  using A, B\nend", "A B"),
        ("@eval using A", "A"),
        ("module M\nusing A\nend", "A"),
        ("f() = (@eval import A; 1)", "A"),
        ("# using A", ""),
        ("#= using A\nusing B =#", ""),
        ('"using A"', ""),
        ('"""\nusing A\n"""', ""),
        ('md"""\nusing A\n"""', ""),
        ("raw\"using A\"", ""),
        ("`using A`", ""),
        ("using_A = 1; importer(A)", ""),
        ("x.using", ""),
        ("using", ""),
        ("using $name", ""),
    ],
)  # fmt: skip
def test_uses_of_each_form(code: str, names: str) -> None:
    assert uses(code) == names.split()


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("function f(\nusing A\n", "A"),
        ("x = [1,2\nusing A, B\ny=2", "A B"),
        ("using A\nfoo(((\nimport B: c\nend end\nusing C", "A B C"),
        ("<<<<<<< HEAD\nusing A\n=======\nusing B: f\n>>>>>>> main", "A B"),
        ("f(x) = ; using A", "A"),
        ("!pip install x\nusing A", "A"),
        ("using A\n) ) )\n# using B\n#= using C =#\nusing D", "A D"),
        ('using A\n) ) )\ns = """\nusing B\n"""\n', "A"),
        ("] ] ]\nusing .Local\nusing A", "A"),
    ],
)
def test_code_that_is_not_valid_gives_what_its_valid_parts_say(code: str, names: str) -> None:
    assert uses(code) == names.split()


def test_what_is_tried_is_optional() -> None:
    code = "try\n  using A\ncatch\n  using B\nend\nusing C"
    assert parse_julia(code).uses == (Use("A", 2, True), Use("B", 4), Use("C", 6))


def test_the_code_s_own_modules_are_those_at_its_top() -> None:
    code = "module A\nmodule B\nend\nend\nif x\nbaremodule C end\nend"
    assert parse_julia(code).modules == {"A", "C"}


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ('Pkg.add("A")', "A"),
        ('Pkg.add(["A", "B"])', "A B"),
        ('Pkg.add(["A", # first\n "B"])', "A B"),
        ('Pkg.add.(["A", "B"])', "A B"),
        ('foreach(Pkg.add, ["A", "B"])', "A B"),
        ('for p in ["A", "B"]\n  Pkg.add(p)\nend', "A B"),
        ('names = ["A", "B"]\nPkg.add(names)', "A B"),
        ('Pkg.add(name="A", version="1.2")', "A~1.2"),
        ('Pkg.add(; name="A", version="1.2.3")', "A=1.2.3"),
        ('Pkg.add("A", version="0.5")', "A~0.5"),
        ('Pkg.add(PackageSpec(name="A", version=v"1.2.0"))', "A=1.2.0"),
        ('Pkg.add([PackageSpec("A"), Pkg.PackageSpec(;name="B")])', "A B"),
        ('Pkg.add([(name="A", version="1"), (;name="B")])', "A~1 B"),
        ('Pkg.add(url="https://example.org/A.jl")', "A@git+https://example.org/A.jl"),
        ('Pkg.add(url="https://example.org/A.jl.git", rev="v1", subdir="x")',
         "A@git+https://example.org/A.jl.git@v1#subdirectory=x"),
        ('Pkg.clone("https://example.org/A.jl")', "A@git+https://example.org/A.jl"),
        ('Pkg.develop(path="lib/A")', "A@lib/A"),
        ('Pkg.develop(PackageSpec(path=joinpath(@__DIR__, "..", "A.jl")))', "A@./../A.jl"),
        ('Pkg.develop("A")', "A"),
        ('pkg"add A B@1.2"', "A B~1.2"),
        ('pkg"""\nadd A\nadd B\n"""', "A B"),
        ('# Pkg.add("A")', ""),
        ('"Pkg.add(\\"A\\")"', ""),
        ('Pkg.rm("A"); Pkg.status(); Pkg.update("A")', ""),
        ('add("A")', ""),
    ],
)  # fmt: skip
def test_what_the_package_manager_is_asked_for(code: str, wanted: str) -> None:
    found = parse_julia(code)
    requirements = [as_requirement(item, Origin("f")) for item in found.asked]
    assert [
        item and f"{item.name}{item.specifier}" + (f"@{item.url}" if item.url else "")
        for item in requirements
    ] == wanted.split()
    assert not found.remarks


@pytest.mark.parametrize(
    "code",
    ["Pkg.add(f(x))", 'Pkg.add("A$(x)")', "Pkg.add(ARGS)", "using $name", 'pyimport("numpy")',
     'CondaPkg.add("x")', "Pkg.activate(f())"],
)  # fmt: skip
def test_what_only_running_would_tell_is_told(code: str) -> None:
    found = parse_julia("x = 1\n" + code)
    assert not found.asked
    ((line, text),) = found.remarks
    assert line == 2
    assert code in text


@pytest.mark.parametrize(
    ("code", "folder"),
    [
        ('Pkg.activate(".")', "."),
        ("Pkg.activate(@__DIR__)", "."),
        ('Pkg.activate(joinpath(@__DIR__, ".."))', "./.."),
        ("Pkg.activate(dirname(@__DIR__))", ".."),
        ('pkg"activate env"', "env"),
        ("Pkg.activate()", None),
        ("Pkg.activate(; temp=true)", None),
        ("Pkg.activate(mktempdir())", None),
        ('pkg"activate --temp"', None),
    ],
)
def test_which_project_is_activated(code: str, folder: str | None) -> None:
    found = [item.place for item in parse_julia(code).asked if item.command == "activate"]
    assert found == ([] if folder is None else [folder])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("add A", Asked("add", 1, "A", "A")),
        ("] add A", Asked("add", 1, "A", "A")),
        ("]add A@1.2", Asked("add", 1, "A@1.2", "A", "~1.2")),
        ("add A#main", Asked("add", 1, "A#main", "A", rev="main")),
        ("add --preserve=all A", Asked("add", 1, "A", "A")),
        (
            "add https://example.org/A.jl#dev",
            Asked("add", 1, "https://example.org/A.jl#dev", "A",
                  place="https://example.org/A.jl", rev="dev"),
        ),
        (
            "add A=682c06a0-de6a-54ab-a142-c8b1cf79cde6@0.2-0.4",
            Asked("add", 1, "A=682c06a0-de6a-54ab-a142-c8b1cf79cde6@0.2-0.4", "A", "0.2 - 0.4"),
        ),
        ("dev ./lib/A", Asked("develop", 1, "./lib/A", "A", place="./lib/A")),
        ("add A@new", Asked("add", 1, "A@new")),
        ("status", None),
        ("", None),
    ],
)  # fmt: skip
def test_commands_of_the_prompt(text: str, expected: Asked | None) -> None:
    assert list(parse_commands(text, 1)) == ([expected] if expected else [])


def test_commands_are_separated_by_commas_semicolons_and_lines() -> None:
    found = parse_commands("add A, B; add C\nst\nadd D", 3)
    assert [(item.name, item.line) for item in found] == [("A", 3), ("B", 3), ("C", 3), ("D", 5)]


@pytest.mark.parametrize(
    ("cell", "used", "asked"),
    [
        ("] add A\nadd B", "", "A B"),
        ("]add A", "", "A"),
        ("using A\n] add B\nusing C", "A C", "B"),
        ("x = [\n1\n]\nusing A", "A", ""),
        (";ls using A", "", ""),
        ("?using", "", ""),
        ("\n\n] add A", "", "A"),
    ],
)
def test_a_cell_may_hold_commands(cell: str, used: str, asked: str) -> None:
    found = parse_cell(cell)
    assert [use.name for use in found.uses] == used.split()
    assert [item.name for item in found.asked] == asked.split()


@pytest.mark.parametrize(
    ("text", "plain", "names"),
    [
        ("```{julia}\nusing A\n```", False, "A"),
        ("```{julia, echo=FALSE}\nusing A\n```\nusing B", False, "A"),
        ("```{julia}\n#| eval: false\nusing A\n```", False, ""),
        ("```{julia, eval=FALSE}\nusing A\n```", False, ""),
        ("```{julia}\n#| echo: false\nusing A\n```", False, "A"),
        ("```julia\nusing A\n```", False, ""),
        ("```julia\nusing A\n```", True, "A"),
        ("```julia; echo=false\nusing A\n```", True, "A"),
        ("~~~~{.julia}\nusing A\n~~~~", True, "A"),
        ("```{python}\nusing A\n```\n```{julia}\nusing B\n```", False, "B"),
        ("````{julia}\nusing A\n```\nusing B\n````\nusing C", False, "A B"),
        ("```{julia}\nusing A", False, "A"),
        ("text\nusing A", True, ""),
    ],
)
def test_chunks_of_documents(text: str, plain: bool, names: str) -> None:
    chunks = parse_chunks(text, plain=plain)
    assert chunks.count("\n") == text.count("\n")
    assert uses(chunks) == names.split()


@pytest.mark.parametrize(
    "code",
    [
        "using A," * 30_000, "a ~ b " * 30_000 + "\nusing X", "(using A;" * 50_000,
        "Pkg.add(" * 20_000, "Pkg.add(joinpath(" * 20_000 + ")" * 40_000,
        "module A\n" * 30_000, '"$(using A ' * 10_000, "using A.B\n" * 60_000,
        "x = [x,x,x,x,x,x,x,x,x,x,x,x]\nPkg.add(x)", "pkg\"add " + "A " * 100_000 + '"',
        "]add " + "A" * 200_000, "using " + "A." * 50_000,
    ],
)  # fmt: skip
def test_nonsense_is_left_before_it_takes_long(code: str) -> None:
    start = time.monotonic()
    parse_julia(code)
    parse_cell(code)
    assert time.monotonic() - start < 20


def test_where_the_parser_gives_up_its_lines_are_read() -> None:
    found = parse_julia("a ~ b " * 50_000 + "\nusing X\n")
    assert not found.is_whole
    assert [use.name for use in found.uses] == ["X"]


@given(st.text() | st.text(alphabet='using import:.,A@$"#=()[]\n;Pkgadd`'))
def test_any_text_is_read(text: str) -> None:
    for found in (parse_julia(text), parse_cell(text)):
        lines = text.count("\n") + 1
        assert all(1 <= use.line <= lines for use in found.uses)
        assert all(1 <= item.line <= lines for item in found.asked)
    parse_julia(parse_chunks(text, plain=True))


@given(
    st.lists(st.tuples(NAMES, st.sampled_from(["", ".Sub", ": f", " as g", ": f, g"])), max_size=9),
    st.sampled_from(["", "@everywhere ", "    "]),
)
def test_generated_imports_are_read_back(items: list[tuple[str, str]], before: str) -> None:
    code = "".join(f"{before}import {name}{rest}\nx = 1\n" for name, rest in items)
    found = parse_julia(code)
    assert [(use.name, use.line) for use in found.uses] == [
        (name, 2 * number + 1) for number, (name, _) in enumerate(items)
    ]


@given(st.lists(NAMES, min_size=1, max_size=9, unique=True), st.sampled_from(["", ": f", ": f, g"]))
def test_generated_lists_of_packages_are_read_back(names: list[str], rest: str) -> None:
    assert uses(f"using {', '.join(names)}{rest}\ny = 2\n") == names
