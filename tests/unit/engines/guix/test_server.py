# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from binder_lite.engines.guix.server import CANDIDATES, additions

_ALL = frozenset(CANDIDATES)
_LAB, _KERNEL = "python-jupyterlab", "python-ipykernel"
_COMMON = ["python", "bash", "coreutils", "nss-certs"]


@pytest.mark.parametrize(
    ("named", "added"),
    [
        (["python-numpy"], [*_COMMON, "python-jupyterlab", "python-ipykernel"]),
        ([], [*_COMMON, "python-jupyterlab", "python-ipykernel"]),
        (["python", "bash-minimal", "python-ipykernel"], ["coreutils", "nss-certs", _LAB]),
        (["r-minimal", "r-ggplot2"], [*_COMMON, "python-jupyterlab", "r-irkernel"]),
        (["r-irkernel", "python-numpy"], [*_COMMON, "python-jupyterlab", "python-ipykernel"]),
        (["python-jupyterlab", "python-next"], ["bash", "coreutils", "nss-certs", _KERNEL]),
    ],
)  # fmt: skip
def test_what_is_missing_is_added(named: list[str], added: list[str]) -> None:
    assert list(additions(named, _ALL, "lab", "").packages) == added


def test_the_classic_notebook_is_added_when_it_is_asked_for() -> None:
    found = additions(["python"], _ALL, "notebook", "")
    assert "jupyter" in found.packages
    assert "python-jupyterlab" not in found.packages
    assert found.ui == "notebook"


@pytest.mark.parametrize("named", ["jupyter", "python-notebook"])
def test_a_notebook_that_the_repository_brings_serves(named: str) -> None:
    found = additions([named], _ALL, "notebook", "")
    assert "jupyter" not in found.packages
    assert found.notices == ()


def test_where_jupyterlab_cannot_be_had_the_classic_notebook_serves_and_it_is_said() -> None:
    found = additions(["python"], _ALL - {"python-jupyterlab"}, "lab", "")
    assert found.ui == "notebook"
    assert "jupyter" in found.packages
    assert found.notices == (
        "This Guix has no python-jupyterlab: the classic Notebook is served instead of JupyterLab.",
    )


@pytest.mark.parametrize(
    ("named", "kernel", "default"),
    [
        ([], "", "python3"),
        (["r-ggplot2"], "", "ir"),
        (["r-ggplot2", "python-numpy"], "", "python3"),
        (["r-ggplot2"], "guix", "guix"),
    ],
)
def test_the_kernel_that_fits_is_preselected(named: list[str], kernel: str, default: str) -> None:
    assert additions(named, _ALL, "lab", kernel).default_kernel == default


def test_a_notebook_for_guix_jupyter_gets_it() -> None:
    assert "guix-jupyter" in additions([], _ALL, "lab", "guix").packages
    assert "guix-jupyter" not in additions(["guix-jupyter"], _ALL, "lab", "guix").packages
