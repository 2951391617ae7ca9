# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that run inside the sandbox, under its Python; they import nothing of binder_lite."""
