# SPDX-License-Identifier: GPL-3.0-or-later
"""How well names of other ecosystems are found among Guix's packages, and how fast.

Recall and precision are judged by ``mapping_data/``, which was labelled without the rules. ``make
bench-mapping`` calls it, in the testbed where one was made; README.md says how to read it.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from binder_lite.engines.choice import find_guix
from binder_lite.engines.guix.catalogue import Catalogue, catalogue_file, read_catalogue
from binder_lite.errors import LaunchError
from binder_lite.events import Step
from binder_lite.manifests.mapping import map_requirements
from binder_lite.manifests.names import find_package
from binder_lite.manifests.origins import (
    julia_origin,
    origins_of,
    pypi_origin,
    r_origin,
    repository_origin,
)
from binder_lite.requirements.model import Language, Origin, Requirement, Requirements
from binder_lite.requirements.reading import read_requirements
from binder_lite.settings import read_settings

_DATA = Path(__file__).parent / "mapping_data"
_CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
_LANGUAGES: dict[str, Language] = {
    "pypi": "python",
    "cran": "r",
    "bioconductor": "r",
    "julia": "julia",
    "conda": "conda",
    "debian": "system",
}
# This project's own channel has these, and Guix has not: they are not judged.
_OUR_CHANNEL = {"python-jupyterlab"}
# What is part of a language is not to be installed beside it.
_BUILT_IN = {"r", "r-minimal", "julia", "python"}
GOALS = {"pypi": 0.90, "cran": 0.98}


@dataclass(frozen=True)
class Label:
    """A name and the packages that it truly is; ``-`` among ``right`` is none."""

    kind: str
    name: str
    right: frozenset[str]

    @property
    def is_in_guix(self) -> bool:
        """Whether Guix has it under any name."""
        return self.right != {"-"} and "-" not in list(self.right)[:1]


@dataclass
class Score:
    """How many names were found, are lacking, and what went wrong."""

    found: int = 0
    lacking: int = 0
    misses: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of those that Guix has which were found."""
        return self.found / max(1, self.found + len(self.misses))


def read_labels(file: Path, kind: str = "") -> Iterator[Label]:
    """Yield the labels of a file of ``mapping_data/``."""
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            also = (row.get("also") or "").split()
            right = [_bare(each) for each in (row["guix"], *also)]
            yield Label(kind or row["kind"], row["name"], frozenset(right))


def _bare(specification: str) -> str:
    return specification.split("@")[0].split(":")[0]


def judge(labels: Iterable[Label], catalogue: Catalogue) -> dict[str, Score]:
    """Return the score of each kind."""
    origins = origins_of(catalogue)
    scores: dict[str, Score] = {}
    for label in labels:
        score = scores.setdefault(label.kind, Score())
        match = find_package(_LANGUAGES[label.kind], label.name, origins)
        packages = match.packages
        name = packages[0].name if packages else "-"
        if name in _OUR_CHANNEL:
            continue
        if match.ignored and label.right & _BUILT_IN:
            score.found += 1
        elif name in label.right:
            if name == "-":
                score.lacking += 1
            else:
                score.found += 1
        elif name == "-":
            score.misses.append(f"{label.name} is {' or '.join(sorted(label.right))}")
        else:
            score.wrong.append(f"{label.name} is not {name} but {' or '.join(sorted(label.right))}")
    return scores


def print_scores(title: str, scores: dict[str, Score], *, goals: bool = False) -> None:
    """Print a line for each kind, then what went wrong."""
    print(f"\n{title}")
    for kind, score in scores.items():
        said = f"  {kind:<13} found {score.found:>4} of {score.found + len(score.misses):>4}"
        goal = f" (goal {GOALS[kind]:.0%})" if goals and kind in GOALS else ""
        said += f"  {score.share:6.1%}{goal}; not in Guix, and said so: {score.lacking}"
        print(f"{said}; wrong: {len(score.wrong)}")
        for miss in score.misses:
            print(f"      missed: {miss}")
        for wrong in score.wrong:
            print(f"      WRONG: {wrong}")


def print_precision(labels: Iterable[Label], catalogue: Catalogue) -> int:
    """Check every mapping against the package's own source address; return how many are wrong."""
    origins = origins_of(catalogue)
    checked: Counter[str] = Counter()
    wrong = []
    for label in labels:
        match = find_package(_LANGUAGES[label.kind], label.name, origins)
        for package in match.packages[:1]:
            if package.name in _OUR_CHANNEL:
                continue
            own = pypi_origin(package) or r_origin(package) or julia_origin(package)
            addresses = " ".join((*package.urls, package.home)).lower()
            word = label.name.lower().replace("_", "-").replace(".", "-")
            if own and own.lower().replace("_", "-").replace(".", "-") == word:
                checked["by the archive's or repository's name"] += 1
            elif word in addresses.replace("_", "-").replace(".", "-"):
                checked["by the name in an address"] += 1
            elif package.name in label.right:
                checked["by the label alone"] += 1
            else:
                wrong.append(f"{label.name}: {package.name} ({repository_origin(package)})")
    print("\nEach mapping, checked against the address of the package's source")
    for how, count in checked.most_common():
        print(f"  {count:>5} {how}")
    print(f"  {len(wrong):>5} wrong")
    for each in wrong:
        print(f"      WRONG: {each}")
    return len(wrong)


def print_corpus(catalogue: Catalogue, *, full: bool) -> None:
    """Print what became of the requirements of each repository of the corpus."""
    print("\nThe corpus: mapped, missing and ignored requirements of each repository")
    totals: dict[str, Counter[str]] = {}
    for directory in sorted(path for path in _CORPUS.glob("[a-z]*/*") if path.is_dir()):
        name = str(directory.relative_to(_CORPUS))
        try:
            wanted = read_requirements(directory, guix=True, pass_over_guix_files=True)
        except LaunchError as error:
            print(f"  {name:<36} refused: {error.message}")
            continue
        mapped = map_requirements(wanted, catalogue)
        count: Counter[str] = Counter(each.status for each in mapped.outcomes)
        differing = len(mapped.unsatisfied)
        print(
            f"  {name:<36} {count['mapped']:>3} mapped ({differing} in another version), "
            f"{count['missing']:>3} missing, {count['ignored']:>3} ignored"
        )
        for each in mapped.outcomes:
            totals.setdefault(each.asked.language, Counter())[each.status] += 1
            if full and each.status == "missing":
                print(f"      missing: {each.wanted}: {each.reason}")
    print("\nShare of the corpus that is mapped, by language")
    for language, count in sorted(totals.items()):
        asked = count["mapped"] + count["missing"]
        share = count["mapped"] / max(1, asked)
        print(f"  {language:<8} {count['mapped']:>4} of {asked:>4}  {share:6.1%}")


async def print_speed(names: list[str], shown: int) -> None:
    """Print how long one mapping takes beside one ``guix show`` a name."""
    settings = read_settings()
    engine = await find_guix(settings)
    wanted = Requirements(
        packages=tuple(Requirement(name, Origin("requirements.txt", 1)) for name in names)
    )
    with tempfile.TemporaryDirectory() as empty:
        begin = time.perf_counter()
        asking = Step(read_catalogue(engine.guix, engine.host, Path(empty)))
        async for _ in asking:
            pass
        map_requirements(wanted, asking.result)
        first = time.perf_counter() - begin
        begin = time.perf_counter()
        # As a later launch does it: what Guix said is on disk, nothing in memory.
        program = (
            "import sys; from pathlib import Path\n"
            "from binder_lite.engines.guix.catalogue import parse_catalogue\n"
            "from binder_lite.manifests.mapping import map_requirements\n"
            "from binder_lite.requirements.model import Origin, Requirement, Requirements\n"
            "asked = tuple(Requirement(n, Origin('r', 1)) for n in sys.argv[2:])\n"
            "kept = parse_catalogue(Path(sys.argv[1]).read_bytes())\n"
            "map_requirements(Requirements(packages=asked), kept)\n"
        )
        kept = catalogue_file(engine.guix, Path(empty))
        subprocess.run([sys.executable, "-c", program, str(kept), *names], check=True)
        later = time.perf_counter() - begin
    begin = time.perf_counter()
    for name in names[:shown]:
        subprocess.run(["guix", "show", f"python-{name}"], capture_output=True, check=False)
    each = (time.perf_counter() - begin) / max(1, shown)
    by_hand = each * len(names)
    print(f"\n{len(names)} requirements mapped, beside one `guix show` for each")
    print(f"  `guix show`: {each:.2f} s a name (mean of {shown}), {by_hand:.0f} s for all")
    print(f"  asked of Guix in one process: {first:.1f} s, ratio {first / by_hand:.4f}")
    print(f"  with what was kept of an earlier answer: {later:.1f} s, {later / by_hand:.4f}")


def main() -> None:
    """Print all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shows", type=int, default=20, help="how many `guix show` to time")
    parser.add_argument("--full", action="store_true", help="name what the corpus misses")
    arguments = parser.parse_args()
    catalogue = asyncio.run(_catalogue())
    print(f"Guix {catalogue.guix}, {len(catalogue.packages)} packages")
    labelled = list(read_labels(_DATA / "labelled.tsv"))
    held_out = list(read_labels(_DATA / "held-out.tsv"))
    popular = [
        *read_labels(_DATA / "popular-pypi-in-guix.tsv", "pypi"),
        *read_labels(_DATA / "popular-cran-in-guix.tsv"),
    ]
    print_scores("Labelled by hand", judge(labelled, catalogue))
    print_scores(
        "Labelled by hand, and kept from whoever wrote the rules", judge(held_out, catalogue)
    )
    print_scores("The most used", judge(popular, catalogue), goals=True)
    print_precision([*labelled, *held_out, *popular], catalogue)
    print_corpus(catalogue, full=arguments.full)
    names = [label.name for label in popular if label.kind == "pypi"][:300]
    asyncio.run(print_speed(names, arguments.shows))


async def _catalogue() -> Catalogue:
    settings = read_settings()
    engine = await find_guix(settings)
    asking = Step(read_catalogue(engine.guix, engine.host, settings.cache / "guix"))
    async for _ in asking:
        pass
    return asking.result


if __name__ == "__main__":
    main()
