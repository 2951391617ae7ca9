# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from binder_lite.engines.guix.catalogue import Catalogue, Package
from binder_lite.manifests.together import settle

_NEW, _OLD = Package("numpy", "2.3"), Package("numpy", "1.26")
_SCIPY = Package("scipy", "1.12", propagated=("numpy@1.26",))
_PANDAS = Package("pandas", "2.2", propagated=("numpy@2.3",))
# Brings NumPy by way of another.
_DEEP = Package("deep", "1", propagated=("scipy@1.12",))
_HIDDEN = Package("needs-hidden", "1", propagated=("libx@1.0",))
_OTHER_HIDDEN = Package("needs-other-hidden", "1", propagated=("libx@2.0",))
_ROUND = Package("round", "1", propagated=("about@1",))
_ABOUT = Package("about", "1", propagated=("round@1",))
_ALL = Catalogue([_NEW, _OLD, _SCIPY, _PANDAS, _DEEP, _HIDDEN, _OTHER_HIDDEN, _ROUND, _ABOUT])
_ANY_NUMPY = (_NEW, _OLD)


def names(*candidates: Sequence[Package]) -> list[str]:
    return [each.full_name for each in settle(candidates, _ALL)[0]]


def conflicts(*candidates: Sequence[Package]) -> list[str]:
    return [str(each) for each in settle(candidates, _ALL)[1]]


def test_where_nothing_speaks_against_it_the_first_is_taken() -> None:
    assert names(_ANY_NUMPY, (_PANDAS,)) == ["numpy@2.3", "pandas@2.2"]
    assert names((_OLD, _NEW)) == ["numpy@1.26"]
    assert settle([], _ALL) == ((), ())


def test_the_version_that_another_brings_is_taken() -> None:
    assert names(_ANY_NUMPY, (_SCIPY,)) == ["numpy@1.26", "scipy@1.12"]
    assert names((_DEEP,), _ANY_NUMPY) == ["deep@1", "numpy@1.26"]
    assert conflicts((_DEEP,), _ANY_NUMPY) == []


def test_one_package_that_is_asked_for_twice_is_there_once() -> None:
    assert names((_OLD, _NEW), (_NEW, _OLD)) in (["numpy@1.26"] * 2, ["numpy@2.3"] * 2)
    assert conflicts((_OLD, _NEW), (_NEW, _OLD)) == []


def test_what_cannot_be_together_is_told_with_who_brings_it() -> None:
    assert conflicts((_SCIPY,), (_PANDAS,)) == [
        "numpy is brought in 2 versions: 1.26 by scipy; 2.3 by pandas"
    ]
    assert conflicts((_NEW,), (_SCIPY,)) == [
        "numpy is brought in 2 versions: 1.26 by scipy; 2.3 by numpy"
    ]
    assert names(_ANY_NUMPY, (_SCIPY,), (_PANDAS,))[1:] == ["scipy@1.12", "pandas@2.2"]


def test_hidden_packages_count() -> None:
    assert conflicts((_HIDDEN,), (_OTHER_HIDDEN,)) == [
        "libx is brought in 2 versions: 1.0 by needs-hidden; 2.0 by needs-other-hidden"
    ]


def test_packages_that_bring_each_other_end() -> None:
    assert conflicts((_ROUND,), (_ABOUT,)) == []


_CANDIDATES = st.lists(
    st.sampled_from([
        _ANY_NUMPY, (_OLD, _NEW), (_NEW,), (_OLD,), (_SCIPY,), (_PANDAS,), (_DEEP,), (_HIDDEN,),
    ]),
    max_size=7,
)  # fmt: skip


@given(_CANDIDATES, st.randoms())
def test_the_order_does_not_matter(candidates, random) -> None:  # type: ignore[no-untyped-def]
    chosen, left = settle(candidates, _ALL)
    shuffled = [*enumerate(candidates)]
    random.shuffle(shuffled)
    again, same = settle([each for _, each in shuffled], _ALL)
    assert same == left
    back = dict(zip((at for at, _ in shuffled), again, strict=True))
    assert tuple(back[at] for at in range(len(candidates))) == chosen


@given(_CANDIDATES)
def test_each_is_one_of_its_candidates_and_no_clash_is_hidden(
    candidates: list[Sequence[Package]],
) -> None:
    chosen, left = settle(candidates, _ALL)
    assert all(each in among for each, among in zip(chosen, candidates, strict=True))
    versions: dict[str, set[str]] = {}
    for each in chosen:
        for name in (each.full_name, *each.propagated):
            word, _, version = name.rpartition("@")
            versions.setdefault(word, set()).add(version)
    clashing = {name for name, found in versions.items() if len(found) > 1}
    assert clashing <= {each.name for each in left}
    assert all(len(each.versions) > 1 for each in left)
