# SPDX-License-Identifier: GPL-3.0-or-later
"""The channel: Guile modules, and the data that they read on packages and where their files lie."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from package import Package


def make(modules: Path, data: str, tree: Path) -> None:
    """Fill ``tree``, an item of the store, with ``modules`` and the ``data`` that they read."""
    site = tree / "share/guile/site/3.0"
    shutil.copytree(modules, site)
    (site / "testbed/packages.data").write_text(data)


def data_of(packages: Sequence[Package], sources: Mapping[str, str]) -> str:
    """Return what to write of ``packages``, whose files are the store items ``sources``."""
    placeholders = [package.placeholder for package in packages]
    fakes = " ".join(
        f"({_text(f'{package.name}-{package.version}')} . {_text(package.placeholder)})"
        for package in packages
    )
    lines = [f"((placeholders {fakes})", " (packages"]
    for package in packages:
        words = [_text(package.name), _text(package.version), package.kind]
        words += [_text(sources[package.name]), _list(package.propagated), _list(package.inputs)]
        words += [_list(package.rewritten(placeholders))]
        lines.append(f"  ({' '.join(words)})")
    return "\n".join((*lines, " ))", ""))


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(values: Iterable[str]) -> str:
    return f"({' '.join(map(_text, values))})"
