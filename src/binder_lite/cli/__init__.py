# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: what a person types and sees."""
