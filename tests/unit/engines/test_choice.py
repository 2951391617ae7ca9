# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from binder_lite.engines import choice
from binder_lite.engines.choice import engine_for, find_engine
from binder_lite.settings import Settings
from fakes import InstantEngine

_SETTINGS = Settings(data=Path("/data"), cache=Path("/cache"))
_GUIX, _UV = InstantEngine(), InstantEngine()


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    async def guix(cache: Path, **_: Any) -> InstantEngine:
        assert cache == Path("/cache/guix")
        return _GUIX

    async def uv(*_: Path, **__: Any) -> InstantEngine:
        return _UV

    monkeypatch.setattr(choice, "find_guix_engine", guix)
    monkeypatch.setattr(choice, "find_uv_engine", uv)


@pytest.mark.parametrize(("asked", "engine"), [("guix", _GUIX), ("uv", _UV)])
async def test_what_is_asked_for_serves(asked: Any, engine: InstantEngine) -> None:
    chosen = await find_engine(asked, _SETTINGS)
    assert chosen is not None
    assert (chosen.engine, chosen.reason) == (engine, "asked for")


async def test_without_guix_the_embedded_engine_serves_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "why_unavailable", lambda: "Guix is not installed")
    chosen = await find_engine("auto", _SETTINGS)
    assert chosen is not None
    assert chosen.engine is _UV
    assert chosen.reason == "the embedded engine; Guix is not installed"


async def test_where_guix_answers_the_repository_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "why_unavailable", lambda: None)
    assert await find_engine("auto", _SETTINGS) is None
    with_file = await engine_for("binder/manifest.scm", _SETTINGS)
    assert with_file.engine is _GUIX
    assert with_file.reason == "the repository has binder/manifest.scm"
    without = await engine_for(None, _SETTINGS)
    assert without.engine is _UV
    assert "no manifest.scm" in without.reason
