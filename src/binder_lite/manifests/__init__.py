# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns what a repository asks for into a ``manifest.scm``, by what a Guix has."""
