# SPDX-License-Identifier: GPL-3.0-or-later
"""JupyterHub's own pages (log-in, log-out, errors, tokens) in the frame and the brand of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from binder_lite.hub.settings_model import ServerSettings

_TEMPLATES = Path(__file__).parent / "templates"


def configure_looks(c: Any, settings: ServerSettings) -> None:
    """Have JupyterHub read our templates before its own, and tell them the brand."""
    brand, prefix = settings.brand, settings.prefix
    c.JupyterHub.template_paths = [str(_TEMPLATES)]
    c.JupyterHub.template_vars = {
        "looks": {
            "name": settings.name,
            "home": prefix,
            "logo": f"{prefix}brand/logo" if brand.logo else "",
            "style": f"{prefix}brand/style" if brand.style else "",
            "footer": brand.footer,
            "sessions": f"{prefix}sessions",
        }
    }
