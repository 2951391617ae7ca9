# SPDX-License-Identifier: GPL-3.0-or-later
"""Guix's command lines, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from binder_lite.command import Command
from binder_lite.engines.base import HOME, USER
from binder_lite.engines.guix.installation import Guix

# Messages are recognised by their English text. A heap that is large from the start saves Guile
# most of its garbage collections: see docs/explanation/speed.md.
_FIXED = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "GC_INITIAL_HEAP_SIZE": "512M"}


def guix_command(guix: Guix, words: Sequence[str], env: Mapping[str, str]) -> Command:
    """Return any call of Guix, with the variables that it is to see."""
    return Command((str(guix.program), *words), {**env, **guix.variables, **_FIXED})


def profile_command(
    guix: Guix,
    manifests: Iterable[PurePath],
    root: PurePath,
    env: Mapping[str, str],
    *,
    developed: PurePath | None = None,
) -> Command:
    """Build the profile of these manifests together, and protect it by the link ``root``.

    ``developed`` is a package's file, whose development environment is joined to them. Nothing is
    run in the profile: its search paths are printed, which is the least that one can ask for.
    """
    words = [f"--load-path={guix.library}", *(f"--manifest={path}" for path in manifests)]
    words += ["--development", f"--file={developed}"] if developed else []
    # Below 3 Guix tells neither phases nor what was built or downloaded.
    words += ["--verbosity=3", f"--root={root}", "--search-paths"]
    return guix_command(guix, ("shell", *words), env)


def repl_command(guix: Guix, script: PurePath, env: Mapping[str, str]) -> Command:
    """Run one of this project's Guile programs, which lies in the library's directory."""
    library = script.parents[1]
    return guix_command(guix, ("repl", f"--load-path={library}", "--", str(script)), env)


def time_machine_command(guix: Guix, channels: Path, command: Command) -> Command:
    """Return a call of Guix as one of the Guix that these channels make."""
    words = ("time-machine", f"--channels={channels}", "--", *command.argv[1:])
    return replace(command, argv=(str(guix.program), *words))


def container_command(
    guix: Guix,
    profile: PurePath,
    command: Command,
    *,
    shares: Iterable[PurePath],
    exposes: Iterable[PurePath],
    links: Mapping[str, str],
    network: bool,
    nesting: bool = False,
    env: Mapping[str, str],
) -> Command:
    """Run ``command`` in a container of ``profile``.

    ``shares`` are writable there and ``exposes`` are not, at the paths that they have here;
    ``links`` are symbolic links to files of the profile. The command's environment reaches it in
    another way: the container has only what the profile's search paths say.
    """
    words = ["shell", "--container", f"--profile={profile}", f"--user={USER}", "--no-cwd"]
    words += ["--network"] if network else []
    words += ["--nesting"] if nesting else []
    words += [f"--share={path}" for path in shares]
    words += [f"--expose={path}" for path in exposes]
    words += [f"--symlink={link}={target}" for link, target in links.items()]
    enclosed = guix_command(guix, (*words, "--", *command.argv), {**env, "HOME": str(HOME)})
    return replace(
        enclosed,
        pass_fds=command.pass_fds,
        shown=(enclosed.argv[0], *words, "--", *(command.shown or command.argv)),
    )
