# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded engine: uv makes the environment, bubblewrap the container."""
