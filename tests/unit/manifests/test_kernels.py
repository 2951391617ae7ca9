# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.manifests.kernels import find_kernels, language_name
from unit.manifests.guixes import GUIX


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Python", "python"), ("python3", "python"), ("ipython", "python"), ("R", "r"),
        ("scheme", "guile"), ("shell", "bash"), ("gp", "pari"), ("klingon", "klingon"),
    ],
)  # fmt: skip
def test_a_language_has_one_name(said: str, name: str) -> None:
    assert language_name(said) == name


@pytest.mark.parametrize(
    ("languages", "named", "missing"),
    [
        ([], [], ()),
        (["python"], ["python", "python-ipykernel"], ()),
        (["R", "ipython", "r"], ["python", "python-ipykernel", "r-minimal", "r-irkernel"], ()),
        # The language is there, its kernel is not.
        (["julia"], ["julia"], (("julia", "julia-ijulia"),)),
        (["shell"], ["bash"], (("bash", "python-bash-kernel"),)),
        (["klingon"], [], (("klingon", ""),)),
    ],
)
def test_a_language_s_kernel_is_named_where_guix_has_it(
    languages: list[str], named: list[str], missing: tuple[tuple[str, str], ...]
) -> None:
    found = find_kernels(languages, GUIX)
    assert [entry.specification for entry in found.entries] == named
    assert {entry.group for entry in found.entries} <= {"kernel"}
    assert found.missing == missing
