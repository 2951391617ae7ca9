# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines turn a checkout into an environment, and wrap commands in their container."""
