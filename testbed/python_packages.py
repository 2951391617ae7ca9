# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: TID251
"""Python, of Debian's, and the Python packages, of the Python package index."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import trees
from package import Package
from sharing import shares

HERE = Path(__file__).resolve().parent
DEBIAN = ("python3.11", "python3-distutils")
# As in Guix: version 3.11, but higher than any that Guix has, so that it is the one picked.
PYTHON_VERSION = "3.11.99"
SITE = Path("lib/python3.11/site-packages")
# Package → the distributions that it is about. What they need comes with them, or, where two
# packages need it, as a package of its own.
PACKAGES = {
    "python-ipykernel": ("ipykernel",),
    "jupyter": ("notebook", "ipywidgets", "jupyter-console", "nbconvert"),
    "python-numpy": ("numpy",),
    "python-pandas": ("pandas",),
    "python-matplotlib": ("matplotlib",),
}
_IN_PYTHON = ("pip", "setuptools")
_VERSIONS = {"jupyter": "1.1.1"}
_PLATFORM = ("--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_36")


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock file pins: versions, and which distribution needs which."""

    versions: Mapping[str, str]
    needs: Mapping[str, frozenset[str]]


def parse_lock(text: str) -> Lock:
    """Read what ``uv pip compile`` wrote, with its remarks on who needs what."""
    versions: dict[str, str] = {}
    needs: dict[str, set[str]] = {}
    name = ""
    for line in text.splitlines():
        if pin := re.match(r"([\w.-]+)==([^ ;\\]+)", line):
            name = pin[1]
            versions[name] = pin[2]
        elif (via := re.match(r"\s+# +(?:via )?([\w.-]+)$", line)) and via[1] != "via":
            needs.setdefault(via[1], set()).add(name)
    return Lock(versions, {key: frozenset(value) for key, value in needs.items()})


def make(root: Path, guix: Path, work: Path) -> list[Package]:
    """Make all Python packages in ``work`` from the Debian system ``root``."""
    lock = parse_lock((HERE / "wheels/python.txt").read_text())
    wheels = _fetch(HERE / "wheels/python.txt", work / "wheels")
    python = _make_python(root, guix, work / "trees/python", wheels)
    made = [python]
    for name, share in shares(PACKAGES, lock.needs, "python-").items():
        about = PACKAGES.get(name, share.parts)[0]
        tree = work / "trees" / name
        _split(wheels, share.parts, tree, python)
        made.append(Package(name=name, version=_VERSIONS.get(name, lock.versions[about]), tree=tree,
                            kind="python", propagated=("python", *share.needs)))  # fmt: skip
    made += _make_jupyterlab(work, python)
    for package in made:
        _compile(root, package)
    return made


def _fetch(lock: Path, target: Path) -> Path:
    """Unpack the wheels that ``lock`` pins into ``target``."""
    uv = shutil.which("uv", path=f"{HERE.parent}/.venv/bin:{os.environ.get('PATH', '')}")
    if uv is None:
        raise SystemExit("testbed/make: there is no uv; `make setup` brings it")
    words = [uv, "pip", "install", "--quiet", "--no-deps"]
    words += ["--require-hashes", "--only-binary", ":all:", *_PLATFORM, "--link-mode", "copy"]
    subprocess.run([*words, "--target", target, "-r", lock], check=True)
    return target


def _split(wheels: Path, dists: Iterable[str], tree: Path, python: Package) -> None:
    """Move the files of ``dists`` from ``wheels`` to ``tree``, where a profile has them."""
    for dist in dists:
        pattern = re.sub(r"[-_.]+", "[-_.]", dist)
        record = next(
            path / "RECORD"
            for path in wheels.glob("*.dist-info")
            if re.fullmatch(rf"{pattern}-[^-]+\.dist-info", path.name, re.IGNORECASE)
        )
        with record.open(newline="") as stream:
            names = [row[0] for row in csv.reader(stream)]
        for name in names:
            source = wheels / name
            if not source.exists() or name.startswith(("share/applications/", "share/icons/")):
                continue
            place = tree if name.startswith(("bin/", "share/", "etc/")) else tree / SITE
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
    _fix_programs(tree, python)


def _fix_programs(tree: Path, python: Package) -> None:
    interpreter = f"{python.placeholder}/bin/python3"
    for program in (tree / "bin").glob("*"):
        text = re.sub(r"\A#!.*", f"#!{interpreter}", program.read_text())
        trees.write_program(program, text)
    for kernel in tree.glob("share/jupyter/kernels/*/kernel.json"):
        kernel.write_text(kernel.read_text().replace('"python"', f'"{interpreter}"'))


def _make_python(root: Path, guix: Path, tree: Path, wheels: Path) -> Package:
    python = Package(name="python", version=PYTHON_VERSION, tree=tree, kind="interpreter")
    library = tree / "lib/python3.11"
    shutil.copytree(
        root / "usr/lib/python3.11",
        library,
        symlinks=True,
        ignore=shutil.ignore_patterns(
            "__pycache__", "EXTERNALLY-MANAGED", "_distutils_system_mod.py", "sitecustomize.py"
        ),
    )
    site, sysconfig = library / "site.py", library / "sysconfig.py"
    site.write_bytes(_free_of_debian(site.read_bytes()))
    test = 'if sys.base_prefix != sys.prefix or hasattr(sys, "real_prefix"):'
    sysconfig.write_text(sysconfig.read_text().replace(test, "if True:"))
    modules = list((root / "usr/lib/python3.11/lib-dynload").glob("*.so"))
    trees.add_libraries(root, [root / "usr/bin/python3.11", *modules], tree / "lib")
    _split(wheels, _IN_PYTHON, tree, python)
    files = guix / "share/guile/site/3.0/gnu/packages/aux-files/python"
    shutil.copy(files / "sitecustomize.py", tree / SITE)
    program = tree / "bin/python3.11"
    program.write_bytes(_free_of_debian((root / "usr/bin/python3.11").read_bytes()))
    program.chmod(0o755)
    # Wheels are linked against these, and some do not look where Python would.
    trees.patch(program, python.placeholder, add_needed=("libstdc++.so.6", "libgcc_s.so.1",
                "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"))  # fmt: skip
    (tree / "bin/python3").symlink_to("python3.11")
    return python


def _free_of_debian(code: bytes) -> bytes:
    """Let Python look for packages where upstream's does.

    The module that knows is also a part of the program, so that no text may change its length.
    """
    return code.replace(b"dist-packages", b"site-packages").replace(b"local/lib", b"lib/././.")


def _make_jupyterlab(work: Path, python: Package) -> list[Package]:
    """Make JupyterLab as Guix makes a program: what it needs stays out of the profile."""
    lock = parse_lock((HERE / "wheels/jupyterlab.txt").read_text())
    wheels = _fetch(HERE / "wheels/jupyterlab.txt", work / "wheels-jupyterlab")
    made = []
    for name, dists, inputs in (
        ("python-jupyterlab-needs", sorted(set(lock.versions) - {"jupyterlab"}), ()),
        ("python-jupyterlab", ["jupyterlab"], ("python-jupyterlab-needs",)),
    ):
        tree = work / "trees" / name
        _split(wheels, dists, tree, python)
        version = lock.versions["jupyterlab"]
        made.append(Package(name=name, version=version, tree=tree, kind="python",
                            propagated=("python",), inputs=inputs))  # fmt: skip
    return made


def _compile(root: Path, package: Package) -> None:
    """Compile the modules, for a place where nobody can write and no file has a date."""
    lib = root / trees.LIBRARIES
    words: list[str | Path] = [lib / trees.LOADER, "--library-path", lib]
    words += [root / "usr/bin/python3.11"]
    words += ["-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    # Python puts the place that it found a module in, whatever is written here.
    words += ["-s", package.tree, package.tree / "lib/python3.11"]
    # Some packages ship templates that are no Python; what does not compile is left as it is.
    subprocess.run(words, env={"PYTHONHOME": str(root / "usr")}, check=False,
                   stdout=subprocess.DEVNULL)  # fmt: skip
