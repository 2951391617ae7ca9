# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binder_lite.manifests.versions import satisfies
from binder_lite.requirements.model import Language

# Language → (specifier, versions that satisfy it, versions that do not).
CASES: dict[str, list[tuple[str, str, str]]] = {
    "python": [
        ("", "1.0 whatever", ""),
        ("*", "1.0", ""),
        ("==1.26.4", "1.26.4 1.26.4.0", "1.26.5 1.26"),
        ("==1.26.*", "1.26.4 1.26", "1.27.0 1.2"),
        (">=1.20,<2", "1.20 1.26.4", "1.19.5 2.0 2.3.1"),
        ("~=1.4.2", "1.4.2 1.4.9", "1.5.0 1.4.1"),
        ("!=1.5", "1.4 1.5.1", "1.5 1.5.0"),
        (">2", "2.1", "2 2.0"),
        ("===1.0", "1.0", "1.0.0"),
        # What Guix has counts as what was released.
        (">=2.0rc1", "2.0rc1 2.0", "1.9"),
        (">=1.0", "2.0rc1", ""),
        ("==1.2.0", "1.2.0 1.2.0-3.abc1234 1.2.0-0.0123456789", "1.2.0-1"),
        # What cannot be compared is never called equal.
        ("==1.2", "", "git-2020 1.2-0.xyz"),
        (">= one", "", "1.0"),
    ],
    "r": [
        (">=1.2", "1.2 1.2.0 1.10 2", "1.1.9 1"),
        (">=1.2.3", "1.2.3 1.2-3 1.2-10", "1.2.2 1.2-2 1.2"),
        ("==1.6-5", "1.6-5 1.6.5", "1.6-4 1.6"),
        (">1.2,<1.5", "1.2.1 1.4.9", "1.2 1.5"),
        (">= 1.2, != 1.3", "1.2 1.3.1", "1.3 1.1"),
        ("<=1.5", "1.5 1.4-9", "1.5.1 1.5-1"),
        ("==1.2.0", "1.2.0 1.2.0-3.abc1234", "1.2"),
        (">=1.2", "", "1.2a unknown"),
        ("1.2", "", "1.2"),
        (">=", "", "1.2"),
        (f">={'9' * 5000}", "", "1.2"),
    ],
    # The tables of https://pkgdocs.julialang.org/v1/compatibility/.
    "julia": [
        ("1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 0.9"),
        ("^1.2.3", "1.2.3 1.99.9", "1.2.2 2.0.0"),
        ("^1.2", "1.2.0 1.9.9", "1.1.9 2.0.0"),
        ("^1", "1.0.0 1.9.9", "0.9.9 2.0.0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.2 0.0.4"),
        ("^0.0", "0.0.0 0.0.9", "0.1.0"),
        ("^0", "0.0.0 0.9.9", "1.0.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0"),
        ("~1.2", "1.2.0 1.2.9", "1.1.9 1.3.0"),
        ("~1", "1.0.0 1.9.9", "0.9.9 2.0.0"),
        ("~0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0"),
        ("~0.0.3", "0.0.3", "0.0.2 0.0.4"),
        ("~0.0", "0.0.0 0.0.9", "0.1.0"),
        ("~0", "0.0.0 0.9.9", "1.0.0"),
        ("=1.2.3", "1.2.3", "1.2.2 1.2.4"),
        ("=0.10.1, =0.10.3", "0.10.1 0.10.3", "0.10.2"),
        (">= 1.2.3", "1.2.3 7.0.0", "1.2.2"),
        ("≥ 1.2.3", "1.2.3 7.0.0", "1.2.2"),
        ("< 1.2.3", "1.2.2 0.1.0", "1.2.3"),
        ("<= 1.2", "1.2.0", "1.3.0"),
        ("1.2.3 - 4.5.6", "1.2.3 4.5.6 2.0.0", "1.2.2 4.5.7"),
        ("1.2.3 - 4.5", "1.2.3 4.5.9", "4.6.0"),
        ("1.2.3 - 4", "1.2.3 4.99.0", "5.0.0"),
        ("1.2 - 4.5", "1.2.0 4.5.9", "1.1.9 4.6.0"),
        ("0.2 - 0.5", "0.2.0 0.3.1 0.5.9", "0.1.9 0.6.0 1.0.0"),
        ("1.2, 2", "1.2.0 1.9.0 2.5.0", "1.1.0 3.0.0"),
        ("0.2, 1", "0.2.5 1.9.0", "0.3.0 2.0.0"),
        ("1", "v1.5 1.10.4", "v2"),
        ("0.5", "0.5.0-1.abc1234", "0.6.0-1.abc1234"),
        ("1", "", "1.2.3.4 git"),
        ("master", "", "1.2.3"),
        ("1.2.3.4", "", "1.2.3"),
        ("1..2 - .", "", "1.5.0"),
        ("1. - 2", "", "1.5.0"),
        ("9" * 5000, "", "1.5.0"),
    ],
    "conda": [
        ("=1.2", "1.2 1.2.9", "1.3 1.20"),
        ("=1.2.*", "1.2 1.2.9", "1.3"),
        ("1.2.*", "1.2 1.2.9", "1.3"),
        ("==1.2", "1.2 1.2.0", "1.2.1"),
        ("1.2", "1.2 1.2.0", "1.2.1"),
        (">=1.2,<2", "1.2 1.9", "2.0 1.1"),
        ("1.2|1.3", "1.2 1.3", "1.4 1.2.1"),
        ("=1.2|=1.4", "1.2.7 1.4.2", "1.3"),
        ("<1.2|>=2,<3", "1.1 2.5", "1.2 3.0"),
        ("*", "anything", ""),
        (">=1.2*", "1.2 3", "1.1"),
        # Packages of R: conda writes 1.6_5 for 1.6-5.
        ("=1.6_5", "1.6-5", "1.6-4 1.6"),
        (">=1.6_4", "1.6-5 1.7", "1.6-3"),
        ("=1.2.3=py39_0", "", "1.2.3"),
    ],
    # Debian's versions: epoch and revision are its own.
    "system": [
        ("=2.46.0-1", "2.46.0", "2.46.1"),
        ("=1:2.46.0-1ubuntu1", "2.46.0", "2.47"),
        ("=2.46*", "2.46 2.46.3", "2.47 2.5"),
        ("=10", "10 10.0", "1 100"),
    ],
    "guix": [("=1.2", "1.2 1.2.3", "1.3")],
}  # fmt: skip

_ROWS = [
    (language, specifier, version, fits)
    for language, cases in CASES.items()
    for specifier, good, bad in cases
    for versions, fits in ((good, True), (bad, False))
    for version in versions.split()
]


@pytest.mark.parametrize(("language", "specifier", "version", "fits"), _ROWS)
def test_a_version_satisfies_as_its_language_says(
    language: str, specifier: str, version: str, fits: bool
) -> None:
    assert satisfies(language, specifier, version) is fits


@given(st.sampled_from(get_args(Language)), st.text(max_size=30), st.text(max_size=20))
def test_any_text_is_compared_or_differs(language: str, specifier: str, version: str) -> None:
    assert satisfies(language, specifier, version) in (True, False)


_PARTS = st.text(alphabet="0123456789.-, ^~=<>≥≤|*v", max_size=14)


@given(st.sampled_from(get_args(Language)), _PARTS, st.sampled_from(["1.2.3", "0.0.3", "1.6-5"]))
def test_any_likely_text_is_compared_or_differs(language: str, text: str, version: str) -> None:
    assert satisfies(language, text, version) in (True, False)
