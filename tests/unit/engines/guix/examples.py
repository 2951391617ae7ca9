# SPDX-License-Identifier: GPL-3.0-or-later
"""A Guix as a value, for tests that compare."""

from __future__ import annotations

from pathlib import Path

from binder_lite.engines.guix.installation import Guix, Revision
from binder_lite.requirements.guix.channels import GUIX_CHANNEL

GUIX = Guix(
    program=Path("/gnu/store/00000000000000000000000000000000-profile/bin/guix"),
    variables={"GUIX_PACKAGE_PATH": "/nowhere"},
    library=Path("/app/guile"),
    revision=Revision(version="1.5.0"),
)
CHANNEL = GUIX_CHANNEL
