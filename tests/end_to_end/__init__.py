# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees: the real program, a real server, a real browser."""
