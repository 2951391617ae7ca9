# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a repository's files ask for, in a neutral form; writes nothing."""
