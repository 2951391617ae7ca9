# SPDX-License-Identifier: GPL-3.0-or-later
"""The way out: a web proxy for what has no network of its own."""
