# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sessions on this machine no longer need, and room made by removing it.

An environment counts as needed as long as there is a session that it was made for, a stopped one
too. Everything here can be fetched or built again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from binder_lite.engines.choice import named_engine
from binder_lite.engines.uv.package_cache import remove_unshared
from binder_lite.environments import Environment, list_environments, remove_environment
from binder_lite.errors import EnvironmentInUse, EnvironmentNotFound
from binder_lite.sessions.store import list_sessions
from binder_lite.settings import Settings
from binder_lite.sources.checkouts import remove_unused
from binder_lite.storage import free_bytes, tree_size

# What was used a moment ago may belong to a launch that is not a session yet.
_LEAST_SECONDS = 6 * 3600
_DAY = 24 * 3600
_END = object()


def all_environments(settings: Settings) -> list[Environment]:
    """Return all environments, also those that are private to somebody on a server."""
    return [each for root in settings.all_environments for each in list_environments(root)]


def sessions_by_environment(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the sessions, running or stopped, of each environment, by its name."""
    found: dict[str, tuple[str, ...]] = {}
    for session in list_sessions(settings.sessions):
        found[session.environment] = (*found.get(session.environment, ()), session.id)
    return found


async def server_key(settings: Settings) -> str:
    """Return the key of the notebook server, which all sessions share and none of them names.

    Only the embedded engine has one.
    """
    recipe = (await named_engine("uv", settings)).server_recipe()
    return recipe.key if recipe else ""


def unneeded(settings: Settings, server: str) -> list[Environment]:
    """Return the environments that no session needs, those first that were not used for longest.

    ``server`` is the key of the notebook server, which stays.
    """
    needed = sessions_by_environment(settings)
    found = (each for each in all_environments(settings) if each.key != server)
    return sorted(
        (each for each in found if each.name not in needed), key=lambda each: each.last_used
    )


def remove_environments(
    settings: Settings, names: Iterable[str], *, skip_used: bool = False
) -> int:
    """Remove environments, and of the packages what only they had; return the bytes that it freed.

    ``names`` are keys, or keys with a generation. Raises ``EnvironmentNotFound`` and, unless
    ``skip_used``, ``EnvironmentInUse``; those before are removed.
    """
    places = (*settings.all_environments, settings.packages)
    before = tree_size(*places)
    found = all_environments(settings)
    try:
        for name in dict.fromkeys(names):
            roots = {each.root for each in found if name in (each.key, each.name)}
            for root in sorted(roots) or [settings.environments]:
                try:
                    remove_environment(root, name)
                except EnvironmentInUse:
                    if not skip_used:
                        raise
    finally:
        remove_unshared(settings.packages)
    return before - tree_size(*places)


def make_room(settings: Settings, least: int, server: str) -> None:
    """Remove what is not needed until ``least`` bytes are free, or nothing is left to remove.

    What was used in the last hours stays, and so does what Guix has built: that is in its store.
    ``server`` is the key of the notebook server, which stays too.
    """
    for place, steps in (
        (settings.cache, _remove_fetched(settings)),
        (settings.data, _remove_built(settings, server)),
    ):
        while free_bytes(place) < least:
            if next(steps, _END) is _END:
                break


def _remove_fetched(settings: Settings) -> Iterator[None]:
    """Remove repositories, those first that were not used for longest; yield after each step."""
    everybodys = [settings.repositories, *settings.cache.glob("private/*/repositories")]
    for days in (4, 2, 1, 0):
        for repositories in filter(Path.is_dir, everybodys):
            remove_unused(repositories, most=max(days * _DAY, _LEAST_SECONDS))
        yield


def _remove_built(settings: Settings, server: str) -> Iterator[None]:
    """Remove packages that no environment has, then environments; yield after each step."""
    remove_unshared(settings.packages)
    yield
    latest = time.time() - _LEAST_SECONDS
    for each in unneeded(settings, server):
        if each.last_used > latest or each.is_in_store:
            continue
        try:
            remove_environment(each.root, each.name)
        except (EnvironmentInUse, EnvironmentNotFound):
            continue
        remove_unshared(settings.packages)
        yield
