# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a launch takes beside doing it by hand, measured pair by pair in one run.

``make bench`` calls it; README.md says what is compared and how to read the figures. The exit
status is 0 whatever they are: a slow day of the machine is no defect of the code.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from comparison import HEADER, comparison_line, slowest_imports
from sides import ByHand, Ours, Phase, Repository, Times

EXAMPLE = Path(__file__).parent.parent / "examples" / "requirements-txt"
GOAL_FIRST = 1.00
GOAL_AGAIN = 1.10
_IMPORTS_SHOWN = 12
_HEAVY = ("numpy", "pandas", "matplotlib", "scikit-learn", "scipy")
_HEAVY_IMPORTS = (
    "import numpy, pandas, matplotlib.pyplot, sklearn.linear_model, scipy.stats, scipy.optimize"
)


def repositories(root: Path) -> tuple[Repository, ...]:
    """Make the repositories that are launched: a small example, and a heavier one."""
    heavy = root / "heavy"
    heavy.mkdir()
    shutil.copy(EXAMPLE / "index.ipynb", heavy)
    (heavy / "requirements.txt").write_text("\n".join(_HEAVY) + "\n")
    small = shutil.copytree(EXAMPLE, root / "small")
    for directory in (small, heavy):
        for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "Begin"]):
            identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
            subprocess.run(["git", "-C", str(directory), *identity, *words], check=True)
    return (
        Repository("small", small.as_uri(), "import numpy, matplotlib.pyplot"),
        Repository("heavy", heavy.as_uri(), _HEAVY_IMPORTS),
    )


def compare(
    title: str,
    pairs: int,
    ours: Callable[[], Times],
    theirs: Callable[[], Times],
    goal: float | None,
) -> tuple[Times, Times]:
    """Measure both sides in turn, print the comparison, and return the last pair."""
    measured = []
    for number in range(1, pairs + 1):
        print(f"  … pair {number} of {pairs}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        measured.append((ours(), theirs()))
    left, right = [a for a, _ in measured], [b for _, b in measured]
    print(f"\n{title}\n{HEADER}")
    print(_line("the server's first 200", left, right, lambda t: t.answered, goal))
    print(_line("the result of 1+1", left, right, lambda t: t.first_cell))
    print(_line("the repository's imports", left, right, lambda t: t.imported), flush=True)
    return measured[-1]


def _line(
    what: str,
    ours: Sequence[Times],
    theirs: Sequence[Times],
    which: Callable[[Times], float],
    goal: float | None = None,
) -> str:
    return comparison_line(what, [which(t) for t in ours], [which(t) for t in theirs], goal)


def print_phases(who: str, times: Times) -> None:
    """Print what happened when, for one side of the last pair."""
    print(f"\n  {who}, the last time:")
    ends = [phase.began for phase in times.phases[1:]]
    for phase, end in zip(times.phases, [*ends, times.answered], strict=True):
        print(f"    {phase.began:6.2f} s  +{end - phase.began:5.2f}  {phase.what[:80]}")
    for phase in (
        Phase(times.answered, "first 200"),
        Phase(times.first_cell, "result of 1+1"),
        Phase(times.imported, "imports done"),
    ):
        print(f"    {phase.began:6.2f} s          {phase.what}")


def print_imports(text: str) -> None:
    """Print what the launcher's own imports take."""
    print("\nThe launcher's own imports (-X importtime, which itself slows them), seconds:")
    for seconds, name in slowest_imports(text, _IMPORTS_SHOWN):
        print(f"    {seconds:.3f}  {name}")


def run(pairs: int, names: Sequence[str], rows: Sequence[str], root: Path) -> None:
    """Measure and print all that was asked for."""
    by_hand, ours = ByHand(root), Ours(root)
    chosen = [repository for repository in repositories(root) if repository.name in names]
    for repository in chosen:
        print(f"  … filling both package caches for {repository.name}", file=sys.stderr)
        by_hand.fill(repository)
        ours.fill(repository)
    for repository in chosen:
        asked = {
            "first": (
                "first launch, package cache warm, shared server built",
                lambda r=repository: ours.first(r, server=True),
                lambda r=repository: by_hand.first(r),
                GOAL_FIRST,
            ),
            "very-first": (
                "very first launch on a machine, package cache warm, nothing else",
                lambda r=repository: ours.first(r, server=False),
                lambda r=repository: by_hand.first(r),
                None,
            ),
            "again": (
                "launch with the environment built, beside bare jupyter lab",
                lambda r=repository: ours.again(r),
                lambda r=repository: by_hand.again(r),
                GOAL_AGAIN,
            ),
        }
        for row in rows:
            title, mine, theirs, goal = asked[row]
            last = compare(f"{repository.name}: {title}", pairs, mine, theirs, goal)
            for who, times in zip(("ours", "by hand"), last, strict=True):
                print_phases(who, times)
    print_imports(ours.imports(chosen[0]))


def main() -> None:
    """Read the options and measure in a directory of our own."""
    parser = argparse.ArgumentParser(description=__doc__)
    rows = ("first", "very-first", "again")
    parser.add_argument("--pairs", type=int, default=5, help="how often both are measured")
    parser.add_argument("--repositories", nargs="+", default=("small", "heavy"))
    parser.add_argument("--rows", nargs="+", choices=rows, default=rows)
    parser.add_argument("--directory", type=Path, help="where to work; default: the system's")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(
        prefix="binder-lite-bench-", dir=options.directory, ignore_cleanup_errors=True
    ) as root:
        Path(root).chmod(0o755)
        run(options.pairs, options.repositories, options.rows, Path(root))


if __name__ == "__main__":
    main()
