# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session needs that a manifest does not name: server, kernel, shell. Pure.

Guix has the classic Notebook; JupyterLab comes from this project's own channel
(``guile/binder-lite/packages``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from binder_lite.engines.base import Ui
from binder_lite.requirements.guix.jupyter import GUIX_KERNEL

# Each need, with the packages that meet it. The first is what is added.
_COMMON = (
    ("python", "python-wrapper", "python-next"),
    ("bash", "bash-minimal"),
    ("coreutils", "coreutils-minimal"),
    ("nss-certs",),
)
_SERVERS: dict[Ui, tuple[str, ...]] = {
    "lab": ("python-jupyterlab",),
    "notebook": ("jupyter", "python-notebook"),
}
_PYTHON_KERNEL = ("python-ipykernel", "jupyter")
_R_KERNEL = ("r-irkernel",)
_GUIX_KERNEL = ("guix-jupyter",)

# All that may be added, to be asked for in one question.
CANDIDATES = tuple(
    needs[0] for needs in (*_COMMON, *_SERVERS.values(), _PYTHON_KERNEL, _R_KERNEL, _GUIX_KERNEL)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """Packages to be added, the interface that they serve, the kernel to preselect, and why."""

    packages: tuple[str, ...]
    ui: Ui
    default_kernel: str
    notices: tuple[str, ...] = ()


def additions(named: Collection[str], available: Collection[str], ui: Ui, kernel: str) -> Additions:
    """Return what is missing in a manifest of the packages ``named``.

    ``available`` are those of :data:`CANDIDATES` that this Guix has; ``kernel`` is the one that
    the notebook or the person names, or ``""``.
    """
    notices = []
    served = ui
    if not any(each in available or each in named for each in _SERVERS[ui]):
        served = "notebook" if ui == "lab" else "lab"
        notices.append(
            f"This Guix has no {_SERVERS[ui][0]}: {_TITLES[served]} is served instead of "
            f"{_TITLES[ui]}."
        )
    has_r = any(name in ("r", "r-minimal") or name.startswith("r-") for name in named)
    has_python = any(name.startswith("python") for name in named)
    needs = [*_COMMON, _SERVERS[served]]
    if has_r:
        needs.append(_R_KERNEL)
    if has_python or not has_r:
        needs.append(_PYTHON_KERNEL)
    default = "ir" if has_r and not has_python else "python3"
    if kernel == GUIX_KERNEL:
        needs.append(_GUIX_KERNEL)
        default = GUIX_KERNEL
    missing = [need[0] for need in needs if not any(each in named for each in need)]
    return Additions(
        packages=tuple(dict.fromkeys(missing)),
        ui=served,
        default_kernel=default,
        notices=tuple(notices),
    )


_TITLES: dict[Ui, str] = {"lab": "JupyterLab", "notebook": "the classic Notebook"}
