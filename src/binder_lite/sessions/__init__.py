# SPDX-License-Identifier: GPL-3.0-or-later
"""One person's running (or stopped) copy of a repository."""
