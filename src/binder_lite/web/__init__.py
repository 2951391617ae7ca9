# SPDX-License-Identifier: GPL-3.0-or-later
"""The web service: BinderHub's routes, the page, and the page's own API."""
