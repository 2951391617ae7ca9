# SPDX-License-Identifier: GPL-3.0-or-later
"""The Guix engine: manifests, profiles and containers of GNU Guix."""
