# SPDX-License-Identifier: GPL-3.0-or-later
"""JupyterHub as binder-lite runs it: its configuration, spawners, proxy, and each session's gate.

For those who have a JupyterHub already: ``binder_lite.hub.configuring.configure(c)``.
"""
