# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a session: to its person, to BinderHub's clients, to programs in it. Pure."""

from __future__ import annotations

from urllib.parse import quote

from binder_lite.errors import LaunchError
from binder_lite.sessions.store import Session
from binder_lite.web.launch import Launch
from binder_lite.web.specs import parse_pasted, shown_spec, spec_of
from binder_lite.web.transcripts import Json


def title_of(session: Session) -> str:
    """Return what a session is called in lists: its repository."""
    try:
        return shown_spec(spec_of(parse_pasted(session.source)).text)
    except LaunchError:
        return session.source.rstrip("/").rpartition("/")[2] or session.id


def launch_variables(launch: Launch, session: Session) -> dict[str, str]:
    """Return the variables by which programs in a session know what they were launched from."""
    prefix, _, spec = launch.record.spec.partition("/")
    stem = spec_of(launch.request.source)
    pinned = stem.spec[: len(stem.spec) - len(quote(stem.ref, safe="/"))]
    return {
        "BINDER_REPO_URL": stem.repository,
        "BINDER_REF_URL": _ref_url(stem.repository, session.commit or stem.ref),
        "BINDER_LAUNCH_HOST": launch.record.base,
        "BINDER_REQUEST": f"v2/{prefix}/{spec}",
        "BINDER_PERSISTENT_REQUEST": f"v2/{stem.prefix}/{pinned}{session.commit or stem.ref}",
    }


def _ref_url(repository: str, ref: str) -> str:
    return f"{repository}/-/tree/{ref}" if "gitlab" in repository else f"{repository}/tree/{ref}"


def ready_of(
    launch: Launch, session: Session, address: str, token: str, page: str, kernel: str
) -> dict[str, Json]:
    """Return what BinderHub's clients and ours are told of a session that is ready."""
    variables = launch_variables(launch, session)
    return {
        "url": address,
        "token": token,
        "image": session.environment,
        "repo_url": variables["BINDER_REPO_URL"],
        "binder_ref_url": variables["BINDER_REF_URL"],
        "binder_launch_host": variables["BINDER_LAUNCH_HOST"],
        "binder_request": variables["BINDER_REQUEST"],
        "binder_persistent_request": variables["BINDER_PERSISTENT_REQUEST"],
        "session": session.id,
        "path": session.path,
        "page": page,
        "kernel": launch.request.kernel or kernel,
        "engine": session.engine,
        "environment": session.environment,
        "commit": session.commit,
    }
