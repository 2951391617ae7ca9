# SPDX-License-Identifier: GPL-3.0-or-later
"""The study's strains, as they were written down."""

from pathlib import Path

import yaml


def read_strains():
    """Return the list of strains in strains.yaml."""
    return yaml.safe_load(Path("strains.yaml").read_text())
