# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session's container is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from binder_lite.engines.base import HOME, RUN, WORK, Activation, Ui
from binder_lite.sessions.server import (
    deferring,
    own_server_arguments,
    server_arguments,
    server_variables,
    shared_server_arguments,
)
from binder_lite.sessions.store import Session

# In a session's ``run``: a spare's server has imported all that it needs.
WAITING = "waiting"
_MODULES = {"lab": "jupyterlab", "notebook": "notebook"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a container is told; see :mod:`binder_lite.inside.session`.

    Either ``server`` (arguments of the imported server) or ``argv`` is set. ``waits``: the program
    is to wait for another assignment when it has imported all, and to make this file then.
    ``exit`` is the socket by which a session leaves that has no network of the machine's. Paths are
    those of the inside.
    """

    env: Mapping[str, str]
    cwd: str
    files: Mapping[str, str] = field(default_factory=dict)
    seeds: tuple[tuple[str, str, bool], ...] = ()
    server: tuple[str, ...] | None = None
    argv: tuple[str, ...] | None = None
    waits: str | None = None
    exit: str | None = None

    def encode(self) -> bytes:
        """Return the assignment as JSON, without what is not set."""
        values = msgspec.to_builtins(self)
        return msgspec.json.encode({k: v for k, v in values.items() if v is not None})


def seeds(
    session: Session, activation: Activation, *, resumed: bool
) -> tuple[tuple[str, str, bool], ...]:
    """Return which directories of the environment are copied where, and whether over files.

    A resumed session has had them; and a directory of the person's loses no file to a build.
    """
    if resumed:
        return ()
    copies = (
        (activation.seed_home, HOME, True),
        (activation.seed_work, WORK, not session.in_place),
    )
    return tuple((str(source), str(target), over) for source, target, over in copies if source)


def served_ui(activation: Activation, ui: Ui, *, shared: bool) -> Ui:
    """Return the interface that a session gets that wants ``ui``.

    An environment's own servers have what they have, unless there is a shared one.
    """
    if shared or ui in activation.servers:
        return ui
    return next(iter(activation.servers), ui)


def waiting_assignment(activation: Activation, token: str) -> Assignment:
    """Return what makes a container a spare: the environment's own server, imported.

    It is called so that it would only tell its version if it did not wait; and the ``token`` is
    nobody's.
    """
    own = activation.servers[served_ui(activation, "lab", shared=False)]
    home = activation.seed_home
    return Assignment(
        env={
            **activation.variables,
            **server_variables(token, activation.variables),
            **deferring(activation.variables),
        },
        cwd=str(HOME),
        files=activation.files,
        seeds=((str(home), str(HOME), True),) if home else (),
        argv=(str(own), "--version"),
        waits=str(RUN / WAITING),
    )


def server_assignment(
    session: Session,
    activation: Activation,
    base_url: str,
    token: str,
    interpreter: Path,
    *,
    resumed: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Assignment:
    """Return what makes a container this session's server.

    It is the one that the container has imported, unless the environment brings its own or the
    repository has a ``start`` program, which is given the server's command (``interpreter`` is
    the shared server's Python). ``variables`` are the session's besides.
    """
    ui: Ui = session.ui if session.ui in activation.servers else "lab"
    own = activation.servers.get(ui)
    shared = shared_server_arguments(base_url, session.ui)
    argv: tuple[str, ...] | None = None
    kernel = activation.default_kernel
    if own:
        argv = (str(own), *own_server_arguments(base_url, kernel, ui))
    elif session.start:
        module = _MODULES[session.ui]
        argv = (str(interpreter), "-m", module, *server_arguments(base_url, kernel))
    if session.start and argv:
        argv = (str(WORK / session.start), *argv)
    return Assignment(
        env={
            **(variables or {}),
            **activation.variables,
            **server_variables(token, activation.variables),
            **(deferring(activation.variables) if own else {}),
        },
        cwd=str(WORK if session.start or not own or activation.server_is_careful else HOME),
        files=activation.files,
        seeds=seeds(session, activation, resumed=resumed),
        server=None if argv else shared,
        argv=argv,
    )
