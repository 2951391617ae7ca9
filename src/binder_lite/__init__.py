# SPDX-License-Identifier: GPL-3.0-or-later
"""binder-lite: a git repository with notebooks becomes a running notebook, in a container.

The story is told in :mod:`binder_lite.launch`; start reading there.
"""
