# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error that a person may see.

A :class:`LaunchError` says what happened (``message``), what to do next (``hint``) and, where there
is more to know, ``details``. It is shown in two places only: the command line's ``main`` and the
web's error handler. Any other exception is a bug and keeps its traceback.

Each class has a stable ``code`` for programs, an ``exit_status`` of its own for scripts, and an
``http_status`` for the web. ``docs/reference/errors.md`` lists them; a test keeps the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Details:
    """What stands behind an error: the command that failed and the last that it said.

    ``command`` is already quoted and free of secrets (:meth:`binder_lite.command.Command.display`).
    """

    command: str | None = None
    exit_status: int | None = None
    last_lines: tuple[str, ...] = ()
    log: Path | None = None


class LaunchError(Exception):
    """The root of all errors that are meant for a person."""

    code: ClassVar[str] = "launch-failed"
    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "", details: Details | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details or Details()


# The person's own words: what was typed or configured.


class BadSource(LaunchError):
    """The source text is none of the forms that are understood, or is unsafe."""

    code = "bad-source"
    exit_status = 10
    http_status = 400


class BadSettings(LaunchError):
    """The settings file or an environment variable holds something that cannot be used."""

    code = "bad-settings"
    exit_status = 11
    http_status = 500


class BadOption(LaunchError):
    """Options that contradict each other or the source."""

    code = "bad-option"
    exit_status = 12
    http_status = 400


# The repository, as far as reaching it goes.


class RepositoryNotFound(LaunchError):
    """The host answered that there is no such repository, or the path does not exist."""

    code = "repository-not-found"
    exit_status = 20
    http_status = 404


class LoginNeeded(LaunchError):
    """The repository (or something that looks like it) asks for credentials."""

    code = "login-needed"
    exit_status = 21
    http_status = 403


class HostUnreachable(LaunchError):
    """The host's name does not resolve, or it does not answer."""

    code = "host-unreachable"
    exit_status = 22
    http_status = 502


class RefNotFound(LaunchError):
    """The repository has no such branch, tag or commit."""

    code = "ref-not-found"
    exit_status = 23
    http_status = 404


class PathNotFound(LaunchError):
    """The repository has no such file or folder."""

    code = "path-not-found"
    exit_status = 24
    http_status = 404


class FetchFailed(LaunchError):
    """Git failed in a way that has no error of its own."""

    code = "fetch-failed"
    exit_status = 25
    http_status = 502


class LfsMissing(LaunchError):
    """The repository keeps files in Git LFS and git-lfs is not installed."""

    code = "git-lfs-missing"
    exit_status = 26
    http_status = 500


class UnsafePath(LaunchError):
    """A path in the source or the repository leads outside the repository."""

    code = "unsafe-path"
    exit_status = 27
    http_status = 400


# The repository's files, as far as they say what they need.


class BadRequirements(LaunchError):
    """A file that declares requirements cannot be read; names file and line."""

    code = "bad-requirements"
    exit_status = 30
    http_status = 422


class TwoBinderDirectories(LaunchError):
    """Both ``binder/`` and ``.binder/`` exist, so it is unclear which one counts."""

    code = "two-binder-directories"
    exit_status = 31
    http_status = 422


class Unsupported(LaunchError):
    """The repository declares its environment in a way that no engine here can build."""

    code = "unsupported"
    exit_status = 32
    http_status = 422


class PackagesMissing(LaunchError):
    """Packages that cannot be had with this engine; ``--allow-missing`` goes on without them."""

    code = "packages-missing"
    exit_status = 33
    http_status = 422


class BadNotebook(LaunchError):
    """The notebook to open is not a notebook."""

    code = "bad-notebook"
    exit_status = 34
    http_status = 422


class BadManifest(LaunchError):
    """A Guix file cannot be evaluated, or is no manifest; names file and line."""

    code = "bad-manifest"
    exit_status = 35
    http_status = 422


class TrustNeeded(LaunchError):
    """A Guix file asks for more than a sandbox gives it; ``--trust`` grants it."""

    code = "trust-needed"
    exit_status = 36
    http_status = 403


class CannotPin(LaunchError):
    """This machine cannot say what would give the same environment later."""

    code = "cannot-pin"
    exit_status = 37
    http_status = 422


# Building the environment.


class EngineUnavailable(LaunchError):
    """The engine that was asked for is not on this machine."""

    code = "engine-unavailable"
    exit_status = 40
    http_status = 500


class PythonUnavailable(LaunchError):
    """No Python of the version that the repository asks for."""

    code = "python-unavailable"
    exit_status = 41
    http_status = 422


class PackageNotFound(LaunchError):
    """The package index, or Guix, has no such package, or no such version of it."""

    code = "package-not-found"
    exit_status = 42
    http_status = 422


class VersionsConflict(LaunchError):
    """No set of versions satisfies all requirements together."""

    code = "versions-conflict"
    exit_status = 43
    http_status = 422


class BuildFailed(LaunchError):
    """Building or installing a package, or the repository's own ``postBuild``, failed."""

    code = "build-failed"
    exit_status = 44
    http_status = 500


class IndexUnreachable(LaunchError):
    """The package index does not answer."""

    code = "index-unreachable"
    exit_status = 45
    http_status = 502


class EnvironmentInUse(LaunchError):
    """The environment cannot be removed while a session uses it."""

    code = "environment-in-use"
    exit_status = 46
    http_status = 409


class EnvironmentNotFound(LaunchError):
    """There is no environment of this key."""

    code = "environment-not-found"
    exit_status = 47
    http_status = 404


class HashMismatch(LaunchError):
    """What was downloaded is not what the package's author had downloaded."""

    code = "hash-mismatch"
    exit_status = 48
    http_status = 502


class ChannelFailed(LaunchError):
    """A Guix channel cannot be fetched, authenticated or compiled."""

    code = "channel-failed"
    exit_status = 49
    http_status = 502


# The session and its server.


class SessionNotFound(LaunchError):
    """There is no session of this id."""

    code = "session-not-found"
    exit_status = 50
    http_status = 404


class SessionRunning(LaunchError):
    """The session runs already."""

    code = "session-running"
    exit_status = 51
    http_status = 409


class ServerFailed(LaunchError):
    """The notebook server ended, or did not answer in time."""

    code = "server-failed"
    exit_status = 52
    http_status = 500


class PortTaken(LaunchError):
    """Another program listens on the port that was asked for."""

    code = "port-taken"
    exit_status = 53
    http_status = 500


class UnsavedWork(LaunchError):
    """The session holds work that is nowhere else, so it is not removed; ``work`` lists it."""

    code = "unsaved-work"
    exit_status = 54
    http_status = 409

    def __init__(self, message: str, *, hint: str = "", work: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.work = work


# The machine.


class SandboxUnavailable(LaunchError):
    """This machine does not let an unprivileged person make a sandbox."""

    code = "sandbox-unavailable"
    exit_status = 60
    http_status = 500


class ToolMissing(LaunchError):
    """A program that a launch needs is not installed."""

    code = "tool-missing"
    exit_status = 61
    http_status = 500


class DiskFull(LaunchError):
    """No space (or quota) left where something had to be written; says where."""

    code = "disk-full"
    exit_status = 62
    http_status = 507


class NotWritable(LaunchError):
    """A directory that binder-lite keeps its files in cannot be written."""

    code = "not-writable"
    exit_status = 63
    http_status = 500


class DaemonUnavailable(LaunchError):
    """The Guix daemon does not run, or does not let this person connect."""

    code = "daemon-unavailable"
    exit_status = 64
    http_status = 503


# What a server for many people refuses, or fails in.


class SourceRefused(LaunchError):
    """This server does not open sources of this kind or from this place."""

    code = "source-refused"
    exit_status = 70
    http_status = 403


class NotLoggedIn(LaunchError):
    """The person has to log in first."""

    code = "not-logged-in"
    exit_status = 71
    http_status = 403


class NotYours(LaunchError):
    """It belongs to another person, or the request came from another site."""

    code = "not-allowed"
    exit_status = 72
    http_status = 403


class NoSuchPage(LaunchError):
    """There is nothing at this address."""

    code = "page-not-found"
    exit_status = 73
    http_status = 404


class TooMany(LaunchError):
    """A limit of the server is reached: sessions, launches, or open streams.

    ``seconds`` is after which time to ask again, if that is known.
    """

    code = "too-many"
    exit_status = 74
    http_status = 429

    def __init__(self, message: str, *, hint: str = "", seconds: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.seconds = seconds


class QueueFull(LaunchError):
    """So many builds wait that another would not come to its turn."""

    code = "queue-full"
    exit_status = 75
    http_status = 503


class BuildTooLong(LaunchError):
    """A build was ended because it took longer than this server allows."""

    code = "build-too-long"
    exit_status = 76
    http_status = 422


class BuildCancelled(LaunchError):
    """Somebody cancelled the build."""

    code = "build-cancelled"
    exit_status = 77
    http_status = 409


class BadToken(LaunchError):
    """A build token that was not made here, is for another repository, or has expired."""

    code = "bad-token"
    exit_status = 78
    http_status = 403


class HubFailed(LaunchError):
    """JupyterHub does not answer, or refused what the service asked for."""

    code = "hub-failed"
    exit_status = 79
    http_status = 502


class NotAStream(LaunchError):
    """A stream of events was asked for as if it were a page."""

    code = "not-a-stream"
    exit_status = 80
    http_status = 400


class OverQuota(LaunchError):
    """The files of a session, or of all of a person's, take more than this server allows."""

    code = "over-quota"
    exit_status = 81
    http_status = 507


class BuildTooLarge(LaunchError):
    """A build was ended because it wrote more than this server allows."""

    code = "build-too-large"
    exit_status = 82
    http_status = 422


class FetchTooLong(LaunchError):
    """Fetching was ended because it took longer than this server allows."""

    code = "fetch-too-long"
    exit_status = 84
    http_status = 422


class FetchTooLarge(LaunchError):
    """Fetching was ended because the repository takes more than this server allows."""

    code = "fetch-too-large"
    exit_status = 85
    http_status = 422


class AlreadyServing(LaunchError):
    """Another ``binder-lite serve`` uses the same data."""

    code = "already-serving"
    exit_status = 83
    http_status = 409
