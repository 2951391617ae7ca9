# SPDX-License-Identifier: GPL-3.0-or-later
"""What other people, other sites and hostile input get from the service: nothing."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from tornado.web import RequestHandler

from binder_lite.environments import builds_directory
from binder_lite.hub.settings import Brand, Login
from binder_lite.sessions.store import Session, new_session_directory, write_session
from binder_lite.settings import space_of
from binder_lite.web.app import ROUTES
from binder_lite.web.build_tokens import SECONDS, BuildTokens
from integration.web.world import KEY, World, launch, serving, settings_of

_SPEC = "gh/binder-lite-tests/none/HEAD"
_BUILD = f"/build/{_SPEC}"
_SITE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}


def make_session(world: World, owner: str, source: str = "gh/o/r/HEAD") -> Session:
    root = world.service.settings.session_settings().sessions
    directory = new_session_directory(root)
    workspace = directory / "home" / "work"
    workspace.mkdir()
    session = Session(
        id=directory.name, directory=directory, workspace=workspace, source=source,
        commit=None, path="", engine="uv", environment="uv-a/1", owner=owner,
        created=datetime.now(UTC),
    )  # fmt: skip
    write_session(session)
    return session


async def code_of(client: httpx.AsyncClient, path: str = _BUILD, **headers: str) -> str:
    """Return the code with which a launch fails; ``""``: it began."""
    first = (await launch(client, path, until="step", **headers))[0].data
    return str(first.get("code", ""))


async def test_another_persons_session_is_none(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        session = make_session(world, "ada")
        ben, stranger = await world.browser("ben"), world.client()
        assert (await ben.get("/api/sessions")).json() == []
        missing = (await ben.post("/api/sessions/abcdefgh/stop")).json()
        for action in ("stop", "resume", "stay"):
            answer = await ben.post(f"/api/sessions/{session.id}/{action}")
            assert (answer.status_code, answer.json()) == (404, missing)
        assert (await ben.delete(f"/api/sessions/{session.id}?force=1")).status_code == 404
        # The beginning of an id is none here, other than on the command line.
        ada = await world.browser("ada")
        assert (await ada.post(f"/api/sessions/{session.id[:5]}/stay")).status_code == 404
        assert (await stranger.get("/api/sessions")).json()["code"] == "not-logged-in"
        assert session.directory.is_dir()
        [mine] = (await ada.get("/api/sessions")).json()
        assert (mine["id"], mine["state"], mine["title"]) == (session.id, "stopped", "o/r")


async def test_what_changes_something_needs_the_pages_own_header(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        session = make_session(world, "ada")
        path = f"/api/sessions/{session.id}/stay"
        browser = await world.browser("ada")
        assert (await browser.post(path)).status_code == 204
        cookies = browser.headers["Cookie"]
        bare = world.client(Cookie=cookies)
        for headers in ({}, _SITE, {"X-XSRFToken": "wrong"}, {"Sec-Fetch-Site": "same-origin"}):
            answer = await bare.post(path, headers=headers)
            assert answer.status_code == 403, headers
            assert answer.json()["code"] == "not-allowed"
        for name in ("ben",):  # Another person's header with this person's cookie.
            other = (await world.browser(name)).headers["X-XSRFToken"]
            assert (await bare.post(path, headers={"X-XSRFToken": other})).status_code == 403
        assert (await world.client("ada").post(path)).status_code == 204  # A token is no cookie.


# What stands for each group of a route that changes something.
_IN_ADDRESSES = {
    "([a-z0-9]{1,64})": "{session}",
    "(stop|resume|stay)": "stop",
    "([A-Za-z0-9_-]{1,64})": "a-launch",
}


def _changing() -> list[tuple[str, str]]:
    """Return (method, address) of all routes of the service that change something."""
    found = []
    for pattern, handler in ROUTES:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            own = getattr(handler, method.lower())
            if own is getattr(RequestHandler, method.lower()):
                continue
            address = pattern
            for group, value in _IN_ADDRESSES.items():
                address = address.replace(group, value)
            assert not set("()[]|*+?") & set(address), f"{pattern}: what stands for its groups?"
            found.append((method, f"/{address}"))
    return found


async def test_no_other_site_changes_anything(tmp_path: Path) -> None:
    assert {method for method, _ in _changing()} == {"POST", "DELETE"}
    async with serving(settings_of(tmp_path)) as world:
        session = make_session(world, "ada")
        browser = await world.browser("ada")
        header = {"X-XSRFToken": browser.headers["X-XSRFToken"]}
        bare = world.client(Cookie=browser.headers["Cookie"])
        for method, address in _changing():
            place = address.format(session=session.id)
            # Not even with the page's own word, which another host of the domain might learn.
            for headers in ({}, _SITE, {**_SITE, **header}):
                answer = await bare.request(method, place, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed"), place
        assert session.directory.is_dir()


async def test_a_cookie_counts_for_our_own_page_only(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, login=Login(kind="github", client_id="x"))
    async with serving(settings) as world:
        cookie = world.cookie("ada")
        client = world.client(Cookie=cookie)
        host = client.base_url.netloc.decode()
        assert await code_of(client, **_SITE) == "not-logged-in"
        same_site = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}
        assert await code_of(client, **same_site) == "not-logged-in"
        assert await code_of(client) == "not-logged-in"  # No browser says nothing at all.
        assert await code_of(client, Referer="http://evil.example/x") == "not-logged-in"
        assert await code_of(client, Origin="null", Referer=f"http://{host}/") == "not-logged-in"
        assert await code_of(client, Referer=f"http://{host}/v2/{_SPEC}") == ""
        own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
        assert await code_of(client, **own) == ""
        listed = await client.get("/api/sessions", headers=_SITE)
        assert listed.status_code == 403


async def test_build_tokens_are_for_one_person_and_repository_and_an_hour(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, login=Login(kind="github", client_id="x"))
    async with serving(settings) as world:
        client, tokens = world.client(Cookie=world.cookie("ada")), BuildTokens(KEY)
        good = tokens.make(_SPEC, "ada")
        assert await code_of(client, f"{_BUILD}?build_token={good}") == ""
        before_the_clock_was_set_back = tokens.make(_SPEC, "ada", now=time.time() + 24 * 3600)
        again = f"{_BUILD}?build_token={before_the_clock_was_set_back}"
        assert await code_of(client, again) == ""
        bad = {
            "forged": BuildTokens(b"x" * 32).make(_SPEC, "ada"),
            "expired": tokens.make(_SPEC, "ada", now=time.time() - SECONDS - 1),
            "another repository's": tokens.make("gh/o/other/HEAD", "ada"),
            "another person's": tokens.make(_SPEC, "ben"),
            "unsigned": "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."
            "eyJhdWQiOiJnaC9iaW5kZXItbGl0ZS10ZXN0cy9ub25lL0hFQUQiLCJzdWIiOiJhZGEiLCJleHAiOjk5OTk5"
            "OTk5OTl9.",
            "none": "x",
            "changed": good[:-4] + "AAAA",
        }
        for name, token in bad.items():
            assert await code_of(client, f"{_BUILD}?build_token={token}") == "bad-token", name
        # It is the word of a page, and no login.
        stranger = await code_of(world.client(), f"{_BUILD}?build_token={good}")
        assert stranger == "not-logged-in"
        page = (await client.get(f"/v2/{_SPEC}", headers={"Sec-Fetch-Mode": "navigate"})).text
        assert 'name="build-token"' in page


async def test_only_our_own_page_logs_a_person_out(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, login=Login(kind="github", client_id="x"))
    async with serving(settings) as world:
        ada = world.client(Cookie=world.cookie("ada"))
        config = (await ada.get("/api/config", headers={"Sec-Fetch-Site": "same-origin"})).json()
        for name, more in (("logout_url", ""), ("logout_everywhere_url", "?everywhere=1")):
            for site in ("same-origin", "none"):
                answer = await ada.get(config[name], headers={"Sec-Fetch-Site": site})
                assert answer.headers["Location"].endswith(f"/hub/logout{more}")
            # Another host of the same domain may be a session's.
            for site in ("cross-site", "same-site"):
                answer = await ada.get(config[name], headers={"Sec-Fetch-Site": site})
                assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    async with serving(settings_of(tmp_path)) as world:
        guest = await world.browser("guest")
        assert (await guest.get("/api/config")).json()["logout_everywhere_url"] is None


async def test_a_login_leads_to_this_server_only(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path, prefix="/binder/")) as world:
        browser = world.client(Cookie=world.cookie("ada"))
        cases = {
            "/binder/v2/gh/o/r/HEAD?labpath=a.ipynb": "/binder/v2/gh/o/r/HEAD?labpath=a.ipynb",
            "/binder/sessions": "/binder/sessions",
            "https://evil.example/": "/binder/",
            "//evil.example/binder/": "/binder/",
            "/\\evil.example": "/binder/",
            "/binder/../hub/logout": "/binder/",
            "/binder/%2e%2e/hub/logout": "/binder/",
            "/binder//evil.example\\..": "/binder/",
            "/hub/logout": "/binder/",
            "javascript:alert(1)": "/binder/",
            "/binder/\tx": "/binder/",
        }
        for asked, after in cases.items():
            navigating = {"Sec-Fetch-Mode": "navigate"}
            answer = await browser.get("/binder/login", params={"next": asked}, headers=navigating)
            assert (answer.status_code, answer.headers["Location"]) == (302, after), asked
        stranger = await world.client().get("/binder/login", params={"next": "//evil.example"})
        assert stranger.headers["Location"].startswith("/binder/hub/api/oauth2/authorize?")
        assert "evil" not in stranger.headers["Location"]
        forged = await world.client().get("/binder/oauth_callback?code=x&state=y")
        assert forged.status_code == 403


async def test_logs_are_for_those_who_could_have_built(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        settings = world.service.settings.session_settings()
        own = builds_directory(settings.in_space(space_of("ada")).environments)
        (own / "uv-hers").mkdir(parents=True)
        builds = builds_directory(settings.environments)
        world.service.logs.allow("uv-all")
        for place in (own / "uv-hers", builds / "uv-all"):
            (place / "build.log").write_bytes(
                b"\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\ \x1b[31mred\x1b[0m\x07\n"
                b"https://ada:secret@host.example/x?token=abc\n\xff\n"
            )
        (builds / "uv-unknown").mkdir()
        (builds / "uv-unknown" / "build.log").write_text("x")
        ada, ben = await world.browser("ada"), await world.browser("ben")
        text = (await ada.get("/api/builds/uv-hers/log")).text
        assert text == "click red\nhttps://…@host.example/x?token=…\n\ufffd\n"
        for client in (ben, world.client()):
            assert (await client.get("/api/builds/uv-hers/log")).status_code == 404
            assert (await client.get("/api/builds/uv-all/log")).status_code == 200
        for key in ("uv-unknown", "..", "uv-..", "%2e%2e%2fbuilds", "uv-%2e%2e%2fuv-all", "uv-no"):
            assert (await ada.get(f"/api/builds/{key}/log")).status_code == 404, key
        assert (await ada.get("/api/builds/uv-hers/log")).text == text


async def test_a_log_of_a_hundred_megabytes_is_sent_at_the_readers_pace(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        builds = builds_directory(world.service.settings.session_settings().environments)
        world.service.logs.allow("uv-long")
        line = b"x" * 99 + b"\n"
        with (builds / "uv-long" / "build.log").open("wb") as file:
            for _ in range(100):
                file.write(line * 10_000)
        client, slowest, size, parts = world.client(), 0.0, 0, 0
        async with client.stream("GET", "/api/builds/uv-long/log") as answer:
            async for part in answer.aiter_bytes():
                size, parts = size + len(part), parts + 1
                if parts % 100 == 0:
                    before = time.monotonic()
                    await world.client().get("/versions")
                    slowest = max(slowest, time.monotonic() - before)
        assert size == 100_000_000
        assert slowest < 1


async def test_files_and_private_networks_are_refused(tmp_path: Path) -> None:
    from binder_lite.hub.settings import Sources

    async with serving(settings_of(tmp_path, sources=Sources())) as world:
        client = world.client("ada")
        cases = {
            "git/file%3A%2F%2F%2Fetc/HEAD": "bad-source",
            "git/%2Fetc%2Fpasswd/HEAD": "bad-source",
            "git/http%3A%2F%2F127.0.0.1%2Fx/HEAD": "source-refused",
            "git/http%3A%2F%2Flocalhost%3A8081%2Fhub/HEAD": "source-refused",
            "git/http%3A%2F%2F169.254.169.254%2Flatest/HEAD": "source-refused",
            "git/http%3A%2F%2F%5B%3A%3A1%5D%2Fx/HEAD": "source-refused",
            "git/http%3A%2F%2F2130706433%2Fx/HEAD": "source-refused",
            "git/ssh%3A%2F%2Fgit%40github.com%2Fo%2Fr/HEAD": "source-refused",
            "git/ext%3A%3Ash%20-c%20x/HEAD": "bad-source",
            "gh/o/r/--upload-pack=x": "bad-source",
            "zenodo/10.5281/zenodo.1": "bad-source",
            "nothing/o/r": "bad-source",
            "gh/o": "bad-source",
        }
        for spec, code in cases.items():
            events = await launch(client, f"/build/{spec}")
            assert events[-1].data.get("code") == code, (spec, events[-1].data)
            assert events[-1].data["status_code"] in (400, 403)
        refused = await client.get("/api/refs", params={"spec": "git/http%3A%2F%2F127.1%2Fx/HEAD"})
        assert (refused.status_code, refused.json()["code"]) == (403, "source-refused")


async def test_other_origins_read_events_only_where_the_operator_allows_it(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, cors_origins=("https://thebe.example",))
    async with serving(settings) as world:
        for origin, allowed in (("https://thebe.example", True), ("https://evil.example", False)):
            headers = {"Origin": origin, "Accept": "text/html"}
            answer = await world.client().get(_BUILD, headers=headers)
            assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed
            assert "Access-Control-Allow-Credentials" not in answer.headers
            preflight = await world.client().options(_BUILD, headers={"Origin": origin})
            assert preflight.status_code == 204
            assert ("Access-Control-Allow-Origin" in preflight.headers) is allowed


async def test_a_request_that_is_no_stream_gets_one_event(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        answer = await world.client().get(_BUILD)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert '"status_code":400' in answer.text
        assert '"phase":"failed"' in answer.text


@pytest.mark.parametrize("prefix", ["/", "/deep/prefix/"])
async def test_the_page_says_what_is_launched_and_runs_nothing_of_it(
    tmp_path: Path, prefix: str
) -> None:
    async with serving(settings_of(tmp_path, prefix=prefix)) as world:
        client = world.client()
        spec = "git/https%3A%2F%2Fh.example%2F%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E/HEAD"
        for path in (spec, "gh/o/r/feature/x", 'gh/o/"><script>alert(1)</script>'):
            text = (await client.get(f"{prefix}v2/{path}")).text
            assert "<script>alert" not in text
            assert f'<base href="{prefix}" />' in text
        page = await client.get(f"{prefix}v2/gh/o/r/feature/x")
        assert "<title>o/r (feature/x) · binder-lite</title>" in page.text
        assert 'property="og:title" content="o/r (feature/x) · binder-lite"' in page.text
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        for path in ("static/../service.py", "static/%2e%2e/service.py", "brand/logo", "nothing"):
            assert (await client.get(prefix + path)).status_code in (403, 404), path
        # A person gets a page that says so, a program an error.
        missing = await client.get(f"{prefix}nothing", headers={"Accept": "text/html"})
        assert (missing.status_code, "<title>" in missing.text) == (404, True)
        assert (await client.get(f"{prefix}nothing")).json()["code"] == "page-not-found"


async def test_the_operators_style_comes_after_the_pages_own(tmp_path: Path) -> None:
    style = tmp_path / "our.css"
    style.write_text("header { color: red }")
    brand = Brand(style=style)
    async with serving(settings_of(tmp_path, brand=brand, prefix="/binder/")) as world:
        client = world.client()
        page = (await client.get("/binder/about")).text
        named = '<link rel="stylesheet" href="/binder/brand/style" />'
        assert page.index(named) == page.rindex("<link rel=") < page.index("</head>")
        answer = await client.get("/binder/brand/style")
        assert answer.headers["Content-Type"] == "text/css"
        assert answer.text == style.read_text()
    # A file that is no style is not sent.
    async with serving(settings_of(tmp_path, brand=Brand(style=tmp_path / "key"))) as world:
        (tmp_path / "key").write_text("secret")
        assert (await world.client().get("/brand/style")).status_code == 404


async def test_the_address_of_a_session_that_does_not_run_leads_to_where_it_is_resumed(
    tmp_path: Path,
) -> None:
    async with serving(settings_of(tmp_path, prefix="/binder/")) as world:
        client, place = world.client(), "/binder/user/ada/abcdefghij0123456789/lab/tree/a.ipynb"
        for said in ({"Accept": "text/html"}, {"Sec-Fetch-Mode": "navigate"}):
            answer = await client.get(place, headers=said, follow_redirects=False)
            assert answer.headers["Location"] == "/binder/sessions?resume=abcdefghij0123456789"
        for said in ({}, {"Sec-Fetch-Mode": "cors", "Accept": "text/html"}):
            assert (await client.get(place, headers=said)).json()["code"] == "page-not-found"
        assert (await client.post(place, headers={"Accept": "text/html"})).status_code >= 400


async def test_the_small_routes_answer(tmp_path: Path) -> None:
    async with serving(settings_of(tmp_path)) as world:
        client = world.client()
        assert (await client.get("/health")).json()["ok"] is True
        assert {each["id"] for each in (await client.get("/api/repoproviders")).json()} == {
            "gh", "gist", "gl", "git",
        }  # fmt: skip
        assert "binderhub" in (await client.get("/versions")).json()
        assert "binder_lite_builds_running 0.0" in (await client.get("/metrics")).text
        badge = await client.get("/badge_logo.svg")
        assert badge.headers["Content-Type"] == "image/svg+xml"
        assert badge.text.startswith("<svg")
        config = (await client.get("/api/config")).json()
        assert (config["user"], config["anonymous"], config["name"]) == (None, True, "binder-lite")
        ada = (await (await world.browser("ada")).get("/api/config")).json()
        assert ada["user"] == {"name": "ada", "shown": "Ada Example", "admin": False}
        parsed = await client.get(
            "/api/parse", params={"source": "https://github.com/o/r/blob/main/a.ipynb"}
        )
        assert parsed.json()["spec"] == "gh/o/r/main"
        assert parsed.json()["path"] == "a.ipynb"
        bad = await client.get("/api/parse", params={"source": "/etc/passwd"})
        assert (bad.status_code, bad.json()["code"]) == (400, "bad-source")
        status = (await client.get("/api/status")).json()
        assert status["engines"][0]["name"] == "uv"
        assert (status["sessions"], status["builds"], status["queue"]) == (0, 0, 0)
        assert (await client.get("/api/gallery")).json() == []
        assert (await client.get("/api/recent")).json() == []
