# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a person pasted to files on disk."""
