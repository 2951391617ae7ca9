# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``binder-lite doctor`` looks at: one small function for each thing that a launch needs."""
