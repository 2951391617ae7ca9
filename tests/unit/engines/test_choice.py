# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from binder_lite.engines import choice
from binder_lite.engines.choice import find_engine, find_guix, find_uv
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
    found: object = await find_guix(_SETTINGS)
    assert found is _GUIX
    chosen = await find_uv(_SETTINGS, "the embedded engine; Guix lacks it")
    assert (chosen.engine, chosen.reason) == (_UV, "the embedded engine; Guix lacks it")
