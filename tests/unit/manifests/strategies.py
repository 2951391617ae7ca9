# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries with names of the form that Guix allows, and comments that mean harm."""

from __future__ import annotations

from hypothesis import strategies as st

from binder_lite.manifests.model import Entry

_NAMES = st.one_of(
    st.sampled_from(["a", "b", "git", "python", "python-numpy", "r-minimal", "z"]),
    st.from_regex(r"[a-z0-9][a-zA-Z0-9+._-]{0,40}", fullmatch=True),
)
_VERSIONS = st.sampled_from(["", "@3", "@3.10.1", "@1.0-0.cabba9e"])
_OUTPUTS = st.sampled_from(["", ":out", ":lib", ":send-email"])
specifications = st.builds(lambda *parts: "".join(parts), _NAMES, _VERSIONS, _OUTPUTS)

_NASTY = st.sampled_from([
    "\n(exit)", "\r\n", '"', "|#", "#|", "#;", ")", "\\", "\x1b[31m", "\x1b]0;title\x07", "\u202e",
    "\u2028(exit)", "\x85", "\ud800", "\u200b", "-*- coding: utf-7 -*-", "co\x00ding=latin-1", ";",
    "\t", "numpy>=1.20, requirements.txt:3", "word " * 60, "x" * 900,
])  # fmt: skip
comments = st.lists(_NASTY | st.text(max_size=20), max_size=4).map("".join)

entries = st.builds(
    Entry,
    specifications,
    st.sampled_from(["kernel", "requirements", "system"]),
    comments | st.just(""),
)
