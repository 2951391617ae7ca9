# SPDX-License-Identifier: GPL-3.0-or-later
"""How git is called: environments and commands as values. Nothing here runs anything.

Two kinds of environment keep apart what must not mix:

- :func:`person_environment` is for reaching a host. The person's git configuration, credential
  helpers and ssh agent apply, and nothing may prompt.
- :func:`data_environment` is for reading repositories as data. No configuration from outside
  applies, so no filter, hook, helper or alias can run.

Neither lets a repository's content or configuration choose a program.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from binder_lite.command import Command
from binder_lite.process import host_environment
from binder_lite.sources.leaving import leaving
from binder_lite.sources.model import Login

# `file` is left out where the URL came over the network: a repository's submodule could
# otherwise name one of the person's own repositories and carry it into a session.
REMOTE_PROTOCOLS = "https:http:ssh:git"
LOCAL_PROTOCOLS = "file"

_PERSONS = (
    "SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "XDG_CONFIG_HOME",
    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_SSL_NO_VERIFY",
    # Credential helpers keep secrets in the desktop's keyring or in pass.
    "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "GNUPGHOME", "PASSWORD_STORE_DIR",
)  # fmt: skip
_ALWAYS = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.quotePath", "true"),
    ("core.autocrlf", "false"),
    ("core.attributesFile", "/dev/null"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("submodule.recurse", "false"),
    # One pack for each fetch instead of up to a hundred loose files.
    ("fetch.unpackLimit", "1"),
    ("checkout.workers", "0"),
    # A server that is silent for a minute is not going to answer.
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "60"),
)
_SSH = "ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15"
# The shell that git starts for this reads the two variables; the secret is in no argument.
_HELPER = (
    '!f() { test "$1" = get && '
    'printf \'username=%s\\npassword=%s\\n\' "$BINDER_LITE_USER" "$BINDER_LITE_PASSWORD"; }; f'
)
# What serves a local repository to us. Reading another person's repository is safe here:
# upload-pack runs no hook, takes `uploadpack.packObjectsHook` from protected configuration only
# (there is none), and fetches nothing by itself (GIT_NO_LAZY_FETCH, and for a git that does not
# know it, no protocol that it could use).
_UPLOAD_PACK = (
    "GIT_ALLOW_PROTOCOL=none git -c safe.directory=* -c uploadpack.allowAnySHA1InWant=true"
    " upload-pack"
)


@dataclass(frozen=True, slots=True)
class Remote:
    """How a repository is reached: a URL without credentials, and the environment for git.

    ``name`` is what people know it by.
    """

    url: str
    name: str
    env: Mapping[str, str] = field(repr=False)
    options: tuple[str, ...] = ()


def numbered_config(pairs: Sequence[tuple[str, str]], first: int = 0) -> dict[str, str]:
    """Return the variables that configure git; ``first`` is how many pairs there are already."""
    numbered = {"GIT_CONFIG_COUNT": str(first + len(pairs))}
    for number, (key, value) in enumerate(pairs, first):
        numbered[f"GIT_CONFIG_KEY_{number}"] = key
        numbered[f"GIT_CONFIG_VALUE_{number}"] = value
    return numbered


def _environment(
    config: Iterable[tuple[str, str]], protocols: str, **variables: str
) -> Mapping[str, str]:
    return host_environment(
        **numbered_config((*_ALWAYS, *config)),
        **variables,
        GIT_ALLOW_PROTOCOL=protocols,
        GIT_TERMINAL_PROMPT="0",
        GIT_ASKPASS="",  # empty, so that core.askPass and SSH_ASKPASS do not count either
        GIT_NO_LAZY_FETCH="1",
        GIT_NO_REPLACE_OBJECTS="1",
        GIT_OPTIONAL_LOCKS="0",
        GCM_INTERACTIVE="never",
        # The messages are matched, so they are asked for in English.
        LC_ALL="C",
        LANGUAGE="",
    )


def data_environment(
    *config: tuple[str, str], protocols: str = "none", **variables: str
) -> Mapping[str, str]:
    """Return the environment in which git reads and writes repositories as mere data."""
    return _environment(
        config,
        protocols,
        GIT_CONFIG_GLOBAL="/dev/null",
        GIT_CONFIG_NOSYSTEM="1",
        GIT_ATTR_NOSYSTEM="1",
        **variables,
    )


def person_environment(
    url: str, login: Login | None, *, own_ssh: bool = False
) -> Mapping[str, str]:
    """Return the environment in which git reaches ``url`` with the person's means.

    A ``login`` replaces the person's credential helpers for that host, so that it is neither
    asked elsewhere nor stored. ``own_ssh`` says that their git configuration names an ssh program.
    """
    variables = {name: os.environ[name] for name in _PERSONS if name in os.environ}
    if not own_ssh and "GIT_SSH" not in variables:
        variables.setdefault("GIT_SSH_COMMAND", _SSH)
    config: list[tuple[str, str]] = []
    if login is not None:
        parts = urlsplit(url)
        scope = f"credential.{parts.scheme}://{parts.netloc}"
        if login.password is None:
            config.append((f"{scope}.username", login.user))
        else:
            config += [(f"{scope}.helper", ""), (f"{scope}.helper", _HELPER)]
            variables |= {
                "BINDER_LITE_USER": login.user,
                "BINDER_LITE_PASSWORD": login.password,
            }
    return _environment(config, REMOTE_PROTOCOLS, **variables)


def local_remote(git_dir: Path, name: str = "") -> Remote:
    """Return how a repository on this disk is read, whoever owns it."""
    url = "file://" + quote(os.fsencode(git_dir))
    env = data_environment(protocols=LOCAL_PROTOCOLS)
    return Remote(url, name or url, env, (f"--upload-pack={_UPLOAD_PACK}",))


def ls_remote_command(remote: Remote) -> Command:
    """Return the command that lists a repository's refs.

    It runs in the root directory: git would read the configuration of a repository it runs in,
    which may name programs.
    """
    argv = ("git", "ls-remote", "--symref", *remote.options, "--", remote.url)
    return leaving(Command(argv, remote.env, Path("/")), remote.url)


def fetch_command(
    git_dir: Path, remote: Remote, refspecs: tuple[str, ...], *options: str
) -> Command:
    """Return the command that fetches ``refspecs`` into the bare repository ``git_dir``."""
    argv = (
        "git", "fetch", "--progress", "--no-tags", "--no-write-fetch-head", "--force",
        *options, *remote.options, "--", remote.url, *refspecs,
    )  # fmt: skip
    command = Command(argv, {**remote.env, "GIT_DIR": str(git_dir)}, Path("/"))
    return leaving(command, remote.url)


def init_command(git_dir: Path, commit: str) -> Command:
    """Return the command that makes an empty bare repository for commits like ``commit``."""
    hashing = "sha256" if len(commit) == 64 else "sha1"
    return Command(
        ("git", "init", "--quiet", "--bare", "--template=", f"--object-format={hashing}",
         "--", str(git_dir)),
        data_environment(),
        Path("/"),
    )  # fmt: skip


def data_command(
    git_dir: Path,
    *arguments: str,
    work_tree: Path | None = None,
    index: Path | None = None,
    config: tuple[tuple[str, str], ...] = (),
) -> Command:
    """Return a git command on a repository that we own, with nothing from outside applied."""
    variables = {"GIT_DIR": str(git_dir)}
    if work_tree is not None:
        variables["GIT_WORK_TREE"] = str(work_tree)
    if index is not None:
        variables["GIT_INDEX_FILE"] = str(index)
    return Command(
        ("git", *arguments), data_environment(*config, **variables), work_tree or Path("/")
    )


def look_command(directory: Path, *arguments: str) -> Command:
    """Return a git command that looks at a repository of unknown origin, where it lies.

    Only for commands that run no program whatever the repository's configuration says: rev-parse,
    symbolic-ref, check-ignore. That is also why any owner is accepted.
    """
    env = data_environment(("safe.directory", "*"))
    return Command(("git", *arguments), env, directory)
