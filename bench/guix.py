# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a launch with Guix takes beside ``guix shell --container`` typed by hand.

The profile is built on both sides, of the same packages. ``make bench-guix`` calls it, in the
testbed where one was made; README.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from comparison import HEADER, comparison_line
from launch import print_phases
from sides import Clock, Ours, Phase, Repository, Times, environment, run_cells, started
from sides import until_answered as wait_for_answer

EXAMPLE = Path(__file__).parent.parent / "examples" / "manifest-scm"
GOAL = 1.00
_NAMED = ("python-numpy", "python-pandas", "python-matplotlib")
# What the launcher adds; by hand it has to be typed.
_ADDED = ("python", "bash", "coreutils", "nss-certs", "python-jupyterlab", "python-ipykernel")
_IMPORTS = "import numpy, pandas, matplotlib.pyplot"
_TOKEN = "bench"


def make_repository(root: Path) -> tuple[Repository, Path]:
    """Make the repository that is launched, and the manifest that one types by hand."""
    directory = root / "repository"
    directory.mkdir()
    shutil.copy(EXAMPLE / "index.ipynb", directory)
    listed = " ".join(f'"{name}"' for name in _NAMED)
    (directory / "manifest.scm").write_text(f"(specifications->manifest (list {listed}))\n")
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "Begin"]):
        identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
        subprocess.run(["git", "-C", str(directory), *identity, *words], check=True)
    manifest = root / "by-hand.scm"
    everything = " ".join(f'"{name}"' for name in (*_NAMED, *_ADDED))
    manifest.write_text(f"(specifications->manifest (list {everything}))\n")
    return Repository("guix", directory.as_uri(), _IMPORTS), manifest


class ByHand:
    """``git clone``, then ``guix shell --container … -- jupyter lab`` in the clone."""

    def __init__(self, root: Path, repository: Repository, manifest: Path) -> None:
        self._repository = repository
        self._manifest = manifest
        self._home = root / "hand"
        self._home.mkdir()

    def again(self) -> Times:
        """Clone and serve; Guix keeps the profile."""
        clone = self._home / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        os.sync()
        env = environment(self._home)
        clock = Clock()
        phases = [Phase(clock(), "git clone")]
        words = ["git", "clone", "--quiet", self._repository.url, str(clone)]
        subprocess.run(words, env=env, check=True)
        phases.append(Phase(clock(), "guix shell --container -m … -- jupyter lab"))
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
        # A name, since root's home would be read-only in there.
        argv = ["guix", "shell", "--container", "--network", "--user=me"]
        argv += [f"--manifest={self._manifest}", "--"]
        argv += ["jupyter-lab", "--no-browser", "--allow-root", f"--port={port}"]
        argv += [f"--IdentityProvider.token={_TOKEN}"]
        base, log = f"http://127.0.0.1:{port}/", self._home / "log"
        with started(argv, env, clone, log) as process:
            wait_for_answer(base, _TOKEN, process, log)
            answered = clock()
            cells = run_cells(base, _TOKEN, "index.ipynb", _IMPORTS, clock)
            first_cell, imported = asyncio.run(cells)
        return Times(answered, first_cell, imported, tuple(phases))


def print_comparison(ours: Sequence[Times], theirs: Sequence[Times]) -> None:
    """Print the three moments of all pairs."""
    print(f"\nlaunch with the profile built, beside guix shell --container\n{HEADER}")
    rows: tuple[tuple[str, Callable[[Times], float], float | None], ...] = (
        ("the server's first 200", lambda t: t.answered, GOAL),
        ("the result of 1+1", lambda t: t.first_cell, None),
        ("the repository's imports", lambda t: t.imported, None),
    )
    for what, which, goal in rows:
        print(comparison_line(what, [which(t) for t in ours], [which(t) for t in theirs], goal))


def median_of(runs: int, work: Callable[[], None]) -> float:
    """Return the median time of ``work``, in seconds."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def print_parts(ours: Ours, repository: Repository, runs: int) -> None:
    """Print what the parts of a launch take by themselves."""
    kept = ours.kept
    env = environment(
        kept / "home", BINDER_LITE_DATA=str(kept), BINDER_LITE_CACHE=str(kept / "cache")
    )
    launcher = Path(sys.executable).with_name("guix-notebook-launcher")
    asking = [str(launcher), "--dry-run", "--json", "--engine", "guix", repository.url]
    profile = next(kept.glob("environments/guix-*/*/profile")).readlink()

    def run(*words: str) -> None:
        subprocess.run(
            words, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def ask_anew() -> None:
        for answer in (kept / "cache/guix").glob("description-*"):
            answer.unlink()
        run(*asking)

    container = ["guix", "shell", "--container", f"--profile={profile}", "--"]
    server = [str(profile / "bin/jupyter-lab"), "--version"]
    rows = (
        ("a dry run, the manifest evaluated", median_of(runs, ask_anew)),
        ("a dry run, the answer kept", median_of(runs, lambda: run(*asking))),
        (
            "guix shell --container --profile=… -- true",
            median_of(runs, lambda: run(*container, "true")),
        ),
        ("… -- python3 -c pass", median_of(runs, lambda: run(*container, "python3", "-c", "pass"))),
        ("jupyter-lab --version, without a container", median_of(runs, lambda: run(*server))),
        ("guix describe", median_of(runs, lambda: run("guix", "describe", "--format=json"))),
    )
    print("\nwhere the time goes, each by itself, medians in seconds:")
    for what, seconds in rows:
        print(f"    {seconds:5.2f}  {what}")


def main() -> None:
    """Read the options and measure in a directory of our own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="how often both are measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(
        prefix="binder-lite-bench-", ignore_cleanup_errors=True
    ) as name:
        root = Path(name)
        root.chmod(0o755)
        repository, manifest = make_repository(root)
        ours, by_hand = Ours(root, "guix"), ByHand(root, repository, manifest)
        ours.fill(repository)
        by_hand.again()
        pairs = []
        for number in range(1, options.pairs + 1):
            print(f"  … pair {number}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
            pairs.append((ours.again(repository), by_hand.again()))
        print_comparison([a for a, _ in pairs], [b for _, b in pairs])
        for who, times in zip(("ours", "by hand"), pairs[-1], strict=True):
            print_phases(who, times)
        print_parts(ours, repository, options.pairs)


if __name__ == "__main__":
    main()
