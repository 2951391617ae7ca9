# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to the files in which a repository declares what it needs, one module a format.

All but the added lines stays as it is, byte for byte.
"""
