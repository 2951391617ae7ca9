# SPDX-License-Identifier: GPL-3.0-or-later
"""uv's command lines, as values.

uv never reads configuration from a repository (``--no-config``), never downloads a Python on its
own account, and is told its cache by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from binder_lite.command import Command

# Without a terminal uv prints whole lines; colours and progress bars would only be stripped again.
_QUIET = ("--no-config", "--no-python-downloads", "--color=never", "--no-progress")


def list_pythons_command(uv: Path, env: Mapping[str, str]) -> Command:
    """List the Pythons on this machine as JSON."""
    return Command(
        (str(uv), "python", "list", "--only-installed", "--output-format=json", *_QUIET), env
    )


def install_python_command(uv: Path, version: str, env: Mapping[str, str]) -> Command:
    """Download a Python of this version into ``UV_PYTHON_INSTALL_DIR``."""
    return Command(
        (str(uv), "python", "install", "--no-config", "--no-bin", "--color=never", "--", version),
        env,
    )


def venv_command(
    uv: PurePosixPath, python: Path, venv: PurePosixPath, env: Mapping[str, str]
) -> Command:
    """Make an empty virtual environment whose scripts do not name its path."""
    argv = (
        str(uv),
        "venv",
        "--no-project",
        "--relocatable",
        f"--python={python}",
        *_QUIET,
        "--",
        str(venv),
    )
    return Command(argv, env)


def install_command(
    uv: PurePosixPath,
    venv: PurePosixPath,
    requirements: PurePosixPath,
    constraints: PurePosixPath | None,
    env: Mapping[str, str],
    *,
    build: bool,
    copy: bool,
    prereleases: bool = False,
    resolve: bool = True,
    cwd: PurePosixPath,
) -> Command:
    """Install what the file ``requirements`` lists.

    ``build`` allows code of packages to run. ``copy`` makes files of the environment independent
    of the cache, which hard links are not. Without ``resolve`` the file lists all that is needed.
    """
    argv = [str(uv), "pip", "install", f"--python={venv}/bin/python", *_QUIET]
    argv += [f"--link-mode={'copy' if copy else 'hardlink'}"]
    argv += [] if build else ["--no-build"]
    argv += ["--prerelease=allow"] if prereleases else []
    argv += [] if resolve else ["--no-deps"]
    argv += [f"--constraints={constraints}"] if constraints else []
    argv += [f"--requirements={requirements}"]
    # The rest is about the container, and long.
    shown = (
        "uv",
        "pip",
        "install",
        *(() if build else ("--no-build",)),
        f"--requirements={requirements.name}",
    )
    return Command(tuple(argv), env, cwd=Path(cwd), shown=shown)


def freeze_command(uv: PurePosixPath, venv: PurePosixPath, env: Mapping[str, str]) -> Command:
    """List what is installed, as ``name==version`` lines."""
    return Command((str(uv), "pip", "freeze", f"--python={venv}/bin/python", *_QUIET), env)
