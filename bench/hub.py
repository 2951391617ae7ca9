# SPDX-License-Identifier: GPL-3.0-or-later
"""How `binder-lite serve` does beside plain JupyterHub, and with many people at once.

``make bench-hub`` calls it; README.md says what is compared and how to read the figures. The exit
status is 0 whatever they are: a slow day of the machine is no defect of the code.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx

from comparison import HUB_HEADER, SPARE_HEADER, comparison_line, ratios, spread
from hub_readers import Heard, read_build
from hub_sides import Ours, Plain, Started, client, first_cell, plain_hub, serving
from memory import tree_mib
from sides import Clock

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from end_to_end.serving import forge

EXAMPLE = Path(__file__).parent.parent / "examples" / "requirements-txt"
GUIX_EXAMPLE = EXAMPLE.with_name("manifest-scm")
ROWS = ("warm", "cold", "many", "readers")
# Where there is Guix, and only when it is asked for.
GUIX_ROW = "guix"
GOAL_WARM = 0.10
_SEVERAL = 10
_LOG_LINES = 2000
_SPARES = 2
# What a kernel and a spare's replacement still do after a launch is not the next one's.
_REST_SECONDS = 1.0
_SLOWLY = f"""#!/bin/sh
sleep 5
seq -f 'line %06.0f {"x" * 380}' {_LOG_LINES} | while read -r line; do
  echo "$line"
  case "$line" in *00\\ x*) sleep 0.5 ;; esac
done
# {{number}}
"""


@dataclass(frozen=True, slots=True)
class Warm:
    """One launch: until it was told to be ready, the first 200, `1+1`; and its memory in MiB."""

    ready: float
    answered: float
    first_cell: float
    mib: float


@dataclass(frozen=True, slots=True)
class Pairs:
    """Launches of two kinds, in turn, and the memory in MiB of each spare that waited."""

    left: list[Warm] = field(default_factory=list)
    right: list[Warm] = field(default_factory=list)
    spares: list[float] = field(default_factory=list)


class Forge:
    """Repositories that the server fetches from ``url``, made as they are needed."""

    def __init__(self, root: Path, url: str) -> None:
        self._root = root
        self._url = url

    def publish(
        self,
        name: str,
        post_build: str = "",
        requirements: str | None = None,
        example: Path = EXAMPLE,
    ) -> str:
        """Make a repository of the example with other contents, and return its address."""
        place = self._root / "work" / name
        shutil.copytree(example, place)
        if requirements is not None:
            (place / "requirements.txt").write_text(requirements)
        if post_build:
            (place / "postBuild").write_text(post_build)
            (place / "postBuild").chmod(0o755)
        identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
        for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "Begin"]):
            subprocess.run(["git", "-C", str(place), *identity, *words], check=True)
        bare = self._root / "git" / f"{name}.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", str(place), str(bare)], check=True)
        return f"{self._url}/{quote(name)}.git"


class Bench:
    """All rows, in a directory of the benchmark's own."""

    def __init__(self, root: Path, source: Forge, url: str, pairs: int) -> None:
        self._root = root
        self._source = source
        self._url = url
        self._pairs = pairs

    @contextlib.contextmanager
    def _ours(self, spares: int, most: int = 10) -> Iterator[Ours]:
        """Serve; what was built and fetched before is there."""
        with serving(self._root / "ours", self._url, spares, most) as ours:
            yield ours

    async def warm(self) -> None:
        """Launch with the environment built, beside plain JupyterHub, with and without spares."""
        repository = self._source.publish("warm")
        with plain_hub(self._root / "plain", EXAMPLE) as plain:
            for spares in (_SPARES, 0):
                with self._ours(spares) as ours:
                    async with client() as http:
                        await self._compare_warm(http, ours, plain, repository, spares)

    async def _compare_warm(
        self, http: httpx.AsyncClient, ours: Ours, plain: Plain, repository: str, spares: int
    ) -> None:
        await _launch_ours(http, ours, repository)
        await _start_plain(http, plain)
        pairs = await self._compare(
            ours, partial(_launch_ours, http, ours, repository), partial(_start_plain, http, plain)
        )
        print(f"\nwarm launch, environment built, {spares} spares\n{HUB_HEADER}")
        _print_pairs(pairs, GOAL_WARM if spares else None)

    async def _compare(
        self,
        ours: Ours,
        launch: Callable[[], Awaitable[Warm]],
        other: Callable[[], Awaitable[Warm]],
    ) -> Pairs:
        """Do one and the other in turn, each with the spares of ``ours`` complete and at rest."""
        pairs = Pairs()
        for number in range(1, self._pairs + 1):
            _tell(f"pair {number} of {self._pairs}")
            ours.wait_for_spares()
            await asyncio.sleep(_REST_SECONDS)
            pairs.spares.extend(tree_mib(pid) for pid in ours.spares())
            pairs.left.append(await launch())
            ours.wait_for_spares()
            await asyncio.sleep(_REST_SECONDS)
            pairs.right.append(await other())
        return pairs

    async def guix(self) -> None:
        """Launch a manifest with the profile built, on a server with spares and on one without."""
        repository = self._source.publish("guix", example=GUIX_EXAMPLE)
        with (
            serving(self._root / "with", self._url, 0, 10, environment_spares=1) as spared,
            serving(self._root / "without", self._url, 0, 10) as bare,
        ):
            async with client() as http:
                for ours in (spared, bare, spared, bare):  # Built, and asked for often.
                    await _launch_ours(http, ours, repository)
                pairs = await self._compare(
                    spared,
                    partial(_launch_ours, http, spared, repository),
                    partial(_launch_ours, http, bare, repository),
                )
        print(f"\nwarm launch with Guix, profile built\n{SPARE_HEADER}")
        _print_pairs(pairs)

    async def cold(self) -> None:
        """Launch where the environment is to be built of downloads that are cached."""
        times: list[Warm] = []
        with self._ours(_SPARES) as ours:
            async with client() as http:
                for number in range(self._pairs + 1):
                    _tell(f"cold launch {number} of {self._pairs}")
                    note = f"# {number}\n"
                    repository = self._source.publish(f"cold{number}", f"#!/bin/sh\n{note}")
                    ours.wait_for_spares()
                    await asyncio.sleep(_REST_SECONDS)
                    times.append(await _launch_ours(http, ours, repository))
        times = times[1:]  # The first fills the cache.
        print("\ncold launch: environment not built, downloads cached; seconds until")
        print(f"  {'the first 200':<24} {spread([each.answered for each in times])!s:>20}")
        first = spread([each.first_cell for each in times])
        print(f"  {'the result of 1+1':<24} {first!s:>20}", flush=True)

    async def many(self, people: int) -> None:
        """Launch for many people at once: one repository, then ten."""
        note = "#!/bin/sh\n# many\n"
        one = [self._source.publish("many", note)]
        several = [
            self._source.publish(f"several{number}", f"{note}# {number}\n")
            for number in range(_SEVERAL)
        ]
        for title, repositories in (("one repository", one), ("ten repositories", several)):
            _tell(f"{people} launches of {title}")
            with self._ours(_SPARES, people) as ours:
                ours.wait_for_spares()
                clock, built = Clock(), ours.built()
                async with client() as http:
                    launches = (
                        ours.launch(http, repositories[number % len(repositories)], clock)
                        for number in range(people)
                    )
                    servers = await asyncio.gather(*launches)
                done = sorted(server.answered for server in servers)
                print(f"\n{people} launches of {title} at once, not built before")
                print(f"  builds {ours.built() - built}, sessions that answered {len(done)}")
                seconds = f"first {done[0]:.2f}, last {done[-1]:.2f}"
                print(f"  seconds until the first 200: {seconds}")
                sizes = [tree_mib(server.pid) for server in servers]
                print(f"  MiB of a session without a kernel: {spread(sizes)}", flush=True)
                ours.stop(servers)

    async def readers(self, count: int) -> None:
        """Read one build's log by many, one of whom hangs."""
        alone, together = [], []
        with self._ours(0) as ours:
            for number in range(3):
                _tell(f"build {number + 1} of 3, for one reader and for {count}")
                first, second = (
                    self._source.publish(
                        f"log{number}{who}", _SLOWLY.format(number=f"{number}{who}")
                    )
                    for who in "ab"
                )
                alone.append(await read_build(ours, first, 1, hanging=False))
                together.append(await read_build(ours, second, count, hanging=True))
        _print_readers(count, alone, together)


def _print_pairs(pairs: Pairs, goal: float | None = None) -> None:
    """Print the rows of launches that were made in pairs; ``goal`` is of the first 200."""
    left, right = pairs.left, pairs.right
    print(_line("told to be ready", left, right, "ready"))
    print(_line("the first 200", left, right, "answered", goal))
    print(_line("the result of 1+1", left, right, "first_cell"))
    print("  MiB (proportional set size)")
    print(_line("a session with a kernel", left, right, "mib"))
    if pairs.spares:
        print(f"  {'a spare':<24} {spread(pairs.spares)!s:>20}")
    sys.stdout.flush()


def _print_readers(count: int, alone: Sequence[Heard], together: Sequence[Heard]) -> None:
    whole = min(sum(lines >= _LOG_LINES for lines in each.lines) for each in together)
    ratio = ratios([e.build_seconds for e in together], [e.build_seconds for e in alone])
    print(f"\n{count} readers of one build's log, and one that hangs; {_LOG_LINES} lines")
    print(f"  readers that were sent the whole log: {whole} of {count}")
    print(f"  seconds of the build: {spread([e.build_seconds for e in together])}")
    print(f"  … with one reader: {spread([e.build_seconds for e in alone])}, ratio {ratio}")
    print(f"  seconds until the last reader had all: {spread([e.last for e in together])}")
    for number, each in enumerate(together, 1):
        memory = f"{each.before_mib:.0f}, at most {each.most_mib:.0f}, then {each.after_mib:.0f}"
        print(f"  MiB of the service before build {number}: {memory}")
    sys.stdout.flush()


async def _launch_ours(http: httpx.AsyncClient, ours: Ours, repository: str) -> Warm:
    clock = Clock()
    server = await ours.launch(http, repository, clock)
    measured = await _measure(server, clock)
    ours.stop([server])
    return measured


async def _start_plain(http: httpx.AsyncClient, plain: Plain) -> Warm:
    server, clock = await plain.start(http)
    measured = await _measure(server, clock)
    await plain.stop(http, server)
    return measured


async def _measure(server: Started, clock: Clock) -> Warm:
    cell = await first_cell(server, clock)
    return Warm(server.ready, server.answered, cell, tree_mib(server.pid))


def _line(
    what: str,
    ours: Sequence[Warm],
    theirs: Sequence[Warm],
    which: str,
    goal: float | None = None,
) -> str:
    left, right = ([float(getattr(each, which)) for each in side] for side in (ours, theirs))
    return comparison_line(what, left, right, goal)


def _tell(what: str) -> None:
    print(f"  … {what}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)


async def run(bench: Bench, options: argparse.Namespace) -> None:
    """Measure and print all that was asked for."""
    if "warm" in options.rows:
        await bench.warm()
    if GUIX_ROW in options.rows:
        await bench.guix()
    if "cold" in options.rows:
        await bench.cold()
    if "many" in options.rows:
        await bench.many(options.people)
    if "readers" in options.rows:
        await bench.readers(options.readers)


def main() -> None:
    """Read the options and measure in a directory of our own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10, help="how often a launch is measured")
    parser.add_argument("--rows", nargs="+", choices=(*ROWS, GUIX_ROW), default=ROWS)
    parser.add_argument("--people", type=int, default=50, help="how many launch at once")
    parser.add_argument("--readers", type=int, default=1000, help="how many read one log")
    parser.add_argument("--directory", type=Path, help="where to work, a short path")
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(
        prefix="hub-", dir=options.directory, ignore_cleanup_errors=True
    ) as directory:
        root = Path(directory)
        root.chmod(0o755)
        (root / "git").mkdir()
        with forge(root / "git") as url:
            bench = Bench(root, Forge(root, url), url, options.pairs)
            asyncio.run(run(bench, options))


if __name__ == "__main__":
    main()
