# SPDX-License-Identifier: GPL-3.0-or-later
"""The page's own API, and BinderHub's routes that answer with JSON."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from importlib.metadata import version

from jupyterhub.utils import get_browser_protocol
from tornado.iostream import StreamClosedError

from binder_lite.errors import LaunchError
from binder_lite.sources.model import Source
from binder_lite.sources.refs import Refs, split
from binder_lite.storage import free_bytes
from binder_lite.web.brand_pages import address_of, find_page
from binder_lite.web.build_log import read_log
from binder_lite.web.handlers import Handler
from binder_lite.web.metrics import CONTENT_TYPE
from binder_lite.web.people import Person
from binder_lite.web.specs import parse_pasted, shown_spec, source_of, spec_of
from binder_lite.web.transcripts import Json

_LONGEST_SOURCE = 4000
_LOOKUP_SECONDS = 6
_MOST_REFS = 500
_DISK_BYTES = 256 * 1024 * 1024


class ConfigHandler(Handler):
    """``api/config``."""

    def get(self) -> None:
        """Tell the page who asks and how this server looks."""
        settings, brand = self.service.settings, self.service.settings.brand
        who = self.asker
        known = isinstance(who, Person)
        everywhere = known and settings.login.has_accounts
        user: Json = None
        if isinstance(who, Person):
            user = {"name": who.name, "shown": who.shown or who.name, "admin": who.admin}
        self.answer(
            {
                "user": user,
                "login_url": f"{settings.prefix}login",
                "logout_url": f"{settings.prefix}logout" if known else None,
                "logout_everywhere_url": (
                    f"{settings.prefix}logout?everywhere=1" if everywhere else None
                ),
                "anonymous": self.service.anonymous,
                "name": settings.name,
                "brand": {
                    "logo": f"{settings.prefix}brand/logo" if brand.logo else None,
                    "colours": dict(brand.colours),
                    "footer": brand.footer,
                    "texts": dict(brand.texts),
                    "pages": [
                        {"title": page.title, "href": address_of(page)} for page in brand.pages
                    ],
                },
                "idle_seconds": settings.idle_seconds,
                "public_url": self.base,
            }
        )


class BrandPageHandler(Handler):
    """``api/pages/NAME``: a page of the operator's own."""

    def get(self, name: str) -> None:
        """Send what the page shows of it."""
        title, html = find_page(self.service.settings.brand.pages, name)
        self.answer({"title": title, "html": html})


class ParseHandler(Handler):
    """``api/parse?source=TEXT``: the launcher's own parser."""

    async def get(self) -> None:
        """Say what was pasted."""
        text = self.get_query_argument("source", "")[:_LONGEST_SOURCE]
        source = parse_pasted(text)
        if "/" in (source.ref_and_path or "") and self.may_look_up():
            source = await self._split(source)
        spec = spec_of(source)
        self.answer(
            {
                "spec": spec.text,
                "provider": spec.prefix,
                "repository": spec.repository,
                "ref": spec.ref,
                "path": spec.path,
                "display": shown_spec(spec.text),
            }
        )

    async def _split(self, source: Source) -> Source:
        """Tell where the ref ends and the path begins, if the repository says it soon."""
        with contextlib.suppress(LaunchError, TimeoutError):
            async with asyncio.timeout(_LOOKUP_SECONDS):
                refs = await self.service.refs.find(source)
            if found := split(refs, source.ref_and_path or ""):
                ref, path = found
                return replace(
                    source, ref=source.ref or ref, path=source.path or path, ref_and_path=None
                )
        return source


class RefsHandler(Handler):
    """``api/refs?spec=…``."""

    async def get(self) -> None:
        """Name a repository's branches and tags."""
        source = source_of(self.get_query_argument("spec", "")[:_LONGEST_SOURCE], {})
        self.count_look_up()
        refs = await self.service.refs.find(source)
        self.answer(
            {
                "default": (refs.head or "").removeprefix("refs/heads/"),
                "branches": _named(refs, "refs/heads/"),
                "tags": _named(refs, "refs/tags/"),
            }
        )


def _named(refs: Refs, place: str) -> list[Json]:
    names = [name.removeprefix(place) for name in refs.commits if name.startswith(place)]
    return [*names[:_MOST_REFS]]


class GalleryHandler(Handler):
    """``api/gallery``."""

    def get(self) -> None:
        """Show what the operator's settings offer."""
        prefix = self.service.settings.prefix
        found: list[Json] = []
        for number, entry in enumerate(self.service.settings.gallery):
            with contextlib.suppress(LaunchError):
                spec = spec_of(parse_pasted(entry.source))
                picture = f"{prefix}brand/gallery/{number}" if entry.picture else None
                found.append(
                    {
                        "title": entry.title,
                        "description": entry.description,
                        "spec": spec.text,
                        "path": entry.path or spec.path,
                        "picture": picture,
                    }
                )
        self.answer(found)


class RecentHandler(Handler):
    """``api/recent``."""

    async def get(self) -> None:
        """Show what the person launched last."""
        self.answer([*await asyncio.to_thread(self.service.sessions.recent, self.asker)])


class SessionsHandler(Handler):
    """``api/sessions``."""

    async def get(self) -> None:
        """List the person's sessions."""
        self.person()
        self.answer([*await self.service.sessions.described(self.asker)])


class SessionHandler(Handler):
    """``api/sessions/ID``."""

    async def delete(self, id: str) -> None:
        """Remove one."""
        session = self.service.sessions.find(id, self.person())
        force = self.get_query_argument("force", "") == "1"
        await self.service.sessions.remove(session, force=force)
        self.set_status(204)


class SessionActionHandler(Handler):
    """``api/sessions/ID/stop``, ``…/resume`` and ``…/stay``."""

    async def post(self, id: str, action: str) -> None:
        """Do it."""
        sessions = self.service.sessions
        session = sessions.find(id, self.person())
        if action == "stop":
            await sessions.stop(session)
        elif action == "stay":
            sessions.stay(session)
        else:
            await sessions.admit_again(session)
            await self.service.launches.start(self.asker, session.id)
            self.set_status(202)
            return
        self.set_status(204)


class LaunchHandler(Handler):
    """``api/launches/ID``."""

    async def delete(self, id: str) -> None:
        """Cancel one's launch, and the build if nobody else waits for it."""
        self.service.launches.cancel(self.service.launches.find(id, self.asker))
        self.set_status(204)


class LogHandler(Handler):
    """``api/builds/KEY/log``."""

    async def get(self, key: str) -> None:
        """Send the whole log, at the reader's pace."""
        log = self.service.logs.find(key, self.asker)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        with contextlib.suppress(StreamClosedError):
            async for part in read_log(log):
                self.write(part)
                await self.flush()


class StatusHandler(Handler):
    """``api/status``."""

    async def get(self) -> None:
        """Show how busy the server is, to everybody."""
        service, limits = self.service, self.service.settings.limits
        running = await asyncio.to_thread(service.sessions.running)
        self.answer(
            {
                "sessions": running,
                "builds": service.builds.running,
                "queue": service.builds.queued,
                "spares": service.sessions.spares(),
                "limits": {
                    "sessions": limits.sessions,
                    "sessions_per_person": limits.sessions_per_person,
                    "concurrent_builds": limits.concurrent_builds,
                    "build_seconds": limits.build_seconds,
                    "memory_mib": limits.memory_mib,
                    "cpus": limits.cpus,
                    "disk_mib": limits.disk_mib,
                },
                "engines": [*await service.engines()],
            }
        )


class HealthHandler(Handler):
    """``health``."""

    def prepare(self) -> None:  # type: ignore[override]
        """Ask nobody who they are: JupyterHub may not answer."""

    async def get(self) -> None:
        """Tell whether launches can succeed; status 503 when not."""
        hub = await self.service.hub.is_up()
        free = await asyncio.to_thread(free_bytes, self.service.settings.data)
        checks: list[Json] = [
            {"service": "JupyterHub", "ok": hub},
            {"service": "disk", "ok": free > _DISK_BYTES},
        ]
        whole = hub and free > _DISK_BYTES
        self.answer({"ok": whole, "checks": checks}, 200 if whole else 503)

    head = get


class SeenHandler(Handler):
    """``health/seen``, for ``binder-lite doctor --serve``."""

    def prepare(self) -> None:  # type: ignore[override]
        """Ask nobody who they are."""

    def get(self) -> None:
        """Tell the asker what of their request has come through all proxies."""
        request = self.request
        self.answer(
            {
                "host": request.host,
                "protocol": get_browser_protocol(request),
                "address": request.remote_ip,
                "upgrade": request.headers.get("Upgrade", "").lower() == "websocket",
            }
        )


class VersionsHandler(Handler):
    """``versions``."""

    def prepare(self) -> None:  # type: ignore[override]
        """Ask nobody who they are."""

    def get(self) -> None:
        """Tell them."""
        own = version("binder-lite")
        builder: Json = {"build_image": f"binder-lite {own}"}
        self.answer({"builder_info": builder, "builder": f"binder-lite {own}", "binderhub": own})


class MetricsHandler(Handler):
    """``metrics``."""

    def prepare(self) -> None:  # type: ignore[override]
        """Ask nobody who they are: these are counts."""

    async def get(self) -> None:
        """Send them in Prometheus' form."""
        self.set_header("Content-Type", CONTENT_TYPE)
        self.write(await asyncio.to_thread(self.service.metrics.text))


def _provider(id: str, name: str, label: str, placeholder: str, validate: str, detect: str) -> Json:
    return {
        "displayName": name,
        "id": id,
        "spec": {"validateRegex": validate},
        "detect": {"regex": detect},
        "repo": {"label": label, "placeholder": placeholder, "urlEncode": id in ("gl", "git")},
        "ref": {"enabled": True, "default": "HEAD"},
    }


PROVIDERS: list[Json] = [
    _provider(
        "gh", "GitHub", "GitHub repository name or URL", "example: owner/repository",
        r"[^/]+/[^/]+/.+", r"^(https?:\/\/github.com\/)?(?<repo>.*[^\/])\/?$",
    ),
    _provider(
        "gist", "GitHub Gist", "Gist ID (username/gistId) or URL", "example: user/0123456789abcdef",
        r"[^/]+/[^/]+(/[^/]+)?", r"^(https?:\/\/gist.github.com\/)?(?<repo>.*[^\/])\/?$",
    ),
    _provider(
        "gl", "GitLab", "GitLab project name or URL", "example: group/project",
        r"[^/]+/.+", r"^(https?:\/\/gitlab.com\/)?(?<repo>.*[^\/])\/?$",
    ),
    _provider(
        "git", "Git repository", "URL of any git repository",
        "example: https://example.org/repository.git", r"[^/]+/.+", r"^(?<repo>.*[^\/])\/?$",
    ),
]  # fmt: skip


class ProvidersHandler(Handler):
    """``api/repoproviders``."""

    def prepare(self) -> None:  # type: ignore[override]
        """Ask nobody who they are."""

    def get(self) -> None:
        """List them."""
        self.answer(PROVIDERS)
