# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors that only a server has: it is full, it is asked too often, or by somebody else."""

from __future__ import annotations

from binder_lite.errors import LaunchError


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


class BuildTooLarge(LaunchError):
    """A build was ended because it wrote more than this server allows."""

    code = "build-too-large"
    exit_status = 82
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


class OverQuota(LaunchError):
    """The files of a session, or of all of a person's, take more than this server allows."""

    code = "over-quota"
    exit_status = 81
    http_status = 507


class NotAStream(LaunchError):
    """A stream of events was asked for as if it were a page."""

    code = "not-a-stream"
    exit_status = 80
    http_status = 400
