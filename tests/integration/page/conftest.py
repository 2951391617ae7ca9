# SPDX-License-Identifier: GPL-3.0-or-later
"""A mock and a tab for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from integration.page.mock import Mock, Tab, mocked, opened, require_build


@pytest.fixture
async def mock() -> AsyncIterator[Mock]:
    """The service's stand-in."""
    require_build()
    async with mocked() as running:
        yield running


@pytest.fixture
async def tab(mock: Mock) -> AsyncIterator[Tab]:
    """A tab in which nothing goes wrong and nothing reaches out."""
    expect.set_options(timeout=20_000)
    async with opened(mock) as tab:
        yield tab
        assert tab.elsewhere == []
        assert tab.errors == []
