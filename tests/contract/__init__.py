# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises that every engine keeps, each by a test that tries to break it."""
