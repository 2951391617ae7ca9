# SPDX-License-Identifier: GPL-3.0-or-later
"""Any text is tried here, on machines that do other work meanwhile: no deadline for one example."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("any-text", deadline=None)
settings.load_profile("any-text")
